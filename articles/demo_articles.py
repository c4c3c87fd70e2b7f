"""Made-up articles by number, written as the crawler writes them, for `demo --articles N` and the benchmarks.

The same number and clock give the same bytes. Number 0 is the newest, each further one some 37 minutes older.
Of every 40 articles two lead a story, three are led by another, two are not scored yet. Names, topics and
pictures are those of `demo_site/`.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

THRESHOLD = 70
LOWEST_QUALITY, HIGHEST_QUALITY, HIGHEST_HEAT = 11, 189, 208
MINUTES_APART = 37

CYCLE = 40
FOLLOWERS = {3: 1, 23: 2}
"""Place in a cycle of 40 -> how many of the next articles it leads."""
LED_BY = {4: 3, 24: 23, 25: 23}
"""Place in a cycle -> the place of the article that leads it."""
UNSCORED = frozenset({11, 31})
VIDEOS = frozenset({17})

MAIN_TOPIC = "Applied Technology"
FURTHER_TOPICS = ("Machine Learning", "Materials", "Rights and Rules")
VIDEO_HOST = "video.example.com"
SECURED_BYTES = (272,) * 8 + (336, 352, 400)

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

_COMBINATIONS = len(SUBJECTS) * len(VERBS) * len(THINGS) * len(PLACES)
_STRIDE = 1_000_003
"""A prime that divides no list's length: steps of it reach every combination once before one comes back."""
_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Article:
    """What one article says, before it is written."""

    slug: str
    title: str
    excerpt: str
    at: datetime
    source: Source
    topics: tuple[str, ...]
    quality: int
    picture: str | None
    has_amp: bool
    film: str | None
    """The film's id where it is a video."""

    @property
    def url(self) -> str:
        if self.film:
            return f"https://{self.source.domain}/watch?v={self.film}"
        return f"https://{self.source.domain}/{self.at:%Y/%m}/{self.slug}"


def make_articles(count: int, *, now: datetime) -> Iterator[tuple[str, bytes]]:
    """The articles 0 to count - 1: path in the site, bytes of the file. Paths are unique."""
    return (make_article(number, now=now) for number in range(count))


def make_article(number: int, *, now: datetime) -> tuple[str, bytes]:
    """Article `number`: path in the site, bytes of the file. `now` is aware; no article is newer."""
    article = _imagine(number, now)
    led = [_imagine(number + step, now) for step in range(1, FOLLOWERS.get(number % CYCLE, 0) + 1)]
    chance = _chance(-number - 1)
    lines = [*_head(article, chance), *_scores(number, article, led), *_tail(article, led, chance)]
    newline = "\r\n" if chance.random() < 0.4 else "\n"
    return f"_news/{article.at:%Y-%m-%d}-{article.slug}.md", newline.join([*lines, "", ""]).encode()


def _chance(seed: int) -> random.Random:
    # random.Random drops the sign of a seed: even and odd seeds keep an article's two streams apart.
    return random.Random(2 * seed if seed >= 0 else -2 * seed - 1)  # noqa: S311 - nothing here is secret


def _imagine(number: int, now: datetime) -> _Article:
    chance = _chance(number)
    place = number % CYCLE
    is_video = place in VIDEOS
    source = CHANNEL if is_video else chance.choice(SOURCES)
    who, do, what, where = _words(number - place + LED_BY.get(place, place))
    is_broken = chance.random() < 0.015 and place not in LED_SHAPES
    shape = LED_SHAPES.get(place) or SHAPES[OWNERS_SHAPE if is_broken else chance.randrange(len(SHAPES))]
    title = shape.format(Who=_capital(who[0]), who=who[0], do=do, what=what, where=where, a=APOSTROPHE)
    again = number // _COMBINATIONS
    return _Article(
        slug=_slug(title) + (f"-{again + 1}" if again else ""),
        title=_mojibake(title) if is_broken else title,
        excerpt=_excerpt(who[0], what, where, chance),
        at=_time(number, now, chance),
        source=source,
        topics=_topics(who[1], chance),
        quality=_quality(source, chance),
        picture=_picture(who[2], chance),
        has_amp=not is_video and chance.random() < 0.2,
        film=base64.urlsafe_b64encode(chance.randbytes(9)).decode() if is_video else None,
    )


def _words(number: int) -> tuple[tuple[str, str, str], str, str, str]:
    """Another combination for every number, until all of them are used."""
    rest = number * _STRIDE % _COMBINATIONS
    rest, who = divmod(rest, len(SUBJECTS))
    rest, what = divmod(rest, len(THINGS))
    where, do = divmod(rest, len(VERBS))
    return SUBJECTS[who], VERBS[do], THINGS[what].format(a=APOSTROPHE), PLACES[where]


def _excerpt(who: str, what: str, where: str, chance: random.Random) -> str:
    """Two sentences; now and then cut off, or with remains of HTML, or in broken letters."""
    part = chance.choice(PARTS)
    text = " ".join(
        sentence.format(
            Who=_capital(who),
            who=who,
            what=what,
            where=where,
            part=part,
            count=chance.randrange(2, 60),
            a=APOSTROPHE,
        )
        for sentence in (chance.choice(OPENINGS), chance.choice(CLOSINGS))
    )
    case = chance.random()
    if case < 0.09:
        cut = text[: chance.randrange(40, 70)].rpartition(" ")[0].rstrip(".,;")
        return cut + ELLIPSIS if case < 0.05 else cut
    if case < 0.115:
        return f"<p>{text.replace(' and ', ' &amp; ')}&nbsp;</p>"
    if case < 0.13:
        return _mojibake(f"{text} {DASH} That, they say, is {where}{APOSTROPHE}s way.")
    return f'"{text}"' if case < 0.16 else text


