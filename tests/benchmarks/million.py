"""Fills an empty, migrated database with as many made-up rows as told, straight into its tables; the same each time.

`python -m tests.benchmarks.within million 1000000`, with DATABASE_URL naming the database; `--decided 0.8` is how much
of it was decided on before. Every table that a page reads gets its rows, spread as in a newsroom of many years.
"""

from __future__ import annotations

import argparse
import random
import time
import uuid
from bisect import bisect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from django.contrib.auth.models import Group, User
from django.db import connection, transaction

from articles.labels import ensure_labels, fill_labels
from articles.models import (
    Article,
    ArticleTopic,
    Event,
    Finding,
    Image,
    Override,
    Provider,
    SavedView,
    Site,
    Source,
    Topic,
)
from articles.rows import insert_rows
from articles.searching import ensure_index
from articles.standing import nearness_of
from tests.benchmarks.vocabulary import pool, sentence

CHIEF: Final = "chief"
"""A chief editor, without a password: for those who log in from within."""
EDITORS: Final = ("ada", "ben", "eva", "kim", "lou")
NEWEST: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
YEARS: Final = timedelta(days=3650)
BATCH: Final = 5_000
SITES: Final = (("harbour", 70, 0.8), ("valley", 65, 0.15), ("islands", 80, 0.05))
"""Slug, threshold, and how much of all belongs to it."""
PROVIDERS: Final = (300, 120, 40)
TOPICS: Final = 60
COMMON_FINDINGS: Final = {
    "no_picture": 0.1,
    "cut_excerpt": 0.06,
    "tracking": 0.05,
    "unknown_topic": 0.03,
    "provider_no_picture": 0.03,
    "long_title": 0.02,
    "double_space": 0.01,
    "html_entity": 0.008,
    "mojibake": 0.004,
    "html_tag": 0.002,
    "look_alike_domain": 0.0005,
    "bidi_control": 0.00005,
}
AGAINST_RULE: Final = 0.02
TABLES: Final = (
    *("articles_article", "articles_source", "articles_articletopic", "articles_image", "articles_finding"),
    *("articles_override", "articles_event"),
)
_OVERRIDE: Final = ("article", "key", "value", "crawler_value", "in_conflict", "user", "username", "at", "batch")
_EVENT: Final = ("site", "article", "act", "by_crawler", "user", "username", "changes", "version", "batch", "at")


@dataclass
class _World:
    """What all articles share: the sites with their providers and topics, the editors, the words."""

    count: int
    decided: float
    sites: list[Site]
    providers: list[list[int]]
    topics: list[list[int]]
    editors: dict[str, int]
    words: list[str] = field(default_factory=pool)

    def __post_init__(self) -> None:
        self.site_shares = [*accumulate(share for _, _, share in SITES)]
        self.provider_shares = [[*accumulate(1 / place for place in range(1, count + 1))] for count in PROVIDERS]
        self.topic_shares = [*accumulate(1 / place for place in range(1, TOPICS + 1))]


@dataclass
class _Rows:
    """Rows of a batch, by table."""

    articles: list[dict[str, Any]] = field(default_factory=list)
    sources: list[Sequence[Any]] = field(default_factory=list)
    topics: list[Sequence[Any]] = field(default_factory=list)
    images: list[Sequence[Any]] = field(default_factory=list)
    findings: list[Sequence[Any]] = field(default_factory=list)
    overrides: list[Sequence[Any]] = field(default_factory=list)
    events: list[Sequence[Any]] = field(default_factory=list)


def fill(count: int, *, decided: float = 0.8) -> None:
    """Into the database that Django is set up for, which has no article yet; its statistics are gathered at the end."""
    world = _World(count, decided, *_shared())
    with _bare_tables():
        for start in range(0, count, BATCH):
            _write(_batch(world, start, min(start + BATCH, count)))
    analyze()


def analyze() -> None:

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# --- What all share ---------------------------------------------------------------------------------------------------


