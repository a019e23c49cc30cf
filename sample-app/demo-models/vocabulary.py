"""More words and phrases for training only: items, products, faults and topics beyond the lists of `corpus.py`.

A network that meets the same two hundred items again and again remembers them and stops copying. Words which the
checksum holds back are removed when this is loaded, whole faults and topics that are held back are never made.
"""

import re

NOUNS = """
acorn adhesive airbag album alarm almond amplifier anchor anvil apple apricot aquarium arch armchair arrow ashtray atlas awning axe
badge bagel balcony ball balloon bandage banner barbell barometer barrow bat bath beacon bead beam bean bearskin beaker bed bee beetle
bell belt bench berry bib bin binoculars biscuit blade blender blind boat bobbin bollard bone bonnet book bookcase boulder bouquet
bow bracelet brake branch bread breaker bridge broom brush buckle bulb bun bunker buoy burner bush butter button buzzer cage cake
calculator calendar canoe canvas cap cape caravan card cardigan cart carpet carrot carver case cask cassette castor catalogue ceiling
cellar cello cement chain chalk charcoal chart cheese chest chestnut chimney chip chisel chopper cider clamp clarinet claw clay
cleaner cleat clip cloak cloth clover coat cocoa coffee coin collar colander comb computer cone conveyor cooker cooler copier cord
cork corner couch counter coupling cradle crane crayon cream crown crystal cube cuff cup cupboard cushion cutter cylinder dagger
dart deck detector dial diary dice digger dish dispenser divider dock doll door doughnut dough dress drum dryer duct dumbbell duster
ear easel egg elbow elevator engine eraser excavator extractor eyelet fabric faucet feather felt fence fender fern ferry fiddle fig
figurine file fir fireplace flag flange flannel flap flask flint float flour flower flute foam foil footrest fountain freezer fruit
furnace garland garlic gate gel generator glider globe glue goblet grate gravel grill grinder guitar gutter hair hammock hamper
handcart handrail hanger harness harp hat hatch hay headlight hedge helm hinge hob hook hoop horn hourglass house ink inverter iron
ivy jack jam jar jersey jewel jug juicer jumper kayak keg kennel kiln kite ladle lampshade lathe lawn leaf lectern lemon lens lever
lid lift lighter lily lime lintel lipstick liquid loom lotion lounger machine magazine mallet mango mantle map mast mat match
medal melon menu meter microphone microscope milk mill mint mirror mitten mortar mould mousepad muffin mural mushroom napkin necklace
needle net nozzle nut oar oat oil olive onion orange organ ornament oven overall paddle padlock paint palm panel paper parasol
parcel parka parsley pasta paste patch pea peach peg pendant pepper perfume petrol phone photo piano pickaxe picture pie pigment pillar
pin pinecone pipe pistachio pitcher plaster plough plug plum pocket pole polish pond porcelain post poster potato pouch powder
prism propeller pudding pulley pump punch purse puzzle quilt racket radiator raft rail rake ramp razor receiver recorder reel
regulator resin ribbon rice ring rivet robe rocket rod roller roof rose rotor rudder rug ruler sack safe sail salad salt sand sandal
sander satchel sauce saucepan saucer sausage scale scarf scissors scoop scraper screen seal seat seed shade shampoo sheet shell
shield shirt shoe shovel shower shutter sickle sieve sign silk sink skate sketch ski skirt skewer slate sled sleeve slide sling slipper
soap sock sofa sole soup spade spark spatula spice spike spindle sponge spool spout spray sprinkler stamp staple statue steamer
stencil step stick sticker stilt stirrer stocking stool stopper strap straw string strut stud sugar suit sunflower swatch sweater
swing sword syringe syrup table tambourine tank tap tape tarpaulin tart tassel tea telephone telescope thermometer thimble thread
throttle ticket tie timber timer tin tinsel tissue toggle tongs tool toothbrush torch towbar toy tractor train trailer transformer
trap treadmill tree trellis trimmer trophy trough trousers trowel trumpet trunk tub tube tulip tunnel turbine turntable tweezers
twine typewriter urn vacuum valve van varnish veil ventilator veranda violin vice visor wagon walnut wardrobe washbasin watch water
wax wedge weight wheel whistle whisk wick wig winch windmill window windscreen wine wing wire wok wreath wrapper xylophone yarn yoghurt
yoke zip zipper
""".split()

