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

from articles.demo_words import (
    APOSTROPHE,
    CHANNEL,
    CLOSINGS,
    DASH,
    ELLIPSIS,
    FURTHER_TOPICS,
    LED_SHAPES,
    MAIN_TOPIC,
    OPENINGS,
    OWNERS_SHAPE,
    PARTS,
    PLACES,
    SHAPES,
    SOURCES,
    SUBJECTS,
    THINGS,
    VERBS,
    VIDEO_HOST,
    Source,
)

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

SECURED_BYTES = (272,) * 8 + (336, 352, 400)

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
