"""The words that made-up articles are of: providers, subjects, sentences. Names and pictures are the demo site's."""

from __future__ import annotations

from dataclasses import dataclass

MAIN_TOPIC = "Applied Technology"
FURTHER_TOPICS = ("Machine Learning", "Materials", "Rights and Rules")
VIDEO_HOST = "video.example.com"

APOSTROPHE, DASH, ELLIPSIS = "\u2019", "\u2013", "\u2026"


@dataclass(frozen=True, slots=True)
class Source:
    """A provider of the demo site, and around which quality its articles lie."""

    domain: str
    name: str
    usual_quality: int


SOURCES = (
    Source("harbourherald.example", "Harbour Herald", 84),
    Source("morningpost.example.com", "Example Morning Post", 70),
    Source("farmledger.example", "Farm Ledger", 76),
    Source("medicalweekly.example.org", "Medical Weekly", 92),
    Source("circuitdaily.example", "Circuit Daily", 78),
    Source("citydesk.example.net", "City Desk", 72),
    Source("labnotes.example.org", "Lab Notes", 88),
    Source("northwire.example.com", "North Wire", 50),
    Source("gridandturbine.example", "Grid & Turbine", 80),
    Source("orbitletter.example", "Orbit Letter", 90),
    Source("boardgames.example.org", "Board Games Today", 66),
)
CHANNEL = Source(VIDEO_HOST, "Workshop Channel", 96)

SUBJECTS = (
    ("harbour pilots", "Ports and Shipping", "harbour-tug"),
    ("ferry crews", "Ports and Shipping", "electric-ferry"),
    ("lighthouse keepers", "Ports and Shipping", "lighthouse"),
    ("dockers", "Ports and Shipping", "harbour-tug"),
    ("orchard growers", "Food and Farming", "orchard-robots"),
    ("greenhouse gardeners", "Food and Farming", "greenhouse"),
    ("dairy farmers", "Food and Farming", "greenhouse"), ("beekeepers", "Food and Farming", "orchard-robots"),
    ("night nurses", "Health", "clinic-scan"), ("country doctors", "Health", "clinic-scan"),
    ("radiologists", "Health", "clinic-scan"), ("hand surgeons", "Health", "robot-hand"),
    ("city councillors", "Cities", "council-chamber"), ("tram drivers", "Cities", "tram-street"),
    ("bridge engineers", "Cities", "bridge-sensors"), ("street sweepers", "Cities", "tram-street"),
    ("flood wardens", "Cities", "flood-map"), ("turbine climbers", "Energy", "wind-turbines"),
    ("battery recyclers", "Energy", "battery-loop"), ("roof owners", "Energy", "solar-roofs"),
    ("bakers and plumbers", "Energy", "snow-village"), ("warehouse hands", "Robotics", "warehouse-arm"),
    ("parcel carriers", "Robotics", "drone-islands"), ("prosthetics makers", "Robotics", "robot-hand"),
    ("schoolteachers", "Rights and Rules", "classroom"),
    ("parish auditors", "Rights and Rules", "council-chamber"),
    ("chess trainers", "Machine Learning", "chess-board"),
    ("chip designers", "Machine Learning", "circuit-chip"),
    ("reef divers", "Machine Learning", "reef-camera"), ("radio amateurs", "Space", "satellite"),
    ("amateur astronomers", "Space", "observatory"), ("weather forecasters", "Space", "satellite"),
    ("librarians", "Speech and Language", "library-scanner"),
    ("court interpreters", "Speech and Language", "speech-waves"), ("glaciologists", "Materials", "ice-core"),
    ("cement makers", "Materials", "lab-bench"), ("vaccine couriers", "Health", "lab-bench"),
)  # fmt: skip
"""Who, on which topic, with which picture."""

VERBS = (
    "test", "try out", "build", "borrow", "share", "put to work", "argue about", "queue for", "swear by",
    "vote for", "pay for", "pool money for", "say yes to", "say no to", "learn from", "make peace with",
    "lose sleep over", "take apart", "grow fond of", "have second thoughts about", "ask for",
)  # fmt: skip

THINGS = (
    "a drone that knows when to stay home", "a camera that forgets faces", "a battery the size of a piano",
    "a map that redraws itself every hour", "a model that says when it does not know",
    "a pump that runs on yesterday{a}s sun", "a robot with very slow hands", "a sensor made of paper",
    "a satellite link for the price of a bicycle", "a scanner that fits in a rucksack",
    "a translator that keeps the jokes", "a timetable that listens", "a crane that counts in its sleep",
    "a lamp that reads the mail", "a motor without rare metals", "a radio that survives the winter",
    "a printer for spare parts", "a boat that charges while it waits", "a clock set by the tide",
    "a freezer that stores electricity", "a microphone that hears rust", "a glove that learns a grip",
    "a weather mast in every schoolyard", "an alarm that rings only once",
    "an engine that can be mended with a spoon", "an archive of everything that broke",
    "an app with a single button", "an autopilot that asks first", "an index of forgotten pipes",
    "an oven that warms the next street", "a thermometer as thin as a hair", "a rota written by a machine",
    "a fridge-free medicine chest", "a second opinion in forty seconds", "a chess clock for machines",
    "a windmill from a scrapyard", "a twin of the town in software", "a licence for algorithms",
    "a receipt for every decision", "a cable that reports its own cracks", "a tractor that takes turns",
)  # fmt: skip