ADJECTIVES = """
adjustable amber ancient antique aluminium automatic azure beige big bright broad broken bronze bulky cheap chrome classic clean clear
cold coloured concrete cool coral cordless crimson curved cushioned cyan damp dark deep dense double-sided dry dual dull durable
elastic elegant empty enamel extra fast fine fireproof flat flexible foam foldable fragrant fresh frosted full gilded giant glossy golden
granite half hard heated high hollow hot huge hybrid indigo inflatable insulated inverted ivory jade khaki large-size laminated
lavender left lemon lilac lined liquid little loose loud low lower magnetic mahogany main maple maroon matte medium metal metallic
middle milky modern modular moist movable narrow-gauge natural neat new nickel noble nylon octagonal old olive opaque open organic
original oval padded pale paired pearl pink plain pocket polar polished portable pure quick quiet rapid raw ready recycled refillable
retro reusable reversible rigid right robust rough rustic salted satin scarlet sealed secure separate shallow sharp shiny silent
silver simple sleek slender slim slow smart smooth soft solid special spiral spotted stable stackable stiff straight striped strong
sturdy super sweet tall tan teal tight thermal thick thin tiny tinted titanium transparent triple tropical turquoise ultra unbleached
universal upper used velvet vertical vintage violet warm washable waterproof waxed wet whole wild winter wireless wooden woven
""".split()

MACHINES = """
alarm amplifier boiler bike blower camcorder centrifuge chiller clock compressor computer conveyor cooker cooler copier cutter dehumidifier
dictaphone digitizer display dock doorbell dryer elevator engine extractor fan fax franker fryer furnace generator grill grinder gauge
hob hoover humidifier intercom iron juicer kiln lift light lock loudspeaker machine massager microwave microscope mill mixer mouse
notebook pager panel peeler phone photocopier piano player plotter press pump purifier radar radiator radio razor receiver recorder
refrigerator robot sander saw sealer shaver shredder sprayer sprinkler stapler steamer sterilizer stove telephone television timer
tracker trimmer turntable typewriter ventilator watch welder winch wringer
""".split()

VERBS = """
accept activate adjust alert answer arrive attach balance beat beep bend blend block blow boil boot bounce brake break breathe buckle
burn buzz call carry catch chew chirp clean clear click clip close collapse collect connect cool copy corrode count cover crack
crash creak crumble cut cycle decode deliver detect dial dim display dissolve drag drain drip drive drop dry eat eject emit
empty enter erase explode extend fade fall feed fill filter find fit fix flash float flood flow fold follow forget freeze
fry fold glow grab grind grow hang heat hide hiss hold hum hurt ignore inflate jam jump keep kick knock lag land leak lean learn leave
lift light listen load lock lower mark measure melt mix mount move mute open pause peel play point pop pour press print pull pulse
pump push quit race rattle reach react read record recover refill refuse reject release remember repeat reply report reset respond
restart ring rise roar rotate run rust save scan scrape scratch scream seal seize send separate shake shift shine shoot show shrink shut
sink skip slide slip slow smell smoke snap sound spark spill spin spit split spray squeak stain stall stand start stay steam steer stick
stop store stretch strike suck sweat swing switch swivel tear test tick tilt trip trust turn twist update use vibrate wake warm warp
wash waste weigh whistle wobble work wrap write
""".split()

TIMES = ["again", "all day", "at full power", "at high speed", "at night", "at noon", "every hour", "every minute", "far too often",
         "for a while", "from time to time", "in the morning", "in the rain", "loudly", "most of the time", "much too late", "noisily",
         "now and then", "on its own", "on Sundays", "only once", "only sometimes", "slowly", "too early", "too fast", "too late", "too often",
         "twice a day", "under load", "unevenly", "when cold", "when hot", "when it is opened", "when it is switched on", "with a delay",
         "within seconds", "without a reason", "without pause", "after lunch", "during calls", "in every room", "after a minute"]
PARTICLES = "off on up down out in away back open shut apart over".split()
STATES = ["always off", "always on", "bent", "blocked", "blurred", "broken", "burnt", "clogged", "cracked", "crooked", "damaged", "dead",
          "defective", "dented", "dirty", "dusty", "empty", "faulty", "full of dust", "full of water", "frozen", "greasy", "half empty",
          "incomplete", "in pieces", "jammed", "leaking", "loose", "lost", "misaligned", "not sealed", "not working", "out of order",
          "out of paper", "overheated", "rusty", "scratched", "shaking", "sticky", "stuck", "too bright", "too cold", "too dark", "too heavy",
          "too hot", "too loud", "too quiet", "too slow", "too small", "torn", "unreadable", "unstable", "unusable", "very hot", "very noisy",
          "warped", "wet", "worn out"]
AFFAIRS = """
project offer contract plan report order problem budget prices campaign agreement analysis application assembly assessment balance
board booking brochure building case change claim class clinic comparison complaint concept conference course customs deadline
decision delivery design dispute draft election estimate event exam exhibition extension feedback festival figures finance fund
grant guide handover idea import inspection interview inventory issue kitchen launch layout letter licence list loan machine map
market merger method mission model move newsletter notice numbers office opening option package paint partnership payment permit
phase policy presentation process profile programme promotion proposal prototype purchase quality question quote rate recipe
refund registration renovation rental research result review risk roadmap route sale sample schedule scheme series service settlement
shift sketch solution sponsor staff stand standard statement statistics strategy study summary supplier supply survey system tariff
task team tender test theme tour training transfer transport trial trip update upgrade vacancy version video visit voucher workflow
""".split()