def _shared() -> tuple[list[Site], list[list[int]], list[list[int]], dict[str, int]]:

    sites = [
        Site.objects.create(slug=slug, title=f"{slug.capitalize()} News", threshold=threshold, read_at=NEWEST)
        for slug, threshold, _ in SITES
    ]
    providers, topics = [], []
    for site, count in zip(sites, PROVIDERS, strict=True):
        new = [
            Provider(site=site, domain=f"paper{number}.example", name=f"The Paper {number}") for number in range(count)
        ]
        providers.append([one.pk for one in Provider.objects.bulk_create(new)])
        logos = [Image(provider_id=pk, position=0, url="/assets/logo.svg", width=50, height=50) for pk in providers[-1]]
        Image.objects.bulk_create(logos)
        named = [Topic(site=site, name=f"Topic {number}", position=number, path="x") for number in range(TOPICS)]
        topics.append([one.pk for one in Topic.objects.bulk_create(named)])
    users = User.objects.bulk_create([User(username=name, is_staff=True) for name in (CHIEF, *EDITORS)])
    Group.objects.get(name="Chief editor").user_set.set([users[0]])
    Group.objects.get(name="Editor").user_set.set(users[1:])
    SavedView.objects.create(owner=users[0], name="Hot", query="order=hottest", is_shared=True)
    return sites, providers, topics, {user.username: user.pk for user in users[1:]}


# --- One article after the other --------------------------------------------------------------------------------------


def _batch(world: _World, start: int, end: int) -> _Rows:
    """Articles by number, from the oldest; a batch depends on nothing but its number and the count."""
    chance, rows = random.Random(start), _Rows()
    for number in range(start, end):
        _add(world, rows, number, chance)
    return rows


def _add(world: _World, rows: _Rows, number: int, chance: random.Random) -> None:
    row, place = _article(world, number, chance)
    rows.articles.append(row)
    rows.sources.append((row["id"], b"---\ntitle: x\n---\n", None))
    _add_parts(world, rows, row["id"], place, chance)
    if row["decided_at"] is not None:
        _add_decision(world, rows, row, chance)
    if chance.random() < 0.3:
        changes, at = {"heat": [40, 60]}, row["created_at"] + timedelta(days=1)
        rows.events.append((row["site"], row["id"], "rewritten", True, None, "", changes, 2, _uuid(chance), at))


def _article(world: _World, number: int, chance: random.Random) -> tuple[dict[str, Any], int]:
    """Its columns, and the place of its site."""
    dice = chance.random
    place = bisect(world.site_shares, dice() * 0.999)
    site, provider = world.sites[place], _one_of(world.providers[place], world.provider_shares[place], dice())
    at = NEWEST - YEARS * (1 - (number + dice()) / world.count)
    quality = None if dice() < 0.03 else min(200, max(0, round(chance.gauss(72, 26))))
    state = _state(world, number, dice())
    decided_at = at + timedelta(hours=30) if state in (0, 1, 8) else None
    return {
        "id": number + 1,
        "site": site.pk,
        "path": f"_news/{at:%Y-%m-%d}-{number:08}.md",
        "collection": "_news",
        "category": "news",
        "title": sentence(chance, world.words, 6 + number % 5),
        "excerpt": sentence(chance, world.words, 14 + number % 9),
        "published_at": None if dice() < 0.01 else at,
        "original_url": f"https://paper{provider}.example/{number}",
        "type": _type(dice()),
        "quality": quality,
        "heat": _heat(quality, dice()),
        "published": None if quality is None else (quality >= site.threshold) != (dice() < AGAINST_RULE),
        "provider": provider,
        "provider_name": f"The Paper {provider}",
        "digest": f"{number:064x}",
        "file_size": 900,
        "file_mtime_ns": 1_700_000_000_000_000_000 + number,
        "version": 1 + (decided_at is not None),
        "is_missing": state == 9,
        "is_dirty": state < 9 and dice() < 0.001,
        "is_flapping": dice() < 0.002,
        "state": state,
        "decided_at": decided_at,
        "changed_at": at + timedelta(hours=40) if state == 1 else None,
        "nearness": nearness_of(quality, site.threshold),
        "story": number - number % 4 + 1 if number % 64 < 4 else None,
        "source_key": chance.getrandbits(62),
        "problems": [] if dice() < 0.99 else [{"code": "bad_value", "line": 3}],
        "created_at": at,
        "updated_at": at,
    }, place


def _state(world: _World, number: int, one: float) -> int:
    """The newest wait; of the others a few do."""
    if number >= world.count * (0.5 + 0.5 * world.decided):
        return 2
    waits = (1 - world.decided) / (1 + world.decided)
    if one < waits:
        return 0 if one < waits * 0.01 else 1 if one < waits * 0.06 else 2
    return 9 if one > 0.99 else 8


