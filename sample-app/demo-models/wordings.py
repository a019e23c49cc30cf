"""Sentence grammar for training only; the test sets never draw from it.

`[a|b|]` is a choice, `{x}` a field. The openers of a kind come first in a message, and the clauses then say what
the opener left out; each may hold several fields. What `forbidden` says is held out is removed when loading.
"""

import itertools
import re

CHOICE = re.compile(r"\[([^\]]*)\]")
FIELD = re.compile(r"\{(\w+)\}")
MOST = 400


def skeleton(pattern):
    """Fixed words with a place for each field, without case and punctuation."""
    return " ".join(re.findall(r"[a-z]+|#", FIELD.sub(" # ", pattern).lower()))


def expand(pattern):
    parts = CHOICE.split(pattern)
    choices = [p.split("|") if i % 2 else [p] for i, p in enumerate(parts)]
    total = 1
    for c in choices:
        total *= len(c)
    step = max(1, total // MOST) | 1
    return [re.sub(" +", " ", "".join(c)).strip() for c in itertools.islice(itertools.product(*choices), 0, None, step)]


OPEN, CLAUSES = {}, {}

OPEN["order"] = """
[We|I] [would like|want|wish|intend|have] to [buy|purchase|get|obtain|receive] {items}[ from you|, please||].
[Please|Kindly|Could you please|Would you] [send|ship|dispatch|provide|pack|supply] [us |me |]{items}[.| as soon as you can.| soon.]
[Please|Kindly] [add|enter|register|book|record] the following[ order|]: {items}.
[Required|Wanted|Requested|On our list|Shopping list|To be delivered|Purchase request|We require]: {items}.
[Our|My|The next|This week's|A small|Another] [order|purchase|request|shopping list] [consists of|contains|covers|includes|is for|reads]: {items}.
{items} [are|is] what [we|I] [need|want|require|are looking for][ today| this time|].
{items}, please[.|!] 
[I am|We are] [interested in|looking for|in need of|running out of goods and need] {items}.
{who} [requests|requires|purchases|buys|is buying|has chosen|would like|takes|ordered|is interested in] {items}.
[Customer|Client|Buyer|Account] {who} [requests|requires|needs|ordered|wants|takes]: {items}.
[A purchase|A request|An order] [by|of|for] {who}: {items}.
[For|On account of|In the name of] {who}[:|, please send|, we request|, please pack] {items}.
[We at|We from|The people at] {who} [need|require|want|would like] {items}.
{items} [were|was|have been] [ordered|requested|bought] by {who}.
[We|I] [need|require|want] {items} in {city}[, please|].
[Send|Ship|Dispatch|Bring] {items} to {city}[, please| soon|].
[Send|Ship|Dispatch|Bring] {items} to {who} in {city}[, please| soon|].
{who} [in|from|of] {city} [needs|orders|requires|wants|requests] {items}[ by {date}|].
[By|On|Until|Not later than|For] {date} [we|I] [need|require|want|would like] {items}[ in {city}|].
[Please|Kindly] [send|ship|supply] {items} [by|until|on|for] {date}[ to {city}|].
{who}, {city}: {items}[, by {date}| for {date}|].
[Can|Could|Will] you [bring|ship|supply|send] {items} to {city} [by|on|until] {date}?
[For|To] {city}, [by|on|for] {date}: {items}. [The customer is|Buyer:|Ordered for|Regards from] {who}.
{who} ({city}) [needs|requires|wants|requests] {items}[ by {date}|].
""".strip().split("\n")
CLAUSES["order"] = """
[Buyer|Client|Account|Purchaser|Company|Name|Ordering party][:| is] {who}.
[The client|The purchaser|The ordering company|Our name|The account] is {who}.
[I|We] [write|order|ask|am writing|buy] [for|on behalf of|in the name of] {who}.
[Bill|Invoice] [it |this |everything |]to {who}[, please|].
[The bill goes|Address the invoice|Please send the invoice] to {who}.
[You know us as|Our company is called|We trade as|This comes from|Greetings from] {who}.
[Destination|Ship to|Deliver to|Town|Delivery place|Location|Going to][:|] {city}.
[The destination|The delivery address|The place of delivery|Our branch|The site|The drop point] is [in |]{city}.
[It|Everything|The parcel|The shipment|All of it] [goes|travels|should go|is to be sent|has to be shipped] to {city}.
[We|Our people] [are based|have our workshop|receive goods|work|run a branch] in {city}.
[Drop it off|Hand it over|Unload it|Leave it] in {city}[, please|].
[Delivery|Arrival|Wanted|Required|Ship date|Due|Date][:| by| on] {date}.
[The goods|The parcel|The shipment|Everything|All items] [should|has to|ought to|needs to] [be here|get here|be with us|come] [by|on|until|before] {date}.
[No later than|At the latest|The latest day is|We count on|We plan with|Our date is] {date}[, please|].
[We|I] [require|want|wait for] [it|them|everything|the goods] [on|by|until] {date}.
[Is|Would] delivery [on|by] {date} [possible|be possible|be fine]?
[Shipment|Delivery|Transport|Dispatch] to {city}[, due| by| until| no later than|, date] {date}.
[Get it|Send everything|Have it shipped|Let it arrive] [to|in] {city} [by|on|until|before] {date}.
[Wanted|Required|Awaited] in {city} [on|by|until] {date}.
{date}[, |: | - ]{city}, please.
[The receiver|The recipient|The client] is {who}[ in| from|,] {city}.
{who}, {city}[, delivery on {date}|].
""".strip().split("\n")

OPEN["invoice"] = """
[Please|Kindly|You are asked to] [transfer|remit|wire|send] {total} for [invoice|bill|our invoice|document] {no}.
[With|By|In] [invoice|bill|our invoice] {no} we [charge|bill|invoice|ask you for] {total}.
[Invoice|Bill|Invoice number|Inv.|Our bill] {no}[:|,| -| shows| states| says] {total}[ to pay| payable| in total| altogether|].
[The amount|The sum|A total|The balance] of {total} [is open|is payable|remains|has to be paid|is outstanding] [for|on|under] [invoice|bill] {no}.
[We have|I have] [prepared|written|attached|enclosed|mailed] [invoice|bill] {no} [about|of|for|over] {total}.
[Enclosed|Attached|Below|Here] [you find|you will find|please find] [invoice|bill] {no} [of|for|over|about] {total}.
{total} [is|remains] [open|outstanding|payable|unpaid] [on|for] [invoice|bill] {no}.
[Second notice|Payment reminder|Friendly reminder|Last notice]: {total} for [invoice|bill] {no}[ is open| is missing|].
{who} [bills|invoices|charged|billed|requests from] you {total}[, invoice|, bill| under number| with number] {no}.
[Invoice|Bill] {no} [of|issued by|sent by|by] {who} [is about|shows|amounts to|is for|totals|over] {total}.
[The invoice|The bill|A bill|A new invoice] [from|of|by] {who}[, number|, no.| with number] {no}[, is| says| shows|, total] {total}.
{who}[:|,| -] [invoice|bill] {no}, {total}[ in total| to pay|].
{who} [wants|expects|is owed] {total} [for|on] [invoice|bill] {no}.
[We|You] owe {who} {total} [for|on|under] [invoice|bill] {no}.
[Invoice|Bill] from {who}[ dated {issue}|]: {total}[ due {due}|].
[We|They] [bill|charge|invoice] you {total}[ by this invoice| for our work| for last month|].
[The bill|This invoice|Our invoice] is for {total}[, due {due}|].
[Invoice|Bill] {no}[, dated| of| from| written on| as of] {issue}[:| over|, total|, sum] {total}.
[Invoice|Bill] {no}[ of {issue}|] [over|for|of] {total} [must be paid|should be settled|falls due|is payable] [by|on|until] {due}.
[Until|By|Before] {due} please [transfer|pay|send|remit] {total} for [invoice|bill] {no}.
[On] {issue} {who} [wrote|issued|made out|sent] [invoice|bill] {no} [over|for|of] {total}[, due {due}|].
{who} [expects|wants|requests] {total} [by|until] {due} for [invoice|bill] {no}[, dated {issue}| (dated {issue})|].
[Transfer|Remit|Wire|Send] {total} to {who} [by|until|before|on] {due}[, subject|, quoting|, for invoice|, reference] {no}.
""".strip().split("\n")
CLAUSES["invoice"] = """
[Vendor|Issued by|Seller|Billed by|Creditor|Payee|Sent by][:] {who}.
[The vendor|The seller|The creditor|The payee|The issuer|Our company|The sender] is {who}.
[Please make the payment|The money goes|Transfer it|Pay it|Send the money] to {who}.
[It|The bill|This invoice] [was written by|is from|was made by|comes from] {who}.
[You bought from|You received goods from|The work was done by|With regards from] {who}.
[Invoice|Bill|Document] [number|no.|id][:| is] {no}.
[Please quote|Mention|Please state|Subject of the transfer:] {no}[ when you pay|].
[Dated|Invoice date|Written|Made out|Billing date|Date of the bill|As of][:| on|] {issue}.
[We|They] [issued|sent|created|made out|printed] [it|the bill|the invoice] on {issue}.
[The bill|It|This invoice] [was made out|is from|was created|carries the date|was written|bears the date][ on|] {issue}.
[Payable|Due|To be paid|Pay|Payment] [by|until|on|before|no later than|at the latest on] {due}.
[The money|Payment|The amount|The sum] [should arrive|must be here|has to reach us|is wanted|falls due] [by|on|until] {due}.
[Please|Kindly] [settle|remit|transfer|arrange payment|pay the sum] [by|until|no later than] {due}.
[The due date|The last day for payment|The term|The latest payment date] is {due}.
[You have time|You may pay|Take until|We give you time] until {due}.
[Without payment by|If nothing arrives by] {due} we [send a reminder|charge interest|call you].
[Made out|Billed|Sent|Dated] [on |]{issue}[ and|,|;] [payable|due|to be settled] [by|until|on] {due}.
[Due|Payable|To be settled] [by |on |]{due} ([dated|issued|written] {issue}).
[From|Between] {issue}[, you have time until| the term runs to|, payment until] {due}.
""".strip().split("\n")

OPEN["appointment"] = """
[We need|I want|I ask for|I request|We would like] a [meeting|call|talk|conversation|session] [about|on|regarding|concerning] {topic}.
[Could we|May I|Can you and I|Might we] [meet|speak|sit down|get together|have a talk] [about|on|regarding|because of] {topic}?
[Let us|We should|We must|I hope to|I plan to] [speak|go|look|sit down and talk] [about|over|at] {topic}.
[Subject|Topic|Regarding|Re|Agenda|Reason][:| -] {topic}.
{topic}[:| -] [let us meet|time to talk|can we meet|we need a meeting|please reserve some time].
[I have|There are] [some |]questions about {topic}[ and would like to meet|, can we meet|, please give me an appointment].
[Please|Kindly] [reserve|schedule|set up|plan|put down|arrange] a [meeting|talk|slot|session] [for|about|on|concerning] {topic}.
{who} [would like|wants|hopes|needs|asks|plans] to [speak|talk|meet][ with you|] [about|regarding|concerning] {topic}.
{who} [requests|needs|wants|suggests|proposes] a [meeting|call|talk|session] [about|on|regarding] {topic}.
[A meeting|A call|A talk|A visit|An interview] with {who} [about|on|regarding|concerning] {topic}[ is planned|].
[Please|Kindly] [reserve|schedule|set up|arrange] a [meeting|slot|talk] with {who} [about|on|regarding] {topic}.
[Calendar|New entry|Invitation|Reminder]: {who}, {topic}[, {date}| on {date}|][, {time}| at {time}|].
[Let us meet|Could we meet|I want to see you|We should talk|Please give me a slot|I request a meeting].
[On|For] {date} [I|we] [plan|want|suggest|propose] a [meeting|talk|session] [about|on|regarding] {topic}[, {time}| at {time}|].
[Can|Could|May] [we|I] [meet|see you|talk] on {date}[ at {time}|][ in {city}|]?
{who} [will be|is] in {city} on {date} and [wants|would like|hopes] to [discuss|go over|talk about] {topic}.
{who} [wants|would like|hopes] to [discuss|go over|speak about] {topic} [on|this coming] {date}[ at {time}| from {time}|].
[A|One] {len} [meeting|talk|call|session] [about|on|regarding] {topic}, please.
[Meeting|Talk|Session] [about|on|regarding] {topic}[ with {who}|][ in {city}|][, {date}| on {date}|][, {time}| at {time}|][, {len}| for {len}|].
[Invitation|You are invited] to [talk about|discuss|look at] {topic} in {city}[ on {date}|].
""".strip().split("\n")
CLAUSES["appointment"] = """
[Visitor|Caller|Participant|Asked by|Host|Partner|With][:] {who}.
[The visitor|The caller|Your partner|The other side|My name|The host] is {who}.
[You will speak|The talk is|You will sit down|It is a meeting] with {who}.
[This request comes from|You talk to|Ask for|You will be received by|Expect] {who}.
[Day|When|Planned for|Suggested day|Preferred date][:] {date}.
[Does|Will] {date} [suit you|be convenient|fit]?
[I am|We are] [free|available|in town|around] on {date}.
[My|Our|The] [suggestion|preferred day|first choice|favourite day] is {date}.
[What about|Shall we say|Let us take|I suggest|I propose|Maybe] {date}?
[Beginning|Start|Starting time|Clock|Hour|From][:] {time}.
[It begins|It starts|Please come|Be there|I am free|Let us start|Kick-off] at {time}.
[The start|The beginning|My preferred time] is [at |]{time}.
[From|As of|Around|Not before] {time}[, please|].
[Does|Will] {date}[,| at| from] {time} [suit you|be convenient|fit|be possible]?
[What about|Shall we say|Let us take|I suggest|I propose|Maybe] {date}[,| at| from| around] {time}?
[I am|We are] [free|available|in town] on {date} [from|at|after] {time}.
[Starting|Beginning|From] {time} on {date}.
{date}, {time}[, please| suits me| would be best|].
[Time and day|Slot|When]: {date}[,| /| at] {time}[ ({len})|, {len}|].
[Where|Venue|Town|Meeting point|Site][:] {city}.
[The venue|The meeting point|The address|Our branch|The town] is [in |]{city}.
[I wait for you|We can meet|We sit|Join us|It takes place|Everybody meets|The visit is] in {city}.
[You find us|My desk is|They expect you|We will gather] in {city}.
[Length|Time needed|Planned time|Takes|Slot][:] {len}.
[Reserve|Keep free|Allow|Set aside|Block] {len}[, please|].
[I think|I guess|We expect|Probably] {len} [is enough|will do|are enough|should do].
[It should not take more than|We will be done in|Expect|We talk for|No longer than] {len}.
[In {city}|Venue {city}|Place {city}][,| on] {date}[,| at] {time}[, {len}| for {len}|].
[We meet|It takes place|See you] on {date} in {city}[, at {time}|][ for {len}|].
""".strip().split("\n")

OPEN["support"] = """
[Help|Trouble|Bad news|A fault|A defect|Complaint|Problem|Issue][:|!|,] [my|our|the|this] {product} {problem}.
[I|We] [have|noticed|found|see|report] that [my|our|the] {product} {problem}.
[My|Our|The|This|Your] [new |old |]{product} [always |sadly |again |suddenly |now |]{problem}.
[Today|Again|This morning|Suddenly|Since last week|After the update|At the moment] [my|our|the] {product} {problem}.
[Could you|Can you|Would you|Please] [help|advise|assist|have a look]? [My|Our|The] {product} {problem}.
[There is|We have|I have] [a fault|trouble|an issue|a defect] with [the|my|our] {product}: it {problem}.
[Concerning|About|Regarding] [the|my|our] {product}: it {problem}.
{product}[: | - |, it ]{problem}.
[Something is wrong with|I am not happy with|I write about|Please repair] [the|my|our] {product}, [it|which] {problem}.
{who} [writes|tells us|called and said|informs us|states|told me] that [the|a] {product} {problem}.
{who} [has|reported|noticed|sees] [a fault|trouble|an issue|a defect]: [the|a] {product} {problem}.
[At|Over at] {who} [the|a|our] {product} {problem}.
[The|A] {product} of {who} {problem}.
{who} [called|wrote|rang|complained]: [my|our|the] {product} {problem}.
[Customer|Client|Caller|User] {who}[:|,| -] {product} {problem}.
[The|My|Our] {product} ([serial|ticket|no.|SN|id|reference][:|] {ref}) {problem}.
[The|My|Our] {product}[, bought| from|, purchased|, delivered|, in use since][ on|] {date}, {problem}.
[The|My|Our] {product} with [serial number|number|serial] {ref}[, bought {date},|] {problem}.
[Ticket|Case|Reference] {ref}: [the|my|our] {product} {problem}.
[On] {date} [I|we] [bought|purchased|got] [the|a] {product}[ ({ref})|], now it {problem}.
{who} [bought|purchased|got] [the|a] {product} on {date}[ ({ref})|], but it {problem}.
[For|Since] {n} [days|weeks|hours] [my|our|the] {product} {problem}.
""".strip().split("\n")
CLAUSES["support"] = """
[Client|Caller|User|Owner|Name|Company|Affected][:] {who}.
[The owner|The caller|The user|My name|The client|Our company] is {who}.
[I|We] [write|call|ask] [for|on behalf of|in the name of] {who}.
[You can answer|Please call back|Send the answer to|Your contact is] {who}.
[Serial|Case|Ref|Ticket no.|Device number|Case number|SN|Id][:] {ref}.
[The case|The case number|Our ticket|The device number|The label|My code] is {ref}.
[The sticker|The label|The box|The bill|The back] [says|shows|reads] {ref}.
[Please use|Please quote|Look up|It runs under|Filed under number|We refer to] {ref}.
[Date of purchase|Purchased|Bought|Acquired|In use since|Date][:] {date}.
[We|I] [purchased|got|acquired|received|paid for] it on {date}.
[It|The device] [is in use since|dates from|was delivered on|was sold to us on|was bought on|has been here since] {date}.
[The date of purchase|The day of purchase|The receipt|The sale] [was|is from|says] {date}.
[Serial|Number|Reference] {ref}, [bought|purchased|from|in use since] {date}.
[Bought|Purchased|Acquired] on {date}[, serial| with number|, reference] {ref}.
{who}, [serial|reference|ticket] {ref}.
""".strip().split("\n")

HIGH = """
[This|It|The matter] is [really |extremely |highly |][urgent|critical|pressing][.|!]
[Please|Kindly] [help|answer|react|come] [at once|right away|immediately|today|as fast as possible][.|!]
[We|I] [cannot|can not] [wait|work|go on|continue|open the shop][.|!]
[Everything|Production|Our work|The whole office] [has stopped|stands still|is blocked].
[Urgency|Severity|Importance][:] [high|urgent|critical].
[Top priority|Emergency|As soon as possible|Urgent][.|!|, please.]
""".strip().split("\n")
LOW = """
[This|It|The matter] is [not|hardly] [urgent|critical|pressing|important].
[No hurry|No rush|No stress|Low priority|Not important][.|, please.| at all.]
[It|This|The repair|The answer] can [wait|easily wait|be done later|take some time].
[Urgency|Severity|Importance][:] low.
[Answer|Help|Come|Write back] when [you like|it suits you|you find time|you can].
[We|I] can [wait|live with it|work without it].
""".strip().split("\n")
NOISE = """
[Our|The|My] [canteen|reception|garden|car park|new hall|library] [is being painted|opens at {n}|has {n} seats|looks nice|is closed on {weekday}].
[{first}|My neighbour {first}|Our trainee {first}|Our driver {first}] [is on holiday|is back on {weekday}|has a birthday|likes tea|starts on {weekday}|sits in room {n}].
[The train|The bus|The ferry|The plane] was {n} minutes late[ again| on {weekday}|].
[We|They] [hired|trained|invited|thanked] {n} [people|students|guests|workers] [last year|this month|in spring].
[You reach me|I answer|We pick up|Ring us] [on|under] {phone}.
[Fax|Phone|Tel.|Mobile][:| ] {phone}.
[Page|Floor|Gate|Door|Hall] {n} [is locked|is empty|was painted|was cleaned].
[I|We] [like|enjoy|often read|liked] your [newsletter|catalogue|new shop|website|blog].
[Greetings|Many greetings|Regards] to {first}[ and the team|].
[It|The festival|The fair|Our party] [was fun|had {n} visitors|ends on {weekday}].
[I hope|We hope] [all is well|business is good|you had a good weekend|you are fine].
[Excuse|Sorry for|Please excuse] the [short note|delay|many words|mistakes|confusion].
""".strip().split("\n")
GREET = """
[Hello|Hi|Dear|Good morning|Good day|Greetings] [support|friends|partner|customer service|office|sales team|ladies and gentlemen|again][,|!]
[Hello|Hi|Hey|Morning|Greetings|Good day][!| -|,]
""".strip().split("\n")
# One item of an order: how many of what, then what a piece costs.
COUNTED = ["[{q} x|{q}x|{q}|{q} pieces of|{q} pcs|{q} pc.|{q} units of|a total of {q}|{q} items of] {n}",
           "{n}[, {q} pieces|: {q} units|: {q}| - {q}| x {q}| x{q}|, {q} pcs|, {q}x| / {q} pcs|, {q} of them|, {q} items]",
           "{n}[, number of pieces {q}|, count {q}|: quantity {q}|, quantity: {q}| ({q})| ({q} pcs)| ({q} pieces)| (count: {q})]"]
PRICED = [" [at|@|for|priced at|costing|at the price of|at just|offered at] {p}[ each| apiece| per piece| per unit| a piece]",
          " [at|@|for only|priced at|at just] {p}",
          "[,| -|;| /] {p}[ each| apiece| per piece| per unit| a piece|/pc|/piece]",
          " ([{p} each|{p} per piece|{p} a piece|at {p}|price {p}|per piece {p}|single price {p}|price per piece: {p}|cost {p} each])",
          ", [price {p}|price per piece {p}|single price {p}|price of one {p}|at {p}|cost per piece {p}|one piece is {p}]"]

CLOSE = """
[Best|Kind|Friendly|Many|With best|With kind] [regards|greetings|wishes][,|]
[Thanks|Thank you|Thx][ again| for your help| for your time| and goodbye|][.|!]
[Talk soon|Bye|Until then|Yours|Sincerely|Yours truly|Take care][.|,|!]
""".strip().split("\n")

STATUS = """
[What about|How far is|When do I get|When will you send|Did you ship|Who has|I need the status of|Show me] [order|my order|our order|purchase|number] {o}[, please|].
[Has|Is] [order|my order|our order|number] {o} [left yet|already here|ready|packed|delivered|still open|delayed]?
[Check|Look up|Find|Track] [order |number |my order |]{o}[ for me|, please|].
[We|I] [ordered|bought] under {o}[, where is it?|, when does it come?|, please check.]
""".strip().split("\n")
CALENDAR = """
[What is planned|What have I got|Which meetings are there|Is there anything|Anything planned|Do I have time|Am I busy|Who visits me] on {d}?
[List|Show|Read|Open|Look up] [my calendar|my meetings|the appointments|my plan|the entries] [for|on] {d}[, please|].
[My|Our] [meetings|appointments|calendar|agenda] on {d}[?|, please.]
{d}[: what is planned?|: am I free?| - any appointments?|, do I have time?]
""".strip().split("\n")
LEAD_INS = ["Please tell me: ", "And ", "Okay. ", "One more question: ", "Thanks. ", "Now: ", "So, ", "About the message: ", "I see. ",
            "Good. ", "Next: ", "Quick question: "]

# Label of the plain forms: other labels for it.
LABELS = {
    "order": {"Customer": "Buyer|Account|Company|Name|Ordered by|Purchaser|Bill to|From|Who", "Client": "Buyer|Company|Name",
              "Item": "Article|Product|Position|Goods|What|Line", "Delivery": "Deliver by|Needed by|Wanted|Arrival|Ship date|Date|When",
              "Deliver on": "Needed on|Due|Date|Deadline", "City": "Ship to|Town|Destination|Deliver to|Location|Where",
              "Place": "Ship to|Town|Destination|Site|To"},
    "invoice": {"Number": "Inv. no.|Bill no.|Document|Ref|Invoice", "No": "Invoice no.|Id|Bill", "Invoice number": "Invoice #|Bill number",
                "Supplier": "Vendor|Issued by|Billed by|Seller|Sender|Creditor|Company", "From": "Vendor|Payee|By|Issuer",
                "Total": "Sum|Amount due|Balance|Payable|Grand total|Price", "Amount": "Sum|Value|Total due", "To pay": "Pay|Sum due|Open amount",
                "Issued": "Invoice date|Dated|Written|Billing date", "Date": "Issued on|Bill date|Dated", "Issue date": "Date of bill|Created|Issued at",
                "Due": "Payable by|Pay until|Deadline|Payment due", "Pay by": "Due by|Until|Pay before", "Due date": "Due on|Payment date|Term"},
    "appointment": {"With": "Who|Person|Visitor|Partner", "Name": "Guest name|Participant|Requested by|From", "Contact": "Contact person|Caller|Attendee",
                    "Topic": "About|Re|Agenda|Reason|Title", "Subject": "Regarding|Theme|Purpose|What", "Date": "Day|When|On|Planned for",
                    "Time": "Start|At|From|Hour|Begins", "Duration": "Takes|Minutes|How long|For", "Length": "Time needed|Planned length|Lasts",
                    "Place": "Where|Venue|Location|In", "City": "Town|Site|Meeting point"},
    "support": {"Customer": "Client|Reported by|User|Company|Owner", "Name": "From|Caller|Who|Contact", "Product": "Article|Model|Item|Machine",
                "Device": "Unit|Equipment|Appliance", "Problem": "Issue|Error|Defect|What happened", "Fault": "Symptom|Trouble|Complaint",
                "Serial": "Serial no.|SN|Device no.", "Ticket": "Case|Ticket no.|Case id", "Reference": "Ref|Id|Ref. no.",
                "Bought": "Date of purchase|Bought on|Since", "Purchased": "Acquired|Purchase|In use since", "Priority": "Urgency|Severity|Importance"},
}
LABELS = {k: {a: b.split("|") for a, b in v.items()} for k, v in LABELS.items()}
SEPARATORS = [": ", ": ", " - ", " = ", "\t", " | ", " : ", ":\n"]
LINE_ENDS = ["\n", "\n", "\n", "; ", " / ", ", ", "\n\n"]


class Grammar:
    """All expansions without what is held out, and which of them fit the fields still to be said."""

    def __init__(self, forbidden):
        held = sorted({f" {s} " for s in map(skeleton, forbidden) if len(s.replace("#", "").split()) >= 1})

        def load(patterns):
            out = []
            for p in patterns:
                groups = {}
                for t in expand(p):
                    s = f" {skeleton(t)} "
                    if not any(h in s for h in held):
                        groups.setdefault(frozenset(FIELD.findall(t)), []).append(t)
                out += groups.items()
            return out

        self.open = {k: load(v) for k, v in OPEN.items()}
        self.clauses = {k: load(v) for k, v in CLAUSES.items()}
        self.high, self.low, self.noise, self.greet, self.close, self.status, self.calendar = (
            [ts for _, ts in load(p)] for p in (HIGH, LOW, NOISE, GREET, CLOSE, STATUS, CALENDAR))
        self.fitting = {}

    def choices(self, which, kind, fields):
        key = which, kind, fields
        found = self.fitting.get(key)
        if found is None:
            rows = (self.open if which == "open" else self.clauses)[kind]
            # Extra fields of the openers are limited to those there are; `n` is always there.
            found = self.fitting[key] = [(f, ts) for f, ts in rows if f - {"n"} <= fields]
        return found

    def patterns(self, rng, kind, fields, core):
        """Patterns which together say every field once, the first with all of `core`."""
        openers = self.fitting.get((kind, fields, core))
        if openers is None:
            openers = self.fitting[kind, fields, core] = [c for c in self.choices("open", kind, fields) if core <= c[0]]
        used, texts = rng.choice(openers)
        out, left = [rng.choice(texts)], fields - used
        while left:
            used, texts = rng.choice(self.choices("clauses", kind, left))
            out.append(rng.choice(texts))
            left -= used
        return out

    def count(self):
        return {k: sum(len(t) for _, t in self.open[k] + self.clauses[k]) for k in OPEN}


def relabel(rng, kind, text):
    """A plain form with other labels, separators and line ends."""
    head, *lines = text.split("\n")
    sep, end = rng.choice(SEPARATORS), rng.choice(LINE_ENDS)
    out = []
    for line in lines:
        label, _, value = line.partition(": ")
        base, _, tail = label.partition(" ") if kind == "order" and label.startswith("Item") else (label, "", "")
        if rng.random() < 0.75:
            label = rng.choice(LABELS[kind][base]) + (" " + tail if tail else "")
        if rng.random() < 0.1:
            label = label.lower()
        out.append(label + sep + value)
    return (head + rng.choice(["\n", "\n", ":\n", "\n\n"]) if rng.random() < 0.85 else "") + end.join(out)


def choose(r, text):
    """One expansion of the choices in the text, drawn at random."""
    return CHOICE.sub(lambda m: r.choice(m.group(1).split("|")), text)


def item_form(r, priced):
    """A form for an item in an order, with places {q}, {n} and, if `priced`, {p}."""
    return choose(r, r.choice(COUNTED)) + (choose(r, r.choice(PRICED)) if priced else "")
