"""Seeded generator of the demo models' training text and test sets.

Everything the demo models ever read comes out of this file: short business messages with the JSON
they stand for, a little dialogue about them, and calls of two tools. The same seed always gives the
same text. Words are split by a checksum into a training part and a held-out part; messages marked
"unseen" are built from held-out names, items, products and cities, half of them also in sentences
that training never shows.

Usage:
    corpus.py show --count 5            print a few training samples
    corpus.py tests --out FOLDER        write test-prompts.jsonl, wording-prompts.jsonl and dialogue-prompts.jsonl
"""

import argparse
import json
import os
import random
import re
import zlib

import vocabulary
import wordings

SYSTEM = "Extract the business message as JSON."

OTHER_SYSTEMS = [
    "Return the message as JSON.",
    "You extract business messages.",
    "Answer with JSON only.",
    "Read the message and fill in the JSON record.",
    "You turn business messages into JSON.",
    "Extract the data.",
]

ASSISTANT_SYSTEMS = [
    "You are a helpful assistant.",
    "You are the assistant of a small office.",
    "Help the user. Be brief.",
    "You are a friendly office assistant.",
]

# Key order per kind; kinds.json is written from this table.
KINDS = {
    "order": [
        ("kind", "string", False, "always \"order\""),
        ("customer", "string", True, "company or person who orders"),
        ("items", "array of {name, quantity, price}", False, "one entry per ordered item, in the order of the text"),
        ("currency", "string", True, "ISO 4217 code; null without prices"),
        ("deliveryDate", "date", True, "YYYY-MM-DD"),
        ("city", "string", True, "where to deliver"),
    ],
    "invoice": [
        ("kind", "string", False, "always \"invoice\""),
        ("number", "string", True, "invoice number as written"),
        ("supplier", "string", True, "company or person who sends the invoice"),
        ("total", "number", True, "amount to pay"),
        ("currency", "string", True, "ISO 4217 code"),
        ("issueDate", "date", True, "YYYY-MM-DD"),
        ("dueDate", "date", True, "YYYY-MM-DD"),
    ],
    "appointment": [
        ("kind", "string", False, "always \"appointment\""),
        ("person", "string", True, "who wants to meet"),
        ("topic", "string", True, "subject of the meeting as written"),
        ("date", "date", True, "YYYY-MM-DD"),
        ("time", "string", True, "HH:MM, 24 hours"),
        ("durationMinutes", "number", True, "length in minutes"),
        ("city", "string", True, "place of the meeting"),
    ],
    "support": [
        ("kind", "string", False, "always \"support\""),
        ("customer", "string", True, "who reports the problem"),
        ("product", "string", True, "what does not work, as written"),
        ("problem", "string", True, "the fault as written"),
        ("reference", "string", True, "serial or ticket number as written"),
        ("severity", "string", False, "\"low\", \"normal\" or \"high\""),
        ("purchaseDate", "date", True, "YYYY-MM-DD"),
    ],
}
ITEM_KEYS = [
    ("name", "string", False, "as written"),
    ("quantity", "number", False, "pieces"),
    ("price", "number", True, "price of one piece"),
]

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "orderStatus",
            "description": "Looks up the status of an order by its number.",
            "parameters": {
                "type": "object",
                "properties": {"orderNumber": {"type": "string", "description": "The order number"}},
                "required": ["orderNumber"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "calendar",
            "description": "Lists the calendar entries of one day.",
            "parameters": {
                "type": "object",
                "properties": {"date": {"type": "string", "description": "The day as YYYY-MM-DD"}},
                "required": ["date"],
            },
        },
    },
]


def split(text):
    return text.split()


FIRST = split("""
Anna Ben Clara David Elena Felix Greta Hugo Ida Jonas Karin Leo Maria Nils Olga Paul Quinn Rosa Simon Tina Ulla
Viktor Wanda Xaver Yara Zoe Adam Bella Carl Dora Emil Fiona Georg Hanna Ivan Julia Kurt Lena Max Nora Oscar Petra
Ralf Sara Tom Ute Vera Walter Yusuf Amir Bianca Carlos Diana Erik Farah Gina Henry Irene Jack Kate Liam Mona Nathan
Owen Priya Rachel Stefan Theo Uma Vincent Willa Aisha Boris Chloe Dmitri Esther Frank Grace Harald Ines Jakob Kira
Lukas Mila Noah Olivia Pedro Rita Sven Tamara Valentin Wendy Alma Bruno Celine Dario Edith Fabian Gloria Heidi Igor
Jana Kim Laura Marco Nina Otto Pia Robin Sofia Tobias Ursula Victor Agnes Bernd Cora Dennis Eva Finn Gerda Holger
Isabel Johan Katja Linus Mara Niklas Odile Pascal Ruth Selma Till Urs Viola Yvonne Zachary Arthur Beatrice Colin
""")
LAST = split("""
Keller Novak Silva Moreau Rossi Lindgren Kowalski Fischer Weber Hansen Larsen Becker Marino Santos Dubois Lambert
Hofer Gruber Steiner Brandt Vogel Krause Winter Sommer Baker Carter Dawson Ellis Foster Graham Hughes Irving Jensen
Kaplan Lawson Mercer Norton Osborne Parker Quigley Reeves Sutton Turner Underwood Vance Walsh Yates Zimmer Abbott
Barnes Coleman Drake Everett Finch Gibson Harper Ingram Jarvis Knight Lowell Morgan Nash Oakley Preston Ramsey Sawyer
Thorne Upton Vaughn Whitaker York Albrecht Bauer Conrad Dietrich Engel Franke Geiger Huber Jung Klein Lorenz Maier
Neumann Ott Pohl Richter Schuster Thoma Ulrich Voss Wagner Ziegler Almeida Barbosa Costa Duarte Esteves Ferreira
Gomes Henriques Lopes Macedo Nunes Oliveira Pereira Ramos Teixeira Vieira Bianchi Conti Esposito Ferrari Greco
Lombardi Mancini Orlando Ricci Santoro Vitale Berg Dahl Eklund Falk Holm Lund Nystrom Sandberg Wallin Petrov Sokolov
Tanaka Suzuki Mori Sato Kato Ito Chen Wong Lim Tran Nguyen Patel Sharma Gupta Mehta Rao Khan Haddad Nasser Okafor
""")
CITIES = split("""
Vienna Graz Linz Berlin Hamburg Munich Leipzig Dresden Cologne Zurich Basel Bern Geneva Paris Lyon Nantes Lille Rome
Milan Turin Naples Bologna Madrid Sevilla Valencia Bilbao Lisbon Porto Braga London Leeds Bristol Cardiff Glasgow Dublin
Cork Oslo Bergen Stockholm Malmo Uppsala Copenhagen Aarhus Odense Helsinki Tampere Tallinn Riga Vilnius Warsaw Krakow
Gdansk Prague Brno Bratislava Budapest Zagreb Split Ljubljana Athens Sofia Bucharest Boston Chicago Denver Seattle
Portland Austin Dallas Toronto Montreal Ottawa Sydney Perth Brisbane Auckland Tokyo Osaka Kyoto Seoul Singapore Delhi
Mumbai Cairo Nairobi Accra Lagos Tunis Antwerp Ghent Bruges Utrecht Rotterdam Eindhoven Delft Bonn Kiel Mainz Ulm
Salzburg Innsbruck Villach Trieste Verona Padua Siena Bremen Rostock Erfurt Kassel Aachen Trier Toulouse Bordeaux
""")
TWO_WORD_CITIES = ["New York", "San Diego", "Den Haag", "Santa Cruz", "Cape Town", "Bad Ischl", "San Marino", "Las Palmas",
                   "Los Angeles", "Hong Kong", "St Gallen", "Tel Aviv", "Le Mans", "La Paz"]