def third_person(verb):
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


class Vocabulary:
    """The words that may be used, and phrases made of them. Everything is drawn from the caller's generator `g`."""

    def __init__(self, held_out, names, sentences):
        keep = lambda words: sorted({w for w in words if not held_out(w)})
        self.held_out, self.names = held_out, names
        self.nouns, self.adjectives, self.machines = keep(NOUNS), keep(ADJECTIVES), keep(MACHINES)
        self.verbs, self.affairs = keep(VERBS), keep(AFFAIRS)
        # Any word at all may be part of an item: where it stands tells, not what it is.
        self.any = keep(w for w in re.findall(r"[a-z]{4,}", " ".join(sentences)))

    def noun(self, g):
        roll = g.rng.random()
        if roll < 0.5:
            return g.rng.choice(self.nouns)
        if roll < 0.85:
            return g.invented()
        return g.rng.choice(self.verbs if roll < 0.92 else self.any)

    def adjective(self, g):
        roll = g.rng.random()
        if roll < 0.6:
            return g.rng.choice(self.adjectives)
        if roll < 0.75:
            return g.rng.choice(self.nouns)
        return g.invented() if roll < 0.93 else g.rng.choice(self.any)

    def machine(self, g):
        roll = g.rng.random()
        return g.rng.choice(self.machines) if roll < 0.55 else g.rng.choice(self.nouns) if roll < 0.75 else g.invented()

    def phrase(self, make, g):
        while True:
            text = make(g)
            if not self.held_out(text):
                return text

    def fault(self, g):
        return self.phrase(self._fault, g)

    def topic(self, g):
        return self.phrase(self._topic, g)

    def _fault(self, g):
        r = g.rng
        verb = r.choice(self.verbs) if r.random() < 0.85 else g.invented()
        verbs = third_person(verb)
        noun = lambda: self.noun(g) + (r.choice(["", "", "s"]) if r.random() < 0.7 else "")
        some = lambda: (self.adjective(g) + " " if r.random() < 0.35 else "") + noun()
        number = str(r.randint(2, 999))
        make = r.choice([
            lambda: "does not " + verb, lambda: "does not " + verb + " the " + some(), lambda: "does not " + verb + " " + r.choice(TIMES),
            lambda: "does not " + verb + " " + r.choice(PARTICLES), lambda: verbs + " " + r.choice(PARTICLES) + " " + r.choice(TIMES),
            lambda: "will not " + verb + " " + r.choice(PARTICLES), lambda: verbs + " " + r.choice(PARTICLES),
            lambda: verbs + " the " + some(), lambda: verbs + " its " + noun(), lambda: verbs + " " + some(),
            lambda: verbs + " " + r.choice(TIMES), lambda: verbs + " " + noun() + " " + r.choice(TIMES),
            lambda: "has a " + some(), lambda: "has no " + noun(), lambda: "has a " + self.adjective(g) + " " + noun(),
            lambda: "is " + r.choice(STATES), lambda: "is " + self.adjective(g) + " and " + self.adjective(g),
            lambda: "is " + r.choice(STATES) + " " + r.choice(TIMES), lambda: "is without a " + noun(), lambda: "will not " + verb,
            lambda: "cannot " + verb + " the " + some(), lambda: "can no longer " + verb, lambda: "shows " + some(),
            lambda: "shows " + noun() + " " + number, lambda: verbs + " " + number + " times", lambda: verbs + " after " + number + " minutes",
            lambda: "needs a " + some(), lambda: "makes " + some() + " " + r.choice(TIMES), lambda: "gets " + r.choice(STATES),
            lambda: verbs + " and " + third_person(r.choice(self.verbs)), lambda: verbs, lambda: verbs + " too " + self.adjective(g),
            lambda: "came with a " + some(), lambda: "was delivered " + r.choice(STATES), lambda: "keeps " + noun() + " and " + verbs,
        ])
        return make()

    def _topic(self, g):
        r = g.rng
        start = r.choice(["the ", "the ", "the ", "a ", "our ", "your ", "my ", "a new ", "this ", ""])
        affair = r.choice(self.affairs) if r.random() < 0.8 else self.noun(g)
        make = r.choice([
            lambda: affair, lambda: self.noun(g) + " " + affair, lambda: self.adjective(g) + " " + affair, lambda: self.noun(g) + " " + affair,
            lambda: self.adjective(g) + " " + self.noun(g) + " " + affair, lambda: affair + " of the " + self.noun(g),
            lambda: affair + " and the " + r.choice(self.affairs), lambda: affair + " in " + g.city(),
            lambda: g.proper(self.names, 0.7) + " " + affair, lambda: affair + " " + str(g.rng.randint(2, 2031)),
        ])
        return start + make()