def _type(one: float) -> str:
    return "article" if one < 0.96 else "video" if one < 0.999 else "podcast"


def _heat(quality: int | None, one: float) -> int | None:
    """Some are led by another; some lead, and are hotter than good."""
    if quality is None or one < 0.02:
        return None
    return -1 if one < 0.12 else quality if one < 0.7 else min(220, quality + int((one - 0.7) * 130))


def _add_parts(world: _World, rows: _Rows, key: int, place: int, chance: random.Random) -> None:
    """Topics, pictures, findings."""
    named = {
        _one_of(world.topics[place], world.topic_shares, chance.random()) for _ in range(chance.choice((0, 1, 1, 2, 3)))
    }
    rows.topics += [(key, topic, position) for position, topic in enumerate(sorted(named))]
    rows.images += [
        (key, position, f"https://pictures.example/{key}-{position}.jpg", 1200, 630)
        for position in range(2 if key % 8 == 0 else 1)
    ]
    for code, share in (*COMMON_FINDINGS.items(), ("against_rule", AGAINST_RULE), ("flapping", 0.002)):
        if chance.random() < share:
            rows.findings.append((key, code, "title", "warning"))
    if key % 64 < 3:
        rows.findings.append((key, "near_title", "title", "warning"))


def _add_decision(world: _World, rows: _Rows, row: dict[str, Any], chance: random.Random) -> None:
    key, at, published = row["id"], row["decided_at"], bool(row["published"])
    name, batch = chance.choice(EDITORS), _uuid(chance)
    user, act, in_conflict = world.editors[name], "published" if published else "unpublished", row["state"] == 0
    changes = {"published": [not published, published]}
    rows.events.append((row["site"], key, act, False, user, name, changes, 2, batch, at))
    if in_conflict or chance.random() < 0.5:
        rows.overrides.append((key, "published", published, not published, in_conflict, user, name, at, batch))


def _one_of(many: Sequence[int], shares: Sequence[float], dice: float) -> int:
    return many[bisect(shares, dice * shares[-1] * 0.999)]


def _uuid(chance: random.Random) -> uuid.UUID:
    return uuid.UUID(int=chance.getrandbits(128), version=4)


# --- Into the tables --------------------------------------------------------------------------------------------------


def _write(rows: _Rows) -> None:
    with transaction.atomic():
        insert_rows(Article, [*rows.articles[0]], ([*row.values()] for row in rows.articles))
        insert_rows(Source, ("article", "text", "secured"), rows.sources)
        insert_rows(ArticleTopic, ("article", "topic", "position"), rows.topics)
        insert_rows(Image, ("article", "position", "url", "width", "height"), rows.images)
        insert_rows(Finding, ("article", "code", "key", "severity"), rows.findings)
        insert_rows(Override, _OVERRIDE, rows.overrides)
        insert_rows(Event, _EVENT, rows.events)


@contextmanager
def _bare_tables() -> Iterator[None]:
    """Without indexes, triggers and checks of foreign keys, which would cost most; they are made again at the end."""
    with (_bare_postgresql if connection.vendor == "postgresql" else _bare_sqlite)():
        yield


@contextmanager
def _bare_sqlite() -> Iterator[None]:
    marks = ", ".join("?" * len(TABLES))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("PRAGMA cache_size = -400000")
        aside = cursor.connection.execute(
            f"SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN ({marks})"  # noqa: S608
            " AND type IN ('index', 'trigger')",
            TABLES,
        ).fetchall()
        for kind, name, _ in aside:
            cursor.execute(f'DROP {kind} "{name}"')
        yield
        for kind, _, statement in aside:
            if kind == "index":
                cursor.execute(statement)
    ensure_index(connection)
    ensure_labels(connection)
    connection.close()  # with its pragmas


@contextmanager
def _bare_postgresql() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
            [list(TABLES)],
        )
        aside = cursor.fetchall()
        for name, _ in aside:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, statement in aside:
            cursor.execute(statement)
        fill_labels(connection)
        key = """pg_get_serial_sequence('"articles_article"', 'id')"""
        cursor.execute(f"SELECT setval({key}, max(id)) FROM articles_article")  # noqa: S608
    connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--decided", type=float, default=0.8)
    options = parser.parse_args()
    started = time.monotonic()
    fill(options.count, decided=options.decided)
    print(f"{options.count:,} articles in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