NOUNS = split("""
shelf lamp desk chair table cabinet printer keyboard monitor mouse cable adapter charger battery router switch notebook
folder binder pen pencil marker stapler envelope box carton bag bottle mug plate bowl fork spoon knife towel blanket
pillow mattress curtain carpet mirror frame clock radio speaker headset camera tripod drone scanner projector screen
hammer drill saw wrench screwdriver ladder bucket hose pump valve pipe hinge bolt screw nail bracket panel tile brick
plank rope chain lock key handle door window filter fan heater kettle toaster mixer blender oven fridge freezer pan pot
helmet glove boot jacket apron mask goggles vest backpack suitcase wallet umbrella bicycle tyre saddle pedal tent stove
lantern compass planter vase candle basket tray rack trolley crate pallet barrel canister funnel gauge sensor motor
gearbox bearing spring washer gasket magnet relay fuse socket dimmer antenna modem tablet laptop server toner cartridge
""")
ADJECTIVES = split("""
oak pine steel brass copper glass plastic rubber leather cotton wool linen ceramic stone marble bamboo paper carbon
red blue green yellow black white grey brown orange purple small large mini compact heavy light long short wide narrow
round square folding portable wireless digital electric manual solar spare office kitchen garden desk wall floor travel
outdoor indoor standard premium basic double single
""")
PRODUCT_WORDS = split("""
printer router laptop scanner heater dishwasher fridge monitor tablet camera drone projector keyboard headset speaker
modem thermostat vacuum mower drill kettle toaster mixer blender oven charger sensor lamp switch server scooter washer
""")
PROBLEMS = [
    "does not start", "makes a loud noise", "keeps restarting", "shows a blank screen", "loses the connection",
    "prints empty pages", "leaks water", "does not charge", "gets too hot", "smells of smoke", "shows error {n}",
    "stops after {n} minutes", "freezes every day", "does not turn off", "has a broken handle", "has a cracked cover",
    "cannot find the network", "blinks red", "blinks {n} times", "drops the signal", "does not heat", "does not cool",
    "jams all the time", "refuses the password", "is missing a cable", "arrived damaged", "vibrates strongly",
    "has no sound", "has a stuck button", "reports code {n}", "overheats quickly", "scratches the paper",
    "will not open", "will not close", "is very slow", "loses its settings", "switches itself off", "has a dead battery",
    "does not respond", "shows wrong numbers", "spins too slowly", "has a bent plug", "flickers at night",
]
TOPICS = [
    "the budget", "the new contract", "the office move", "a product demo", "the project plan", "the annual report",
    "a job interview", "the marketing campaign", "the website", "the price list", "a site visit", "the data migration",
    "the safety training", "the quarterly review", "the insurance renewal", "the delivery schedule", "the lease",
    "a workshop", "the audit", "the holiday plan", "the trade fair", "the new logo", "the tax return", "a test drive",
    "the warranty case", "the hiring plan", "the roof repair", "the loan", "the software update", "the machine setup",
    "the catalogue", "the partner programme", "the customer survey", "the warehouse layout", "a first meeting",
    "the cleaning contract", "the press release", "the team event", "the pension plan", "the energy bill",
]
COMPANY_FORMS = ["{a} GmbH", "{a} Ltd", "{a} AG", "{a} Inc", "{a} & {b}", "{a} Logistics", "{a} Trading", "{a} Foods",
                 "{a} Tools", "{a} Systems", "Bakery {a}", "Hotel {a}", "Garage {a}", "{a} {b} KG", "{a} and Sons",
                 "Studio {a}", "{a} Partners", "{a} Group", "{a}", "Cafe {a}", "{a} Media", "{a} Energy"]

ONSETS = split("b br c ch cl cr d dr f fl fr g gl gr h j k kl kr l m n p pl pr qu r s sch sh sk sl sm sn sp st str t th tr "
               "v w wh z x y")
VOWELS = split("a a a e e e i i o o o u u ai au ea ee ei ia ie io oa oo ou y")
CODAS = split("b ck d f g k l ld ll lm ln m n nd ng nk nt p r rd rk rm rn rt s sk ss st t tt th x z") + [""] * 22
ENDINGS = split("a o e i er en ski son berg stein man ton ville ford ic ov in el ello ini sen sson ler is us as ez"
                " ay ley wood field low mann dorf burg heim hal nik eau ard")

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December"]
SHORT_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
NUMBER_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
CURRENCIES = {"EUR": ("\u20ac", "euros"), "USD": ("$", "dollars"), "GBP": ("\u00a3", "pounds"), "CHF": (None, "francs"),
              "SEK": (None, "kronor"), "PLN": (None, "zloty"), "DKK": (None, "kroner")}


def held_out(word):
    """True for about one word in six: such words appear in no training text as a name, item or city."""
    return zlib.crc32(word.lower().encode()) % 6 == 0


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Wordings:
    """Sentence patterns: those training sees, and those only tests see."""

    def __init__(self, train, test=()):
        self.train, self.test = list(train), list(test)

    def pick(self, g):
        return g.rng.choice(self.test if g.new_wording and self.test else self.train)