def _time(number: int, now: datetime, chance: random.Random) -> datetime:
    minutes = number * MINUTES_APART + chance.randrange(1, MINUTES_APART)
    return (now.astimezone(UTC) - timedelta(minutes=minutes)).replace(microsecond=0)


def _topics(topic: str, chance: random.Random) -> tuple[str, ...]:
    further = chance.choice(FURTHER_TOPICS)
    if further == topic or chance.random() < 0.6:
        return (topic, MAIN_TOPIC)
    return (topic, further, MAIN_TOPIC)


def _quality(source: Source, chance: random.Random) -> int:
    return min(HIGHEST_QUALITY, max(LOWEST_QUALITY, round(chance.gauss(source.usual_quality, 30))))


def _picture(name: str, chance: random.Random) -> str | None:
    case = chance.random()
    if case < 0.01:
        return None
    if case < 0.04:
        return f"https://pictures.example.com/{name}-{chance.randrange(10_000)}.jpg"
    return f"/assets/images/news/{name}.svg"


def _head(article: _Article, chance: random.Random) -> list[str]:
    lines = [
        "---",
        "category: news",
        f"title: {_quoted(article.title)}",
        f"excerpt: {_quoted(article.excerpt)}",
        f"publishedDateTime: {article.at:%Y-%m-%dT%H:%M:%SZ}",
        f"originalUrl: {_quoted(article.url)}",
    ]
    if article.has_amp or (not article.film and chance.random() < 0.5):
        lines.append(f"webUrl: {_quoted(article.url)}")
    return [*lines, *_amp(article), f"type: {'video' if article.film else 'article'}"]


def _amp(article: _Article) -> list[str]:
    if not article.has_amp:
        return []
    host = f"amp.{article.source.domain}"
    path = f"{host}/{article.at:%Y/%m}/{article.slug}"
    cache = host.replace(".", "-") + ".cdn.example.net"
    return [
        f"ampWebUrl: {_quoted(f'https://{path}')}",
        f"cdnAmpWebUrl: {_quoted(f'https://{cache}/c/s/{path}')}",
    ]


def _scores(number: int, article: _Article, led: list[_Article]) -> list[str]:
    """A lone item's heat is its quality, a leader's is greater, that of an item led by another is -1."""
    if number % CYCLE in UNSCORED:
        return []
    heat = article.quality
    if led:
        heat = min(HIGHEST_HEAT, heat + 12 + sum(other.quality for other in led) // 3)
    is_led = number % CYCLE in LED_BY
    is_published = article.quality >= THRESHOLD and not is_led
    return [
        f"quality: {article.quality}",
        f"heat: {-1 if is_led else heat}",
        f"published: {'true' if is_published else 'false'}",
    ]


def _tail(article: _Article, led: list[_Article], chance: random.Random) -> list[str]:
    lines = ["", *_provider(article.source), "", "topics:", *(f"  - {topic}" for topic in article.topics)]
    if article.film:
        lines = ["", f"featuredContent: {_quoted(_embed(article.film))}", *lines]
    if article.picture:
        lines += ["", *_images(article.picture, is_cached=chance.random() < 0.95)]
    if led:
        lines += ["", "related:", *_related(led)]
    return [*lines, "", f"secured: {_quoted(_secured(chance))}", "---"]


def _provider(source: Source) -> list[str]:
    return [
        "provider:",
        f"  name: {source.name}",
        f"  domain: {source.domain}",
        "  images:",
        f'    - url: "/assets/images/organizations/{source.domain}-50x50.svg"',
        "      width: 50",
        "      height: 50",
    ]


def _images(url: str, *, is_cached: bool) -> list[str]:
    return [
        "images:",
        f"  - url: {_quoted(url)}",
        "    width: 1200",
        "    height: 630",
        f"    isCached: {'true' if is_cached else 'false'}",
    ]


def _related(led: list[_Article]) -> Iterator[str]:
    for article in sorted(led, key=lambda other: -other.quality):
        first, *rest = _related_item(article)
        yield f"  - {first}"
        yield from _indented(rest)


def _related_item(article: _Article) -> list[str]:
    lines = [
        f"title: {_quoted(article.title)}",
        f"excerpt: {_quoted(article.excerpt)}",
        f"publishedDateTime: {article.at:%Y-%m-%dT%H:%M:%SZ}",
        f"webUrl: {_quoted(article.url)}",
        *_amp(article),
        "type: article",
        *_provider(article.source),
        f"quality: {article.quality}",
    ]
    return [*lines, *_images(article.picture, is_cached=True)] if article.picture else lines


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _embed(film: str) -> str:
    address = f"https://{VIDEO_HOST}/embed/{film}"
    return f'<iframe width="800" height="500" frameborder="0" src="{address}" allowfullscreen></iframe>'


def _secured(chance: random.Random) -> str:
    parts = (chance.randbytes(chance.choice(SECURED_BYTES)), chance.randbytes(16))
    return ";".join(base64.b64encode(part).decode() for part in parts)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mojibake(text: str) -> str:
    """UTF-8 read as Windows-1252, as some sources send it."""
    return text.encode().decode("cp1252")


def _slug(title: str) -> str:
    return _NOT_IN_A_SLUG.sub("-", title.replace(APOSTROPHE, "").lower()).strip("-")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