PLACES = (
    "Nordhaven", "Elmsworth", "Port Calder", "Saltmere", "Hollin Bridge", "Vesterby", "Marlow Quay",
    "Aldermoor", "Kestrel Bay", "Lindholt", "Upper Tarn", "Sankt Orla", "Brackwater", "Dunmarsh",
    "Osterfield", "Querry", "Tamsin Cross", "Oldwick", "Fennimore", "Grauthal", "Pellworth", "Rask",
    "Silverdyke", "Three Locks", "Ullerby", "Windrow", "Yarrow Point", "Ashby Sands", "Bellmouth", "Corran",
    "Dovelace", "Eastlund", "Fairhythe", "Garnet Hill", "Heronsgate", "Inverlay", "Juniper Falls", "Kilbrack",
    "Lostwater", "Mirefield", "Netherby", "Orchard End", "Pinnacle Rock", "Quillport", "Rowanby",
    "Stillwater Reach", "Thornhaven", "Valemouth", "Westerlo", "Zeedorp", "Amberley Lock", "Birkdale Moor",
    "Cinder Row",
)  # fmt: skip

SHAPES = (
    "{Who} in {where} {do} {what}",
    "In {where}, {who} {do} {what}",
    "{where}{a}s {who} {do} {what}",
    "How {who} in {where} came to {do} {what}",
    "{Who} {do} {what}, and {where} watches",
    "Five months on, {who} in {where} still {do} {what}",
)
OWNERS_SHAPE = 2
"""The shape with an apostrophe, the letter that mojibake shows in."""
LED_SHAPES = {
    4: "Why {who} in {where} {do} {what}",
    24: "What {where} learns when {who} {do} {what}",
    25: "REPORT: {who} in {where} {do} {what}",
}

OPENINGS = (
    "It began with a broken {part} and a very long weekend.",
    "Nobody in {where} had asked for it, and now nobody will give it back.",
    "After {count} trial days the numbers are in, and they are smaller than promised.",
    "The first {count} caught fire; the next one did not.",
    "It costs less than the {part} it replaces.",
    "There are {count} of them in {where} so far, and one is always being repaired.",
    "A {part}, a notebook and {count} volunteers were enough to start.",
    "The {part} was the easy half of it.",
    "For {count} years the answer was no.",
    "Ask anyone in {where} and they will show you the {part}.",
    "What looks like a {part} is in truth a small computer with good manners.",
    "The council gave {count} thousand and a cellar.",
    "{Who} were the last to be asked and the first to say yes.",
    "On paper it is simple: {what}, {count} users and no manual.",
    "The idea is {count} years old; only the {part} is new.",
    "Somebody had to go first, and {where} had nothing to lose.",
    "Once a month {who} meet above the post office and compare notes.",
    "{where} has {count} streets and, since last week, {what}.",
    "Two students, a borrowed {part} and a deadline: that is how it started.",
    "The trial was meant to last {count} days. That was last year.",
    "What {who} wanted was quiet. What they got is {what}.",
    "It stands in a shed behind the station and hums in two keys.",
    "Of {count} towns that were asked, {where} alone sent back the form.",
    "Everyone agrees on the {part}. Everything else took {count} meetings.",
)
CLOSINGS = (
    "The next {count} months will show whether it lasts.",
    "Critics ask who reads the data, and whether {where} has a say.",
    "The makers publish every drawing, mistakes and all.",
    "By spring, a second town wants to follow.",
    "It saves about {count} hours a week, which mostly go into explaining it.",
    "An auditor has looked at it twice and found {count} things to mend.",
    "Those who use it speak of it like an odd colleague.",
    "The insurance company, at least, is convinced.",
    "Not everyone in {where} is ready to trust a {part}.",
    "What happens when the money runs out is written on page {count}.",
    "A longer trial and a proper study are to come.",
    "The old way stays in the cupboard, just in case.",
    "The {part} will be replaced in spring, and nobody is looking forward to it.",
    "Its makers call that a start; {who} call it Tuesday.",
    "A court will decide in {count} weeks who owns what it has learnt.",
    "So far the only injury is to somebody{a}s pride.",
    "If it works, {count} other towns have asked for the plans.",
    "The bill, at {count} thousand, is less than that for the old {part}.",
    "One of them has already been given a name.",
    "Whether it is worth it depends on whom you ask, and on the weather.",
    "Two universities now want to know why it works at all.",
    "Children under {count} months, the label says, should not be left alone with it.",
    "The union has looked at the contract and found only a spelling mistake.",
    "Next comes the hard part: winter.",
)
PARTS = (
    "gearbox", "hinge", "water pump", "door sensor", "thermostat", "cable drum", "lens", "relay",
    "spreadsheet", "fuse", "battery pack", "antenna",
)  # fmt: skip