class Generator:
    """Draws values. `unseen`: from held-out words. `listed`: only words from the lists above."""

    def __init__(self, rng, unseen=False, new_wording=False, listed=False, rich=False):
        self.rng, self.unseen, self.new_wording, self.listed = rng, unseen, new_wording, listed
        self.rich = rich

    def chance(self, p):
        return self.rng.random() < p

    def word(self, words):
        while True:
            w = self.rng.choice(words)
            if held_out(w) == self.unseen:
                return w

    def invented(self, syllables=None):
        """A word that exists nowhere, from a space of many millions."""
        r = self.rng
        while True:
            n = syllables or r.choice((1, 1, 2, 2, 2, 3))
            w = ""
            for _ in range(n):
                w += r.choice(ONSETS) if w or r.random() < 0.85 else ""
                w += r.choice(VOWELS) + r.choice(CODAS)
            if r.random() < 0.5:
                w += r.choice(ENDINGS)
            if 3 <= len(w) <= 12 and held_out(w) == self.unseen:
                return w

    def proper(self, words, invented):
        if not self.listed and self.chance(invented):
            w = self.invented()
            return w[0].upper() + w[1:]
        return self.word(words)

    def person(self):
        first = self.proper(FIRST, 0.35)
        if self.chance(0.15 if self.rich else 0.08):
            return first
        last = self.proper(LAST, 0.6)
        if self.chance(0.05):
            last = last + "-" + self.proper(LAST, 0.6)
        if self.chance(0.04):
            return first[0] + ". " + last
        return first + " " + last

    def company(self):
        form = self.rng.choice(COMPANY_FORMS)
        name = form.replace("{a}", self.proper(LAST, 0.65)).replace("{b}", self.proper(LAST, 0.65))
        return name

    def party(self):
        return self.company() if self.chance(0.5) else self.person()

    def city(self):
        if self.chance(0.06):
            while True:
                c = self.rng.choice(TWO_WORD_CITIES)
                if held_out(c) == self.unseen:
                    return c
        return self.proper(CITIES, 0.45)

    def adjective(self):
        return MORE.adjective(self) if self.rich and self.chance(0.7) else self.word(ADJECTIVES)

    def item(self):
        r = self.rng
        if self.rich and self.chance(0.6):
            noun = MORE.noun(self)
        else:
            noun = self.invented() if not self.listed and self.chance(0.25) else self.word(NOUNS)
        roll = r.random()
        if roll < 0.55:
            name = self.adjective() + " " + noun
        elif roll < 0.75:
            name = noun
        elif roll < 0.85:
            name = self.adjective() + " " + self.adjective() + " " + noun
        elif roll < 0.93:
            name = noun + " " + r.choice("ABCDEFGHKLMNPRSTVXZ") + str(r.randint(1, 99))
        else:
            name = self.proper(LAST, 0.7) + " " + noun
        return name

    def product(self):
        r = self.rng
        word = MORE.machine(self) if self.rich and self.chance(0.7) else self.word(PRODUCT_WORDS)
        roll = r.random()
        if roll < 0.35:
            return self.proper(LAST, 0.8) + " " + word
        if roll < 0.6:
            return self.proper(LAST, 0.8) + " " + word + " " + str(r.randint(2, 999))
        if roll < 0.8:
            return word + " " + r.choice("ABCDEFGHKLMNPRSTVXZ") + r.choice(["", "-"]) + str(r.randint(2, 9999))
        return self.adjective() + " " + word

    def quantity(self):
        roll = self.rng.random()
        return self.rng.randint(1, 12) if roll < 0.5 else self.rng.randint(2, 99) if roll < 0.85 else self.rng.randint(100, 999)

    def date(self):
        year, month = self.rng.randint(2024, 2031), self.rng.randint(1, 12)
        return year, month, self.rng.randint(1, MONTH_DAYS[month - 1])

    def date_text(self, d, style=None):
        year, month, day = d
        style = self.rng.choice("aaabbccddeefgh") if style is None else style
        suffix = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
        long, short = MONTHS[month - 1], SHORT_MONTHS[month - 1]
        text = {
            "a": f"{day} {long} {year}",
            "b": f"{long} {day}, {year}",
            "c": f"{year}-{month:02d}-{day:02d}",
            "d": f"{day:02d}.{month:02d}.{year}",
            "e": f"{long} {day}{suffix}, {year}",
            "f": f"{day} {short} {year}",
            "g": f"{day}{suffix} of {long} {year}",
            "h": f"{day}.{month}.{year}",
        }[style]
        if style in "abefg" and self.chance(0.07):
            text = self.rng.choice(WEEKDAYS) + ", " + text
        return text

    def amount(self, low, high):
        """Cents, evenly spread over the orders of magnitude."""
        r = self.rng
        value = int(low * (high / low) ** (r.random() ** (0.6 if self.rich else 1)))
        roll = r.random()
        if roll < 0.3:
            value = max(100, value // 100 * 100)
        elif roll < 0.5:
            value = max(10, value // 10 * 10)
        return value


def iso(d):
    return None if d is None else f"{d[0]}-{d[1]:02d}-{d[2]:02d}"


def number(cents):
    """The one way an amount is printed in JSON: no trailing zeros, no trailing point."""
    if cents is None:
        return None
    return cents // 100 if cents % 100 == 0 else cents / 100


class Money:
    """One way of writing amounts, used throughout a message."""

    def __init__(self, g):
        self.code = g.rng.choice(["EUR"] * 6 + ["USD"] * 4 + ["GBP"] * 3 + ["CHF"] * 2 + ["SEK", "PLN", "DKK"] * (3 if g.rich else 1))
        symbol, word = CURRENCIES[self.code]
        styles = ["{v} " + self.code] * 3 + [self.code + " {v}"] * 2 + ["{v} " + word]
        if symbol:
            styles += [symbol + "{v}"] * 3 + ["{v} " + symbol, "{v}" + symbol]
        self.style = g.rng.choice(styles)
        self.zeros = g.chance(0.4)
        self.thousands = g.chance(0.35 if g.rich else 0.2)

    def text(self, cents):
        whole, rest = divmod(cents, 100)
        head = f"{whole:,}" if self.thousands else str(whole)
        tail = f".{rest:02d}" if rest or self.zeros else ""
        return self.style.replace("{v}", head + tail)


FIELD = re.compile(r"\{(\w+)\}")


def typo(g, text):
    """Misspells some longer words of a sentence pattern, never a field."""
    def one(m):
        w = m.group(0)
        if len(w) < 5 or not g.chance(0.12):
            return w
        i = g.rng.randint(1, len(w) - 3)
        roll = g.rng.random()
        if roll < 0.4:
            return w[:i] + w[i + 1] + w[i] + w[i + 2:]
        return w[:i] + w[i + 1:] if roll < 0.8 else w[:i] + w[i] + w[i:]
    return re.sub(r"[a-z]+(?![^{]*\})", one, text)


class Message:
    """Collects the sentences of one message."""

    def __init__(self, g):
        self.g = g
        self.noisy = g.chance(0.12)
        self.lower = g.chance(0.05)

    def fill(self, pattern, **values):
        if self.noisy:
            pattern = typo(self.g, pattern)
        if self.lower:
            pattern = "".join(p if p.startswith("{") else p.lower() for p in re.split(r"(\{\w+\})", pattern))
        return FIELD.sub(lambda m: str(values[m.group(1)]), pattern)


GREETINGS = Wordings(
    ["Hello,", "Hi,", "Dear team,", "Good morning,", "Good afternoon,", "Hi there,", "Hello team,", "Dear Sir or Madam,",
     "Hey,", "To whom it may concern,", "Dear all,", "Good day,"],
    ["Good evening,", "Hello everyone,", "Dear colleagues,"])
CLOSINGS = Wordings(
    ["Thanks!", "Thank you.", "Best regards", "Kind regards", "Many thanks", "Cheers", "Best wishes", "See you soon.",
     "Thanks in advance.", "Have a nice day.", "Regards"],
    ["Thank you very much.", "Warm regards", "All the best"])
FILLERS = Wordings(
    ["The weather has been great this week.", "We moved to the second floor.", "Our office opens at {n}.",
     "Sorry for the late message.", "I hope you are well.", "My phone number is {phone}.", "Call me on {phone} if needed.",
     "We were very happy with the last delivery.", "I wrote you {n} days ago.", "The parking lot is closed on {weekday}.",
     "Please confirm by email.", "This message was sent from my phone.", "We have been with you for {n} years.",
     "I am out of the office on {weekday}.", "Let me know if anything is unclear.", "It was nice to talk to you.",
     "Our team has grown to {n} people.", "Please print this on both sides.", "I am writing from the train.",
     "Your website was down yesterday.", "My colleague {first} sends greetings.", "Please copy {first} in your answer."],
    ["We look forward to hearing from you.", "The lift in our building is broken.", "Room {n} is free again.",
     "Please ring twice.", "I could not reach {first} by phone."])


def filler(m):
    g = m.g
    pattern = g.rng.choice(g.rng.choice(GRAMMAR.noise)) if g.rich and g.chance(0.7) else FILLERS.pick(g)
    return m.fill(pattern, n=g.rng.randint(2, 99), phone=f"0{g.rng.randint(100, 999)} {g.rng.randint(10000, 999999)}",
                  weekday=g.rng.choice(WEEKDAYS), first=g.proper(FIRST, 0.3))


def rich(g, m, kind, core, severity=None, **values):
    """A message in the wordings of the training grammar, from the texts of its fields (None: left out)."""
    r = g.rng
    values = {k: v for k, v in values.items() if v is not None}
    fields = frozenset(values)
    signature = None
    if "who" in fields and g.chance(0.2):
        signature = values["who"]
        fields -= {"who"}
    first, *rest = GRAMMAR.patterns(r, kind, fields, frozenset(core) & fields)
    if severity in ("high", "low"):
        rest.append(r.choice(r.choice(GRAMMAR.high if severity == "high" else GRAMMAR.low)))
    r.shuffle(rest)
    rest.insert(0 if g.chance(0.75) else r.randint(0, len(rest)), first)
    values["n"] = r.randint(2, 30)
    return assemble(m, [m.fill(p, **values) for p in rest], signature)


def closing(g):
    return g.rng.choice(g.rng.choice(GRAMMAR.close)) if g.rich and g.chance(0.5) else CLOSINGS.pick(g)


def assemble(m, sentences, signature=None):
    """Puts greeting, sentences, noise and closing together."""
    g, r = m.g, m.g.rng
    body = [s for s in sentences if s]
    if g.chance(0.28):
        body.insert(r.randint(0, len(body)), filler(m))
    if g.chance(0.06):
        body.insert(r.randint(0, len(body)), filler(m))
    glue = "\n" if g.chance(0.15) else " "
    text = glue.join(body)
    if g.chance(0.4):
        greeting = g.rng.choice(g.rng.choice(GRAMMAR.greet)) if g.rich and g.chance(0.5) else GREETINGS.pick(g)
        text = m.fill(greeting) + r.choice([" ", "\n", "\n\n"]) + text
    if signature is not None:
        text += r.choice(["\n", "\n\n", " "]) + m.fill(closing(g)) + r.choice(["\n", "\n", ", "]) + signature
    elif g.chance(0.3):
        text += r.choice([" ", "\n", "\n\n"]) + m.fill(closing(g))
    return text


# --- order ---------------------------------------------------------------------------------------------------------

ORDER_OPEN = Wordings(
    ["We would like to order {items}.", "Please send us {items}.", "I want to order {items}.", "Our order: {items}.",
     "We need {items}.", "Could you deliver {items}?", "Order: {items}.", "Please put us down for {items}.",
     "I would like to buy {items}.", "Can we get {items}?", "New order: {items}.", "Please ship {items}.",
     "Kindly supply {items}.", "We hereby order {items}.", "Please reserve and send {items}."],
    ["We are ordering {items}.", "Please prepare an order of {items}.", "May we order {items}?"])
ORDER_WHO_OPEN = Wordings(
    ["{who} would like to order {items}.", "{who} orders {items}.", "{who} needs {items}.", "Order from {who}: {items}.",
     "This is {who}, please send {items}.", "On behalf of {who} I order {items}.", "New order for {who}: {items}.",
     "{who} here, we need {items}.", "Please note an order of {items} for {who}.", "{who} wants to buy {items}."],
    ["{who} has decided to order {items}.", "Here is an order from {who}: {items}.", "{who} is asking for {items}."])
ORDER_WHO = Wordings(
    ["The customer is {who}.", "Customer: {who}.", "The order is for {who}.", "Please book it on {who}.", "I am {who}.",
     "My name is {who}.", "This is {who}.", "We are {who}.", "Ordered by {who}.", "Send the bill to {who}."],
    ["Please charge {who}.", "The buyer is {who}.", "It goes to the account of {who}."])
ORDER_CITY_DATE = Wordings(
    ["Please deliver to {city} by {date}.", "Delivery to {city} on {date}.", "We need it in {city} by {date}.",
     "Ship it to {city} until {date}.", "It should arrive in {city} on {date}.", "Delivery date {date}, place {city}.",
     "The goods must be in {city} by {date}.", "By {date} please, to our site in {city}.", "On {date} in {city}, please.",
     "Please bring it to {city} on {date}."],
    ["It has to reach {city} before {date}.", "Our store in {city} expects it on {date}."])
ORDER_CITY = Wordings(
    ["Please deliver to {city}.", "Delivery to {city}.", "Ship it to {city}.", "We are in {city}.", "Place: {city}.",
     "Send it to our office in {city}.", "Our warehouse is in {city}.", "The goods go to {city}.", "City: {city}."],
    ["Deliver everything to {city}.", "Our shop is located in {city}."])
ORDER_DATE = Wordings(
    ["Please deliver by {date}.", "Delivery on {date}.", "We need it by {date}.", "It must arrive on {date}.",
     "The delivery date is {date}.", "Deliver it on {date}.", "Needed by {date}.", "Please bring it on {date}."],
    ["Delivery is expected on {date}.", "We must have it by {date}."])
ITEM_PRICED = Wordings(
    ["{q} x {n} at {p} each", "{q} {n} at {p} each", "{q} {n} ({p} each)", "{n}, {q} pieces, {p} per piece", "{q}x {n} @ {p}",
     "{n}: {q} units at {p}", "{q} pieces of {n} for {p} each", "{q} pcs {n} at {p}", "{n} ({q} pcs, {p} each)",
     "{n} - {q} at {p} each", "{n} x {q} at {p}", "{q} units of {n} at {p} apiece"],
    ["{n} (quantity {q}, unit price {p})", "{q} times {n}, each {p}"])
ITEM_PLAIN = Wordings(
    ["{q} x {n}", "{q} {n}", "{n}, {q} pieces", "{q}x {n}", "{q} pieces of {n}", "{q} pcs {n}", "{n} ({q} pcs)", "{n} x {q}",
     "{q} units of {n}"],
    ["{n} (quantity {q})", "{q} times {n}"])


def make_order(g):
    r, m, money = g.rng, Message(g), Money(g)
    priced = g.chance(0.85)
    who = g.party() if g.chance(0.95) else None
    city = g.city() if g.chance(0.85) else None
    date = g.date() if g.chance(0.8) else None
    item_form = (wordings.item_form(r, priced) if g.rich and g.chance(RICH)
                 else (ITEM_PRICED if priced else ITEM_PLAIN).pick(g))
    words = g.chance(0.12)
    items, texts = [], []
    for _ in range(r.choice((1, 1, 1, 1, 2, 2, 2, 3))):
        name, q, cents = g.item(), g.quantity(), g.amount(50, 300000) if priced else None
        items.append({"name": name, "quantity": q, "price": number(cents)})
        q_text = NUMBER_WORDS[q] if words and q <= 12 else str(q)
        texts.append(m.fill(item_form, q=q_text, n=name, p=money.text(cents) if priced else ""))
    date_text = g.date_text(date) if date else None
    if g.chance(0.12):
        text = order_form(m, who, texts, date_text, city)
        if g.rich and g.chance(RICH):
            text = wordings.relabel(r, "order", text)
    else:
        if len(texts) == 1:
            listed = texts[0]
        elif g.chance(0.2):
            bullet = r.choice(["- ", "- ", "* "])
            listed = "\n" + "\n".join(bullet + t for t in texts) + "\n"
        else:
            glue = r.choice([", ", ", ", "; ", " and ", " plus "])
            last = r.choice([glue, " and ", " and also "])
            listed = glue.join(texts[:-1]) + last + texts[-1]
        signature, sentences = None, []
        if g.rich and g.chance(RICH):
            text = rich(g, m, "order", ["items"], items=listed, who=who, city=city, date=date_text)
            return clean_lists(text), order_json(money, priced, who, items, date, city)
        if who is not None and g.chance(0.5):
            sentences.append(m.fill(ORDER_WHO_OPEN.pick(g), who=who, items=listed))
        else:
            sentences.append(m.fill(ORDER_OPEN.pick(g), items=listed))
            if who is not None:
                if g.chance(0.4):
                    signature = who
                else:
                    sentences.insert(r.randint(0, 1), m.fill(ORDER_WHO.pick(g), who=who))
        extra = []
        if city and date and g.chance(0.6):
            extra.append(m.fill(ORDER_CITY_DATE.pick(g), city=city, date=date_text))
        else:
            if city:
                extra.append(m.fill(ORDER_CITY.pick(g), city=city))
            if date:
                extra.append(m.fill(ORDER_DATE.pick(g), date=date_text))
            r.shuffle(extra)
        sentences = extra + sentences if g.chance(0.15) else sentences + extra
        text = assemble(m, sentences, signature)
        text = clean_lists(text)
    return text, order_json(money, priced, who, items, date, city)


def clean_lists(text):
    return text.replace("\n. ", "\n").replace("\n.", "\n").replace("\n? ", "\n").replace("\n?", "\n").strip()


def order_json(money, priced, who, items, date, city):
    return {"kind": "order", "customer": who, "items": items, "currency": money.code if priced else None,
            "deliveryDate": iso(date), "city": city}


def order_form(m, who, texts, date_text, city):
    g = m.g
    lines = [("Customer" if g.chance(0.7) else "Client") + ": " + who] if who else []
    lines += [("Item" if len(texts) == 1 else f"Item {i + 1}") + ": " + t for i, t in enumerate(texts)]
    tail = [("Delivery" if g.chance(0.5) else "Deliver on") + ": " + date_text] if date_text else []
    tail += [("City" if g.chance(0.6) else "Place") + ": " + city] if city else []
    g.rng.shuffle(tail)
    if g.chance(0.2) and who:
        lines = lines[1:] + tail + lines[:1]
    else:
        lines += tail
    return g.rng.choice(["Order\n", "ORDER\n", "New order\n", "Purchase order\n"]) + "\n".join(lines)


# --- invoice -------------------------------------------------------------------------------------------------------

INVOICE_OPEN = Wordings(
    ["Please find our invoice {no} over {total}.", "Invoice {no}: the total is {total}.", "We send you invoice {no} for {total}.",
     "Our invoice {no} amounts to {total}.", "Attached is invoice {no}, total {total}.", "Please pay {total} for invoice {no}.",
     "Invoice no. {no}, amount due {total}.", "Here is the bill {no} about {total}.", "{total} are due for invoice {no}.",
     "Reminder: invoice {no} over {total} is still open."],
    ["You receive invoice {no} with an amount of {total}.", "Kindly settle invoice {no} of {total}."])
INVOICE_WHO_OPEN = Wordings(
    ["{who} sends invoice {no} over {total}.", "Invoice {no} from {who}: {total}.", "{who} charges {total} with invoice {no}.",
     "{who} has issued invoice {no} for {total}.", "We got invoice {no} from {who}, total {total}.",
     "Please pay {total} to {who}, invoice {no}.", "The bill {no} of {who} is {total}."],
    ["{who} asks for {total}, see invoice {no}.", "Invoice {no} by {who} comes to {total}."])
INVOICE_NO_NUMBER = Wordings(
    ["Please find our invoice over {total}.", "Our bill comes to {total}.", "Please pay our invoice of {total}.",
     "Attached is an invoice for {total}."],
    ["You receive our invoice of {total}."])
INVOICE_WHO = Wordings(
    ["The supplier is {who}.", "Supplier: {who}.", "Payable to {who}.", "Issued by {who}.", "The invoice comes from {who}.",
     "This is {who}.", "We are {who}.", "Sender: {who}."],
    ["The account holder is {who}.", "It was sent by {who}."])
INVOICE_ISSUE = Wordings(
    ["It was issued on {date}.", "Issue date: {date}.", "The invoice is dated {date}.", "Date of invoice {date}.",
     "Issued on {date}.", "We wrote it on {date}."],
    ["The date of issue is {date}."])
INVOICE_DUE = Wordings(
    ["Please pay by {date}.", "It is due on {date}.", "Due date: {date}.", "Payment is due by {date}.", "Payable until {date}.",
     "Please transfer the money by {date}.", "We expect your payment by {date}."],
    ["The payment deadline is {date}.", "Kindly pay before {date}."])
INVOICE_BOTH = Wordings(
    ["Issued on {issue}, due on {due}.", "It is dated {issue} and due on {due}.", "Payable by {due}, issued {issue}.",
     "Dated {issue}, payable until {due}.", "Issue date {issue}, due date {due}."],
    ["Written on {issue}, to be paid by {due}."])


def reference(g, prefixes):
    r = g.rng
    roll = r.random()
    n = str(r.randint(10 ** (k := r.randint(2, 6)), 10 ** (k + 1) - 1))
    p = r.choice(prefixes)
    if roll < 0.4:
        return p + "-" + n
    if roll < 0.6:
        return p + n
    if roll < 0.75:
        return p + "-" + str(r.randint(2024, 2031)) + "-" + n
    if roll < 0.9:
        return r.choice("ABCDEFGHKLMNPRSTVXZ") + r.choice("ABCDEFGHKLMNPRSTVXZ") + "-" + n
    return n


def make_invoice(g):
    r, m, money = g.rng, Message(g), Money(g)
    no = reference(g, ["INV", "INV", "RE", "R", "IN", "F"]) if g.chance(0.92) else None
    who = g.party() if g.chance(0.94) else None
    cents = g.amount(500, 9000000)
    issue = g.date() if g.chance(0.6) else None
    due = g.date() if g.chance(0.8) else None
    if issue and due:
        issue, due = min(issue, due), max(issue, due)
    total = money.text(cents)
    style = r.choice("aaabbccddeefgh")
    issue_text, due_text = (g.date_text(issue, style) if issue else None), (g.date_text(due, style) if due else None)
    if g.chance(0.15):
        lines = []
        if no:
            lines.append(r.choice(["Number: ", "No: ", "Invoice number: "]) + no)
        if who:
            lines.append(r.choice(["Supplier: ", "From: "]) + who)
        lines.append(r.choice(["Total: ", "Amount: ", "To pay: "]) + total)
        if issue:
            lines.append(r.choice(["Issued: ", "Date: ", "Issue date: "]) + issue_text)
        if due:
            lines.append(r.choice(["Due: ", "Pay by: ", "Due date: "]) + due_text)
        if g.chance(0.5):
            r.shuffle(lines)
        text = r.choice(["Invoice\n", "INVOICE\n", "Bill\n"]) + "\n".join(lines)
        if g.rich and g.chance(RICH):
            text = wordings.relabel(r, "invoice", text)
    elif g.rich and g.chance(RICH):
        text = rich(g, m, "invoice", ["total"], total=total, no=no, who=who, issue=issue_text, due=due_text)
    else:
        signature, sentences = None, []
        if who and no and g.chance(0.45):
            sentences.append(m.fill(INVOICE_WHO_OPEN.pick(g), who=who, no=no, total=total))
        else:
            sentences.append(m.fill((INVOICE_OPEN if no else INVOICE_NO_NUMBER).pick(g), no=no, total=total))
            if who:
                if g.chance(0.4):
                    signature = who
                else:
                    sentences.insert(r.randint(0, 1), m.fill(INVOICE_WHO.pick(g), who=who))
        extra = []
        if issue and due and g.chance(0.5):
            extra.append(m.fill(INVOICE_BOTH.pick(g), issue=issue_text, due=due_text))
        else:
            if issue:
                extra.append(m.fill(INVOICE_ISSUE.pick(g), date=issue_text))
            if due:
                extra.append(m.fill(INVOICE_DUE.pick(g), date=due_text))
            r.shuffle(extra)
        text = assemble(m, sentences + extra, signature)
    return text, {"kind": "invoice", "number": no, "supplier": who, "total": number(cents), "currency": money.code,
                  "issueDate": iso(issue), "dueDate": iso(due)}


# --- appointment ---------------------------------------------------------------------------------------------------

MEET_OPEN = Wordings(
    ["I would like to meet about {topic}.", "Can we talk about {topic}?", "Let us meet to discuss {topic}.",
     "I need an appointment for {topic}.", "Could we have a meeting about {topic}?", "Please book a meeting about {topic}.",
     "I want to arrange a meeting about {topic}.", "Are you free to discuss {topic}?", "The meeting is about {topic}.",
     "We should sit together because of {topic}.", "Appointment: {topic}."],
    ["Shall we meet to talk about {topic}?", "I suggest a meeting on the subject of {topic}."])
MEET_WHO_OPEN = Wordings(
    ["{who} would like to meet about {topic}.", "{who} wants to talk about {topic}.", "Meeting with {who} about {topic}.",
     "{who} asks for an appointment about {topic}.", "Please book a meeting with {who} about {topic}.",
     "Appointment with {who}: {topic}.", "This is {who}, can we meet about {topic}?", "{who} here, I need to discuss {topic}."],
    ["{who} wishes to discuss {topic} with you.", "Please see {who} about {topic}."])
MEET_PLAIN = Wordings(
    ["I would like to meet you.", "Can we meet?", "I need an appointment.", "Please book a meeting."],
    ["Shall we have a meeting?"])
MEET_WHO = Wordings(
    ["My name is {who}.", "I am {who}.", "The meeting is with {who}.", "It is {who} speaking.", "Contact: {who}.",
     "You will meet {who}."],
    ["Your guest is {who}.", "{who} will come."])
MEET_WHEN = Wordings(
    ["How about {date} at {time}?", "Is {date} at {time} fine?", "On {date} at {time}.", "I can come on {date} at {time}.",
     "Let us say {date}, {time}.", "The date is {date}, the time {time}.", "At {time} on {date} would be good.",
     "Please plan it for {date} at {time}.", "My proposal is {date}, starting at {time}."],
    ["Would {date} at {time} work?", "We begin at {time} on {date}."])
MEET_DATE = Wordings(
    ["How about {date}?", "Is {date} fine?", "On {date}.", "I can come on {date}.", "The date is {date}."],
    ["Would {date} work?"])
MEET_TIME = Wordings(["At {time}.", "We start at {time}.", "The time is {time}."], ["Is {time} good?"])
MEET_WHERE = Wordings(
    ["We meet in {city}.", "The place is {city}.", "In our office in {city}.", "I will be in {city}.", "Place: {city}.",
     "Let us meet in {city}.", "The room is in {city}.", "Location: {city}."],
    ["Our address is in {city}.", "Please come to {city}."])
MEET_LONG = Wordings(
    ["It takes {len}.", "We need {len}.", "Please plan {len}.", "Duration: {len}.", "About {len}, I think."],
    ["It will last {len}."])


def time_text(g, minutes):
    h, mi = divmod(minutes, 60)
    style = g.rng.choice("aaabbc")
    if style == "a":
        return f"{h:02d}:{mi:02d}" if h >= 10 or g.chance(0.6) else f"{h}:{mi:02d}"
    half = "am" if h < 12 else "pm"
    h12 = h if h <= 12 else h - 12
    space = " " if style == "b" or g.chance(0.5) else ""
    return (f"{h12}:{mi:02d}" if mi else f"{h12}") + space + half


def make_appointment(g):
    r, m = g.rng, Message(g)
    who = g.person() if g.chance(0.8) else g.company()
    who = who if g.chance(0.93) else None
    topic = MORE.topic(g) if g.rich and g.chance(0.6) else g.word(TOPICS) if g.listed or g.chance(0.6) else (
        r.choice(["the ", "the ", "a new ", "our ", ""]) + (g.invented() if g.chance(0.5) else g.word(NOUNS)) + " "
        + r.choice(["project", "offer", "contract", "plan", "report", "order", "problem", "budget", "prices", "campaign"]))
    topic = topic if g.chance(0.92) else None
    date = g.date() if g.chance(0.88) else None
    minutes = r.randint(7, 19) * 60 + r.choice((0, 0, 15, 30, 30, 45)) if g.chance(0.85) else None
    length = r.choice((10, 15, 20, 30, 30, 40, 45, 60, 60, 90, 120)) if g.chance(0.45) else None
    city = g.city() if g.chance(0.65) else None
    date_text = g.date_text(date) if date else None
    t_text = time_text(g, minutes) if minutes is not None else None
    len_text = None
    if length:
        len_text = f"{length} {r.choice(['minutes', 'minutes', 'min'])}"
        if g.chance(0.5):
            len_text = {30: "half an hour", 60: "one hour", 120: "two hours"}.get(length, len_text)
    if g.chance(0.12):
        lines = []
        if who:
            lines.append(r.choice(["With: ", "Name: ", "Contact: "]) + who)
        if topic:
            lines.append(r.choice(["Topic: ", "Subject: "]) + topic)
        if date:
            lines.append("Date: " + date_text)
        if t_text:
            lines.append("Time: " + t_text)
        if length:
            lines.append(r.choice(["Duration: ", "Length: "]) + len_text)
        if city:
            lines.append(r.choice(["Place: ", "City: "]) + city)
        if g.chance(0.4):
            r.shuffle(lines)
        text = r.choice(["Appointment\n", "Meeting\n", "Meeting request\n"]) + "\n".join(lines)
        if g.rich and g.chance(RICH):
            text = wordings.relabel(r, "appointment", text)
    elif g.rich and g.chance(RICH):
        text = rich(g, m, "appointment", ["topic"], topic=topic, who=who, date=date_text, time=t_text, len=len_text, city=city)
    else:
        signature, sentences = None, []
        if who and topic and g.chance(0.45):
            sentences.append(m.fill(MEET_WHO_OPEN.pick(g), who=who, topic=topic))
        else:
            sentences.append(m.fill((MEET_OPEN if topic else MEET_PLAIN).pick(g), topic=topic))
            if who:
                if g.chance(0.45):
                    signature = who
                else:
                    sentences.insert(r.randint(0, 1), m.fill(MEET_WHO.pick(g), who=who))
        extra = []
        if date and t_text and g.chance(0.85):
            extra.append(m.fill(MEET_WHEN.pick(g), date=date_text, time=t_text))
        else:
            if date:
                extra.append(m.fill(MEET_DATE.pick(g), date=date_text))
            if t_text:
                extra.append(m.fill(MEET_TIME.pick(g), time=t_text))
        if city:
            extra.append(m.fill(MEET_WHERE.pick(g), city=city))
        if length:
            extra.append(m.fill(MEET_LONG.pick(g), len=len_text))
        if g.chance(0.3):
            r.shuffle(extra)
        text = assemble(m, sentences + extra, signature)
    clock = f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes is not None else None
    return text, {"kind": "appointment", "person": who, "topic": topic, "date": iso(date), "time": clock,
                  "durationMinutes": length, "city": city}


# --- support -------------------------------------------------------------------------------------------------------

HELP_OPEN = Wordings(
    ["My {product} {problem}.", "Our {product} {problem}.", "The {product} {problem}.", "I need help: the {product} {problem}.",
     "We have a problem, our {product} {problem}.", "Since yesterday my {product} {problem}.", "Support request: {product} {problem}.",
     "Please help, the {product} {problem}.", "Unfortunately the {product} {problem}.", "For {n} days our {product} {problem}."],
    ["Sadly our {product} {problem}.", "I am contacting support as the {product} {problem}."])
HELP_WHO_OPEN = Wordings(
    ["{who} reports: the {product} {problem}.", "{who} says the {product} {problem}.", "Support case from {who}: the {product} {problem}.",
     "This is {who}, my {product} {problem}.", "{who} here, our {product} {problem}.", "{who} needs help, the {product} {problem}."],
    ["{who} complains that the {product} {problem}.", "A report from {who}: the {product} {problem}."])
HELP_WHO = Wordings(
    ["My name is {who}.", "I am {who}.", "Customer: {who}.", "The customer is {who}.", "Reported by {who}.", "This is {who}."],
    ["The device belongs to {who}.", "Please contact {who}."])
HELP_REF = Wordings(
    ["The serial number is {ref}.", "Serial number: {ref}.", "Ticket {ref}.", "My reference is {ref}.", "Reference: {ref}.",
     "The ticket number is {ref}.", "See ticket {ref}.", "Its serial is {ref}."],
    ["The number on the back is {ref}.", "You filed it under {ref}."])
HELP_BOUGHT = Wordings(
    ["I bought it on {date}.", "Bought on {date}.", "It was purchased on {date}.", "Purchase date: {date}.",
     "We have had it since {date}.", "The purchase was on {date}."],
    ["We ordered and paid for it on {date}.", "It came from your shop on {date}."])
HELP_HIGH = Wordings(["This is urgent.", "It is very urgent!", "We cannot work without it.", "Please hurry.",
                      "We need help immediately.", "Our shop stands still.", "This is critical.", "Priority: high."])
HELP_LOW = Wordings(["There is no hurry.", "It is not urgent.", "Whenever you have time.", "This can wait.",
                     "It is only a small thing.", "Take your time.", "Priority: low."])


def make_support(g):
    r, m = g.rng, Message(g)
    who = g.party() if g.chance(0.93) else None
    product = g.product()
    problem = MORE.fault(g) if g.rich and g.chance(0.75) else g.word(PROBLEMS).replace("{n}", str(r.randint(2, 999)))
    ref = reference(g, ["SN", "SN", "T", "TK", "S", "CASE"]) if g.chance(0.65) else None
    severity = r.choice(["normal", "normal", "high", "low"])
    bought = g.date() if g.chance(0.5) else None
    date_text = g.date_text(bought) if bought else None
    if g.chance(0.12):
        lines = []
        if who:
            lines.append(r.choice(["Customer: ", "Name: "]) + who)
        lines += [r.choice(["Product: ", "Device: "]) + product, r.choice(["Problem: ", "Fault: "]) + problem]
        if ref:
            lines.append(r.choice(["Serial: ", "Ticket: ", "Reference: "]) + ref)
        if bought:
            lines.append(r.choice(["Bought: ", "Purchased: "]) + date_text)
        if severity != "normal" or g.chance(0.3):
            lines.append("Priority: " + severity)
        if g.chance(0.4):
            r.shuffle(lines)
        text = r.choice(["Support request\n", "Support\n", "Support case\n"]) + "\n".join(lines)
        if g.rich and g.chance(RICH):
            text = wordings.relabel(r, "support", text)
    elif g.rich and g.chance(RICH):
        text = rich(g, m, "support", ["product", "problem"], severity=severity, product=product, problem=problem, who=who, ref=ref, date=date_text)
    else:
        signature, sentences = None, []
        n = r.randint(2, 30)
        if who and g.chance(0.45):
            sentences.append(m.fill(HELP_WHO_OPEN.pick(g), who=who, product=product, problem=problem))
        else:
            sentences.append(m.fill(HELP_OPEN.pick(g), product=product, problem=problem, n=n))
            if who:
                if g.chance(0.45):
                    signature = who
                else:
                    sentences.insert(r.randint(0, 1), m.fill(HELP_WHO.pick(g), who=who))
        extra = []
        if ref:
            extra.append(m.fill(HELP_REF.pick(g), ref=ref))
        if bought:
            extra.append(m.fill(HELP_BOUGHT.pick(g), date=date_text))
        if severity != "normal":
            extra.append(m.fill((HELP_HIGH if severity == "high" else HELP_LOW).pick(g)))
        r.shuffle(extra)
        text = assemble(m, sentences + extra, signature)
    return text, {"kind": "support", "customer": who, "product": product, "problem": problem, "reference": ref,
                  "severity": severity, "purchaseDate": iso(bought)}


# Share of the training messages which the training grammar words.
RICH = 0.7
MORE = vocabulary.Vocabulary(held_out, LAST, [w for group in (wordings.OPEN, wordings.CLAUSES) for ts in group.values() for w in ts])
GRAMMAR = wordings.Grammar([p for w in list(globals().values()) if isinstance(w, Wordings) for p in w.test])

MAKERS = {"order": make_order, "invoice": make_invoice, "appointment": make_appointment, "support": make_support}


# --- dialogue ------------------------------------------------------------------------------------------------------

ABILITIES = ("I read short business messages and turn them into JSON: orders, invoices, appointments and support requests. "
             "I can also answer questions about the last message and draft a reply.")
SMALL_TALK = [
    (["Hello", "Hi", "Hello!", "Hi!", "Hey", "Good morning", "Good evening!", "Hi there", "hello", "hi", "Hey there!",
      "Good afternoon", "Greetings", "Hello there", "hey"],
     "Hello! Paste a business message and I will turn it into JSON."),
    (["What can you do?", "What can you do for me?", "How can you help me?", "Help", "help", "What are you good at?",
      "Tell me what you can do.", "What do you do?", "How does this work?", "What is this?", "What should I type?",
      "what can you do", "Which tasks do you know?", "Can you help me?", "What are your abilities?"], ABILITIES),
    (["Who are you?", "What are you?", "What is your name?", "who are you", "Are you a robot?", "Are you human?",
      "Introduce yourself.", "Tell me about yourself.", "Which model are you?"],
     "I am the SpecOffload demo model, a very small language model for business messages."),
    (["Thanks", "Thank you!", "Thanks a lot!", "thank you", "Many thanks.", "Great, thanks.", "Perfect, thank you.", "thx",
      "Well done!", "Good job!", "Nice!"],
     "You are welcome! Send the next message whenever you like."),
    (["Bye", "Goodbye!", "See you", "Good night", "bye", "That is all.", "See you tomorrow.", "Have a nice day!"],
     "Goodbye! Have a good day."),
    (["How are you?", "How are you today?", "how are you", "Everything fine?", "How do you do?", "What is up?"],
     "I am fine, thank you. Do you have a message for me?"),
    (["Which kinds of messages do you know?", "What kinds are there?", "Which messages can you read?",
      "What types of messages do you understand?", "Which documents can you read?", "List the kinds."],
     "I know four kinds: order, invoice, appointment and support."),
    (["How big are you?", "How many parameters do you have?", "Are you a large model?", "How large is your brain?"],
     "I am tiny: a few million parameters, trained on invented messages only."),
    (["Can I trust you?", "Do you make mistakes?", "Are you always right?", "How accurate are you?"],
     "I can make mistakes, so please check the result."),
    (["Give me an example.", "Show me an example message.", "Do you have an example?", "Example please."],
     "Try this: Anna Keller orders 2 x oak shelf at 12.50 EUR each. Please deliver to Graz by 3 March 2027."),
]
OFF_TOPIC = [
    "What is the capital of {city}?", "Write a poem about a {noun}.", "Who won the match?", "How old is {first}?",
    "Tell me a joke.", "What is {n} plus {n2}?", "Translate {noun} to French.", "What is the weather in {city}?",
    "Write a Java class.", "Explain the {noun}.", "Why is the sky blue?", "Sing a song.", "Who is {first} {last}?",
    "What is the meaning of life?", "How do I cook a {noun}?", "What time is it?", "Recommend a book about {city}.",
    "Do you like {noun}?", "Where is {city}?", "Count to {n}.", "Write an essay about {noun}.", "Is {n} a prime number?",
    "Tell me a story about {first}.", "What is a {noun}?", "How far is {city}?", "Explain speculative decoding.",
]
OFF_TOPIC_ANSWER = "I only know business messages. Send me an order, an invoice, an appointment or a support request."
UNKNOWN = "The message does not say that."

FOLLOW_UPS = {
    "order": [
        ("customer", ["Who is the customer?", "Who ordered that?", "Which customer is it?", "And the customer?"],
         "The customer is {v}."),
        ("city", ["Where does it go?", "Which city is it?", "Where should we deliver?", "And the city?"], "The city is {v}."),
        ("deliveryDate", ["When is the delivery?", "When should it arrive?", "What is the delivery date?", "And the date?"],
         "The delivery date is {v}."),
        ("currency", ["Which currency is it?", "What is the currency?", "And the currency?"], "The currency is {v}."),
    ],
    "invoice": [
        ("number", ["What is the invoice number?", "Which number does it have?", "And the number?"], "The invoice number is {v}."),
        ("supplier", ["Who is the supplier?", "Who sent it?", "Whom do we pay?", "And the supplier?"], "The supplier is {v}."),
        ("total", ["How much is it?", "What is the total?", "How much do we pay?", "And the amount?"], "The total is {v}."),
        ("currency", ["Which currency is it?", "What is the currency?", "And the currency?"], "The currency is {v}."),
        ("issueDate", ["When was it issued?", "What is the issue date?"], "The issue date is {v}."),
        ("dueDate", ["When is it due?", "When do we have to pay?", "What is the due date?"], "The due date is {v}."),
    ],
    "appointment": [
        ("person", ["Who wants to meet?", "With whom is the meeting?", "And the person?"], "The meeting is with {v}."),
        ("topic", ["What is it about?", "What is the topic?", "And the subject?"], "The topic is {v}."),
        ("date", ["On which day is it?", "What is the date?", "And the date?"], "The date is {v}."),
        ("time", ["At what time?", "When does it start?", "And the time?"], "It starts at {v}."),
        ("durationMinutes", ["How long is it?", "How many minutes?", "What is the duration?"], "It takes {v} minutes."),
        ("city", ["Where is it?", "Which city is it?", "And the place?", "Where do we meet?"], "The city is {v}."),
    ],
    "support": [
        ("customer", ["Who is the customer?", "Who has the problem?", "And the customer?"], "The customer is {v}."),
        ("product", ["Which product is it?", "What is broken?", "And the product?"], "The product is {v}."),
        ("problem", ["What is the problem?", "What is wrong?", "What happened?"], "The problem: {v}."),
        ("reference", ["What is the reference?", "Which serial number is it?", "And the reference?"], "The reference is {v}."),
        ("severity", ["How urgent is it?", "What is the severity?", "Is it urgent?"], "The severity is {v}."),
        ("purchaseDate", ["When was it bought?", "What is the purchase date?"], "The purchase date is {v}."),
    ],
}
REPLY_ASKS = ["Draft a reply.", "Write a reply.", "Please write an answer.", "Write a short reply to this message.",
              "Answer the message politely.", "Draft an answer.", "Can you write a reply?", "Reply to it."]
KIND_ASKS = ["What kind of message is it?", "Which kind is it?", "Is it an order or an invoice?", "What kind is this?"]


def reply_text(j):
    who = j.get("customer") or j.get("supplier") or j.get("person")
    lines = ["Dear " + who + "," if who else "Hello,", ""]
    if j["kind"] == "order":
        lines.append("thank you for your order:")
        lines += [f"- {i['quantity']} x {i['name']}" for i in j["items"]]
        if j["city"] and j["deliveryDate"]:
            lines.append(f"We will deliver to {j['city']} on {j['deliveryDate']}.")
        elif j["city"]:
            lines.append(f"We will deliver to {j['city']}.")
        elif j["deliveryDate"]:
            lines.append(f"We will deliver on {j['deliveryDate']}.")
    elif j["kind"] == "invoice":
        lines.append("thank you for your invoice" + (f" {j['number']}" if j["number"] else "") + ".")
        lines.append(f"We will pay {compact(j['total'])} {j['currency']}" + (f" by {j['dueDate']}." if j["dueDate"] else "."))
    elif j["kind"] == "appointment":
        lines.append("thank you for your message" + (f" about {j['topic']}." if j["topic"] else "."))
        when = (f" on {j['date']}" if j["date"] else "") + (f" at {j['time']}" if j["time"] else "")
        lines.append("We confirm the meeting" + when + (f" in {j['city']}." if j["city"] else "."))
    else:
        lines.append(f"we are sorry that your {j['product']} {j['problem']}.")
        lines.append({"high": "We will call you today.", "normal": "We will call you this week.",
                      "low": "We will call you soon."}[j["severity"]])
    return "\n".join(lines + ["", "Kind regards"])


def shown(value):
    return value if isinstance(value, str) else compact(value)


def follow_up(g, j):
    """One question about an extracted message, with its answer."""
    roll = g.rng.random()
    if roll < 0.25:
        return g.rng.choice(REPLY_ASKS), reply_text(j)
    if roll < 0.32:
        return g.rng.choice(KIND_ASKS), f"It is an {j['kind']}." if j["kind"] != "support" else "It is a support request."
    if j["kind"] == "order" and roll < 0.45:
        item = g.rng.choice(j["items"])
        if g.chance(0.5):
            return (g.rng.choice(["How many {n}?", "How many pieces of {n}?", "What is the quantity of {n}?"])
                    .replace("{n}", item["name"]), f"{item['quantity']} x {item['name']}.")
        ask = g.rng.choice(["Which items are in the order?", "What did they order?", "List the items.", "And the items?"])
        return ask, "\n".join(f"- {i['quantity']} x {i['name']}" for i in j["items"])
    key, asks, answer = g.rng.choice(FOLLOW_UPS[j["kind"]])
    value = j[key]
    return g.rng.choice(asks), UNKNOWN if value is None else answer.replace("{v}", shown(value))


def system_for(g, extraction=True):
    roll = g.rng.random()
    if extraction:
        if roll < 0.6:
            return SYSTEM
        if roll < 0.8:
            return None
        return g.rng.choice(OTHER_SYSTEMS if roll < 0.92 else ASSISTANT_SYSTEMS)
    return None if roll < 0.55 else g.rng.choice(ASSISTANT_SYSTEMS) if roll < 0.8 else SYSTEM


def with_system(system, messages):
    return ([{"role": "system", "content": system}] if system else []) + messages


def extraction_sample(g, kind=None, system="mixed"):
    kind = kind or g.rng.choice(list(KINDS))
    text, j = MAKERS[kind](g)
    if system == "mixed":
        system = system_for(g)
        if g.chance(0.05):
            text = g.rng.choice(["Extract this message:\n", "Here is a message:\n", "Message: ", "Please extract: "]) + text
    return {"kind": kind, "messages": with_system(system, [{"role": "user", "content": text},
                                                           {"role": "assistant", "content": compact(j)}])}, j


def small_talk(g):
    r = g.rng
    roll = r.random()
    if roll < 0.6:
        asks, answer = r.choice(SMALL_TALK)
        return r.choice(asks), answer
    if roll < 0.7:
        name = g.proper(FIRST, 0.5)
        ask = r.choice(["My name is {f}.", "I am {f}.", "Hi, I am {f}.", "Hello, my name is {f}.", "This is {f}.", "Call me {f}."])
        return ask.replace("{f}", name), f"Nice to meet you, {name}. Do you have a message for me?"
    if roll < 0.78:
        what = " ".join(r.choice([g.person(), g.item(), g.city(), reference(g, ["T", "INV", "SN"])]) for _ in range(r.randint(1, 3)))
        return r.choice(["Repeat: ", "Say ", "Please repeat: ", "Repeat after me: "]) + what, what
    ask = r.choice(OFF_TOPIC)
    fill = {"city": g.city(), "noun": g.word(NOUNS), "first": g.proper(FIRST, 0.3), "last": g.proper(LAST, 0.5),
            "n": str(r.randint(2, 999)), "n2": str(r.randint(2, 999))}
    return FIELD.sub(lambda m: fill[m.group(1)], ask), OFF_TOPIC_ANSWER


def dialogue_sample(g):
    r = g.rng
    messages = []

    def turn(pair):
        messages.extend([{"role": "user", "content": pair[0]}, {"role": "assistant", "content": pair[1]}])

    if g.chance(0.45):
        turn(small_talk(g))
        for _ in range(r.choice((0, 0, 1, 2))):
            turn(small_talk(g))
        if g.chance(0.2):
            sample, j = extraction_sample(g, system=None)
            messages.extend(sample["messages"])
        system = system_for(g, extraction=False)
    else:
        if g.chance(0.15):
            turn(small_talk(g))
        sample, j = extraction_sample(g, system=None)
        messages.extend(sample["messages"])
        for _ in range(r.choice((1, 1, 2, 2, 3))):
            ask, answer = follow_up(g, j) if g.chance(0.92) else small_talk(g)
            if g.rich and g.chance(0.35):
                ask = g.rng.choice(wordings.LEAD_INS) + ask
            turn((ask, answer))
        system = system_for(g, extraction=g.chance(0.5))
    return {"kind": "dialogue", "messages": with_system(system, messages)}


# --- tools ---------------------------------------------------------------------------------------------------------

STATUS_ASKS = Wordings(
    ["Where is my order {o}?", "What is the status of order {o}?", "Has order {o} been sent?", "Status of {o}?",
     "Please check order {o}.", "When does order {o} arrive?", "Is order {o} on its way?", "Order {o}, please.",
     "Can you look up order {o}?", "I am waiting for order {o}.", "Do you know where {o} is?", "Track order number {o}."],
    ["Any news about order {o}?", "Could you find out the state of order {o}?"])
CALENDAR_ASKS = Wordings(
    ["What is in my calendar on {d}?", "Am I free on {d}?", "Do I have meetings on {d}?", "Show me my calendar for {d}.",
     "What happens on {d}?", "Which appointments are there on {d}?", "What do I have to do on {d}?", "Is {d} still free?",
     "Check the calendar for {d}.", "My plan for {d}, please.", "Any meetings on {d}?"],
    ["How does my day look on {d}?", "Tell me my entries of {d}."])
STATUS_WORDS = ["open", "packed", "shipped", "delivered", "cancelled", "delayed", "paid", "in production", "returned"]


def tool_flavour(g):
    """The two definitions with small differences, as different callers write them."""
    r = g.rng
    tools = json.loads(json.dumps(TOOLS))
    if g.chance(0.5):
        descriptions = [
            ["Looks up the status of an order.", "Status of an order", "Returns the state of an order by number",
             "Finds an order by its number and tells its status"],
            ["Lists the calendar entries of a day.", "Calendar of a day", "Returns the appointments on a date",
             "Shows what is planned on the given day"],
        ]
        for t, ds in zip(tools, descriptions):
            f = t["function"]
            f["description"] = r.choice(ds)
    if g.chance(0.5):
        extra, schema = g.chance(0.5), g.chance(0.5)
        for t in tools:
            p = t["function"]["parameters"]
            for prop in p["properties"].values():
                if g.chance(0.4):
                    prop.pop("description", None)
            q = {}
            if schema:
                q["$schema"] = "https://json-schema.org/draft/2020-12/schema"
            q.update(p)
            if extra:
                q["additionalProperties"] = False
            t["function"]["parameters"] = q
    roll = r.random()
    if roll < 0.12:
        return tools[:1]
    if roll < 0.24:
        return tools[1:]
    if roll < 0.5:
        tools.reverse()
    return tools


def tool_names(tools):
    return {t["function"]["name"] for t in tools}


def order_number(g):
    r = g.rng
    roll = r.random()
    if roll < 0.6:
        return str(r.randint(10 ** (k := r.randint(3, 6)), 10 ** (k + 1) - 1))
    return r.choice(["A", "B", "O", "PO", "ORD", "SO"]) + r.choice(["-", ""]) + str(r.randint(100, 99999))


def status_turns(g, no):
    r = g.rng
    status = r.choice(STATUS_WORDS)
    when = iso(g.date()) if g.chance(0.6) else None
    city = g.city() if g.chance(0.35) else None
    roll = r.random()
    if roll < 0.1:
        result = r.choice([{"orderNumber": no, "status": "unknown"}, {"error": "not found"}])
        return compact(result), f"I could not find order {no}."
    answer = f"Order {no} is {status}" + (f" in {city}" if city else "") + (f", expected on {when}." if when else ".")
    result = {"orderNumber": no} if g.chance(0.8) else {}
    result["status"] = status
    if when or g.chance(0.3):
        result["expectedDate"] = when
    if city or g.chance(0.2):
        result["city"] = city
    if roll < 0.2:
        items = list(result.items())
        r.shuffle(items)
        result = dict(items)
    text = compact(result)
    return (json.dumps(result, ensure_ascii=False) if g.chance(0.15) else text), answer


def calendar_turns(g, day):
    r = g.rng
    n = r.choice((0, 0, 1, 1, 2, 3))
    entries = []
    for _ in range(n):
        what = r.choice(["Call with ", "Meeting with ", "Lunch with ", "Visit of "]) + g.person()
        if g.chance(0.3):
            what = g.word(TOPICS)
        entries.append(f"{r.randint(7, 19):02d}:{r.choice((0, 15, 30, 45)):02d} {what}")
    result = {"date": day} if g.chance(0.8) else {}
    if g.chance(0.25):
        result["free"] = not entries
    result["entries"] = entries
    if entries:
        answer = f"On {day} you have:\n" + "\n".join("- " + e for e in entries)
    else:
        answer = f"You are free on {day}."
    return (json.dumps(result, ensure_ascii=False) if g.chance(0.15) else compact(result)), answer


def call(name, arguments):
    return {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": name, "arguments": arguments}}]}


def tool_turn(g, tools, tool):
    """A question, the call, its result and the answer; or a plain answer where the tool is missing."""
    if tool == "orderStatus":
        no = order_number(g)
        ask = (g.rng.choice(g.rng.choice(GRAMMAR.status)) if g.rich and g.chance(RICH) else STATUS_ASKS.pick(g)).replace("{o}", no)
        arguments = {"orderNumber": no}
    else:
        d = g.date()
        ask = g.rng.choice(g.rng.choice(GRAMMAR.calendar)) if g.rich and g.chance(RICH) else CALENDAR_ASKS.pick(g)
        ask = ask.replace("{d}", g.date_text(d))
        arguments = {"date": iso(d)}
    if g.chance(0.15):
        ask = g.rng.choice(["Hello, ", "Hi, ", "Please: ", "Hi! ", "One question: "]) + ask
    messages = [{"role": "user", "content": ask}]
    if tool not in tools:
        what = "look up orders" if tool == "orderStatus" else "see your calendar"
        return messages + [{"role": "assistant", "content": f"I have no tool to {what}."}]
    result, answer = status_turns(g, no) if tool == "orderStatus" else calendar_turns(g, iso(d))
    return messages + [call(tool, arguments), {"role": "tool", "content": result}, {"role": "assistant", "content": answer}]


def tool_sample(g):
    r = g.rng
    tools = [] if g.chance(0.12) else tool_flavour(g)
    names = tool_names(tools)
    messages = []
    roll = r.random()
    if roll < 0.12:
        messages = extraction_sample(g, system=None)[0]["messages"]
    elif roll < 0.2:
        ask, answer = small_talk(g)
        messages = [{"role": "user", "content": ask}, {"role": "assistant", "content": answer}]
    else:
        for _ in range(r.choice((1, 1, 1, 2))):
            messages += tool_turn(g, names, r.choice(["orderStatus", "calendar"]))
    sample = {"kind": "tool", "messages": with_system(system_for(g, extraction=False), messages)}
    if tools:
        sample["tools"] = tools
    return sample


def echo_sample(g):
    """Pure copying: what makes small models learn to copy early."""
    r = g.rng
    words = []
    for _ in range(r.randint(3, 9)):
        words.append(r.choice([g.person, g.company, g.item, g.city, g.product, lambda: str(r.randint(10, 99999)),
                               lambda: reference(g, ["INV", "SN", "T"]), lambda: g.invented().capitalize()])())
    if g.chance(0.5):
        return {"kind": "echo", "messages": [{"role": "user", "content": "Repeat: " + ", ".join(words)},
                                             {"role": "assistant", "content": ", ".join(words)}]}
    keys = r.sample(["name", "city", "item", "number", "customer", "product", "person", "topic", "reference"], min(len(words), 6))
    words = words[:len(keys)]
    pairs = list(zip(keys, words))
    shuffled = pairs[:]
    r.shuffle(shuffled)
    text = r.choice(["\n", "; ", ", "]).join(k + ": " + v for k, v in shuffled)
    return {"kind": "echo", "messages": [{"role": "user", "content": "List " + " ".join(keys) + "\n" + text},
                                         {"role": "assistant", "content": compact(dict(pairs))}]}


def training_sample(rng, mix=(0.74, 0.12, 0.09, 0.05)):
    """One training conversation; mix: extraction, dialogue, tools, echo."""
    g = Generator(rng, rich=True)
    roll = rng.random()
    if roll < mix[0]:
        return extraction_sample(g)[0]
    if roll < mix[0] + mix[1]:
        return dialogue_sample(g)
    if roll < mix[0] + mix[1] + mix[2]:
        return tool_sample(g)
    return echo_sample(g)


# --- test sets -----------------------------------------------------------------------------------------------------

TEST_SEED = 20270303


def extraction_test(rng, number, unseen=False, new_wording=False, listed=False):
    kind = list(KINDS)[(number // 4) % 4]
    text, j = MAKERS[kind](Generator(rng, unseen=unseen, new_wording=new_wording, listed=listed))
    return {"id": f"{kind}-{number:03d}" + ("w" if new_wording else ""),
            "messages": with_system(SYSTEM, [{"role": "user", "content": text}]),
            "expected": compact(j), "kind": kind, "unseen": unseen, "newWording": new_wording}


def all_tests(count, seed):
    """The messages of both extraction tests."""
    rng, other = random.Random(seed), random.Random(seed + 2)
    prompts, wordings_too = [], []
    for i in range(count):
        if i % 4 == 3:
            wordings_too.append(extraction_test(rng, i, unseen=True, new_wording=True))
            prompts.append(extraction_test(other, i, unseen=True))
        else:
            unseen = i % 2 == 1
            prompts.append(extraction_test(rng, i, unseen=unseen, listed=not unseen and rng.random() < 0.5))
    return prompts, wordings_too


def test_prompts(count=500, seed=TEST_SEED):
    """Extraction requests in known sentences: half from words that training knows, half from held-out words."""
    return all_tests(count, seed)[0]


def wording_prompts(count=125, seed=TEST_SEED):
    """Extraction requests from held-out words in held-out sentences: beyond what the models are meant for."""
    return all_tests(4 * count, seed)[1]


def dialogue_prompts(count=40, seed=TEST_SEED + 1):
    """Conversations cut before an assistant turn: small talk, questions about a message, tool calls and answers."""
    rng = random.Random(seed)
    out = []
    while len(out) < count:
        unseen = len(out) % 2 == 1
        g = Generator(rng, unseen=unseen)
        third = len(out) % 4
        sample = tool_sample(g) if third >= 2 else dialogue_sample(g)
        messages = sample["messages"]
        turns = [i for i, m in enumerate(messages) if m["role"] == "assistant"]
        at = turns[-1] if third != 2 else turns[0]
        last = messages[at]
        expected = last["content"]
        if last.get("tool_calls"):
            expected = "\n".join(call_text(c) for c in last["tool_calls"])
        kind = "tool-call" if last.get("tool_calls") else "tool-answer" if messages[at - 1]["role"] == "tool" else "dialogue"
        row = {"id": f"dialogue-{len(out):02d}", "messages": messages[:at]}
        if "tools" in sample:
            row["tools"] = sample["tools"]
        row.update({"expected": expected, "kind": kind, "unseen": unseen})
        out.append(row)
    return out


def call_text(c):
    f = c["function"]
    return "<tool_call>\n" + json.dumps({"name": f["name"], "arguments": f["arguments"]}, ensure_ascii=False) + "\n</tool_call>"


def kinds_description():
    def rows(keys):
        return [{"name": n, "type": t, "nullable": null, "description": d} for n, t, null, d in keys]
    return {"system": SYSTEM, "kinds": [{"kind": k, "keys": rows(v)} for k, v in KINDS.items()],
            "itemKeys": rows(ITEM_KEYS), "tools": TOOLS}


def write_tests(folder):
    for name, rows in (("test-prompts.jsonl", test_prompts()), ("wording-prompts.jsonl", wording_prompts()),
                       ("dialogue-prompts.jsonl", dialogue_prompts())):
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as f:
            for row in rows:
                f.write(json.dumps(row, ensure_ascii=False) + "\n")
    with open(os.path.join(folder, "kinds.json"), "w", encoding="utf-8", newline="\n") as f:
        f.write(json.dumps(kinds_description(), ensure_ascii=False, indent=2) + "\n")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(dest="command", required=True)
    show = sub.add_parser("show")
    show.add_argument("--count", type=int, default=5)
    show.add_argument("--seed", type=int, default=1)
    tests = sub.add_parser("tests")
    tests.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
    a = p.parse_args()
    if a.command == "tests":
        write_tests(a.out)
    else:
        rng = random.Random(a.seed)
        for _ in range(a.count):
            print(json.dumps(training_sample(rng), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
