"""Free text over titles and excerpts: an index of each database's own, which both read alike.

A text is a row of words: letters and digits, without their accents, in small letters. Every word that is asked for has
to be there. A word of four letters or more stands for all that begin with it, and loses the s of a plural first:
"robots" finds robot, robots and robotics; "AI" finds only AI.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, IntegerField, QuerySet, Value
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.sql.compiler import SQLCompiler

from articles.content.words import BEGINNING_CHARS, indexed, sought, words_in
from articles.models import Article

MAX_WORDS: Final = 12
MAX_CHARS: Final = 200
MIDDLING: Final = 60_000
"""So many hits are kept at hand at most."""

NEWEST: Final = 1_001
"""So many of the newest of those are known by themselves."""
SAMPLE: Final = 200
"""So many articles tell whether words are common."""
COMMON: Final = 5
"""What more than one of so many articles has is found by its first letters, and looked for in the texts."""
LESS_COMMON: Final = 33
"""The same for a beginning that stands for very many words."""
MOST_TERMS: Final = 32
"""A beginning is asked for as so many words at most: of a word the index has the list of its hits."""
HIT: Final = 0.1
HIT_OF_SOME: Final = 0.35
KEY: Final = 0.45
"""Microseconds that the index takes for a hit; where others have to be there, too; to keep one at hand."""
READ_A_PAGE: Final = 350.0
"""The same for the texts that are looked into until a page is full, if every one fits."""

TRIGGERS: Final = {
    "article_text_added": """
        CREATE TRIGGER IF NOT EXISTS article_text_added AFTER INSERT ON articles_article BEGIN
          INSERT INTO articles_text(rowid, words) VALUES (new.id, article_words(new.title, new.excerpt));
        END""",
    "article_text_gone": """
        CREATE TRIGGER IF NOT EXISTS article_text_gone AFTER DELETE ON articles_article BEGIN
          INSERT INTO articles_text(articles_text, rowid, words)
          VALUES ('delete', old.id, article_words(old.title, old.excerpt));
        END""",
    "article_text_changed": """
        CREATE TRIGGER IF NOT EXISTS article_text_changed AFTER UPDATE OF title, excerpt ON articles_article
        WHEN old.title IS NOT new.title OR old.excerpt IS NOT new.excerpt BEGIN
          INSERT INTO articles_text(articles_text, rowid, words)
          VALUES ('delete', old.id, article_words(old.title, old.excerpt));
          INSERT INTO articles_text(rowid, words) VALUES (new.id, article_words(new.title, new.excerpt));
        END""",
}
"""On SQLite they keep the index. Django drops them without a word whenever it rebuilds the table of articles.

newsroom.sqlite gives every connection the functions `article_words` and `has_words`."""

_HITS: Final = "SELECT rowid AS hit FROM articles_text WHERE articles_text MATCH %s"
_HELD_KEYS: Final = "SELECT value AS hit FROM json_each(%s)"
_HELD: Final = "SELECT FROM articles_article WHERE search @@ CAST(%s AS tsquery)"
_STEPS: Final = f"""
    step(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM step WHERE place < {SAMPLE}),
    seen AS MATERIALIZED (
      SELECT whole, {{seen}}
      FROM step, (SELECT MAX(id) AS whole FROM articles_article) CROSS JOIN articles_article one
      WHERE id = place * whole / {SAMPLE})"""  # noqa: S608 - a number of ours
_STANDS_FOR: Final = """(
    SELECT CASE WHEN COUNT(*) <= {most}
           THEN '(' || %s || COALESCE(GROUP_CONCAT(' OR "' || term || '"', ''), '') || ')'
           ELSE {otherwise} END
    FROM (SELECT term FROM articles_terms WHERE term >= %s AND term < %s LIMIT {most} + 1))"""
_LAST: Final = "\U0010ffff"
"""Comes after every letter."""
_GLANCE: Final = """
    SELECT * FROM (SELECT id, title, excerpt FROM articles_article ORDER BY id DESC LIMIT 25)
    UNION SELECT * FROM (SELECT id, title, excerpt FROM articles_article ORDER BY id LIMIT 25)"""


class Matches(Func):
    """Whether an article has all these words.

    `is_tried` never asks the index: right for rows that are walked anyway, where the words are so common that it would
    have most of the table. On SQLite it looks into the texts, on PostgreSQL into the row, by its key.
    """

    conditional = True

    def __init__(self, words: Sequence[str], *, is_tried: bool = False) -> None:
        columns = ("pk", "title", "excerpt") if is_tried else ("pk",)
        super().__init__(*map(F, columns), output_field=BooleanField())
        self.words, self.is_tried = [*words], is_tried

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        pk, *texts = (compiler.compile(column)[0] for column in self.source_expressions)
        if connection.vendor == "postgresql":
            rows = pk.rpartition(".")[0]
            found = f"({rows}.search @@ CAST(%s AS tsquery))"
            if texts:
                found = f"(SELECT one.search @@ CAST(%s AS tsquery) FROM articles_article one WHERE one.id = {pk})"  # noqa: S608
            return found, (as_tsquery(self.words),)
        if texts:
            has, given = _looked_into(self.words)
            return f"(SELECT {has} FROM articles_article one WHERE one.id = {pk})", tuple(given)  # noqa: S608 - it is ours
        hits, params = hits_of(self.words)
        return f"({pk} IN ({hits}))", tuple(params)

    def __repr__(self) -> str:
        return f"Matches({self.words!r})"


def _looked_into(words: Sequence[str]) -> tuple[str, list[str]]:
    """On SQLite whether the texts of `one` have them. Of texts of ASCII it tells itself that they lack them: to call
    Python takes as long as to read the row."""
    like = " AND ".join(["(one.title LIKE %s OR IFNULL(one.excerpt, '') LIKE %s)"] * len(words))
    is_ascii = " AND ".join(
        f"LENGTH({text}) = LENGTH(CAST({text} AS BLOB))" for text in ("one.title", "IFNULL(one.excerpt, '')")
    )
    patterns = [pattern for word in words for pattern in [f"%{sought(word)[0]}%"] * 2]
    told = f"CASE WHEN NOT ({like}) AND {is_ascii} THEN 0 ELSE has_words(one.title, one.excerpt, %s) END"
    return told, [*patterns, " ".join(words)]


def words_of(text: str) -> list[str]:
    """The words of what somebody typed, as the index has them; none for marks alone."""
    return list(dict.fromkeys(words_in(text[:MAX_CHARS])))[:MAX_WORDS]


def how_many(words: Sequence[str]) -> Combinable:
    """How many articles have them all, up to one more than `MIDDLING`; on PostgreSQL about as many as it thinks.

    A search for marks alone asks for nothing.
    """
    if not words:
        return Value(None, IntegerField())
    if connection.vendor != "sqlite":
        return Value(_thought(words), IntegerField())
    hits, params = hits_of(words)
    counted = f"(SELECT COUNT(*) FROM ({hits} LIMIT {MIDDLING + 1}) hits)"  # noqa: S608 - it is ours
    return RawSQL(counted, params, IntegerField())  # noqa: S611


def _thought(words: Sequence[str]) -> int:
    """How many have them by its statistics, which hold how common each of thousands of words is; to count them it would
    have to read them."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {_HELD}", [as_tsquery(words)])
        ((plan,),) = cursor.fetchall()
    return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])


@dataclass(frozen=True, slots=True)
class Hits:
    """What SQLite's index says of some words. `match`: what it is asked; `is_rough`: that finds maybe more.

    `keys`: of all articles that it finds, as JSON, in rising order; None: more than is worth it, `about` so many.
    `cost`: microseconds that it takes to find them all.
    """

    about: int
    cost: float
    is_rough: bool
    match: str
    keys: str | None

    @classmethod
    def of(cls, answer: str) -> Hits:
        """`answer` is what `held` asks for."""
        head, _, keys = answer.partition("\n")
        about, cost, is_rough, match = json.loads(head)
        count = 0 if keys == "[]" else keys.count(",") + 1
        if keys == "null" or count > MIDDLING:
            return cls(max(about, count), cost, bool(is_rough), match, None)
        return cls(count, cost, bool(is_rough), match, keys)

    @property
    def found(self) -> tuple[str, list[Any]]:
        """The keys of all that is found, as `hit`."""
        return (_HITS, [self.match]) if self.keys is None else (_HELD_KEYS, [self.keys])

    def exact(self, words: Sequence[str]) -> tuple[str, list[Any]]:
        """Of those the ones that have the words, for whoever wants all of them."""
        return hits_of(words) if self.is_rough else self.found

    @property
    def newest(self) -> tuple[str, list[Any]]:
        """The keys of what is found as `hit`, the newest first; of those at hand only some."""
        if self.keys is None:
            return f"{_HITS} ORDER BY rowid DESC", [self.match]
        return _HELD_KEYS, [json.dumps(self.last_keys(NEWEST))]

    def last_keys(self, count: int) -> list[int]:
        """Of those at hand the newest, the newest first."""
        keys = (self.keys or "")[1:-1]
        return [*map(int, reversed(keys.rsplit(",", count)[-count:]))] if keys and count else []


def held(words: Sequence[str]) -> tuple[str, list[Any]]:
    """On SQLite an expression for one answer, to be read by `Hits`.

    A sample of texts tells how common each word is. A word that is not stands for itself and for those that begin with
    it, which the index has lists of: it is asked for these by name. Of a beginning it would make the list of all hits
    before the first. The hits are kept at hand where that costs less than to look into texts until a page is full.
    """
    each = [*map(_asked_for, words, range(len(words)))]
    told = [_looked_into([word]) for word in words]
    seen = ", ".join(f"{text} AS had_{place}" for place, (text, _) in enumerate(told))
    every = " AND ".join(f"had_{place}" for place in range(len(words)))
    had = ", ".join(f"COALESCE(SUM(had_{place}), 0) AS had_{place}" for place in range(len(words)))
    rarest = "had_0" if len(words) == 1 else f"MIN({', '.join(f'had_{place}' for place in range(len(words)))})"
    parts = ", ".join(f"{text} AS part_{place}" for place, (text, *_) in enumerate(each))
    rough = " OR ".join(f"part_{place} = %s" for place, (_, _, rough) in enumerate(each) if rough) or "0"
    match = " || ' AND ' || ".join(f"part_{place}" for place in range(len(words)))
    a_hit = HIT if len(words) == 1 else HIT_OF_SOME
    is_common = f"({a_hit} * rarest + {KEY} * about) * about > {READ_A_PAGE} * whole"
    text = f"""(
        WITH RECURSIVE {_STEPS.format(seen=seen)},
        counted AS MATERIALIZED (
          SELECT COALESCE(MAX(whole), 0) AS whole, MAX(COUNT(*), 1) AS texts,
                 COALESCE(SUM({every}), 0) AS every, {had} FROM seen),
        asked AS MATERIALIZED (
          SELECT whole, every * whole / texts AS about, {rarest} * whole / texts AS rarest, {parts} FROM counted),
        found AS MATERIALIZED (
          SELECT about, {a_hit} * rarest AS cost, {rough} AS is_rough, {match} AS matched, {is_common} AS is_common
          FROM asked)
        SELECT JSON_ARRAY(about, cost, is_rough, matched) || CHAR(10) || CASE WHEN is_common
               THEN 'null' ELSE (SELECT JSON_GROUP_ARRAY(hit) FROM (
                 SELECT rowid AS hit FROM articles_text WHERE articles_text MATCH matched
                 ORDER BY rowid LIMIT {MIDDLING + 1})) END
        FROM found)"""  # noqa: S608 - names and numbers of ours
    return text, [
        *(param for _, params in told for param in params),
        *(param for _, params, _ in each for param in params),
        *(rough for *_, rough in each if rough),
    ]


def hits_of(words: Sequence[str]) -> tuple[str, list[Any]]:
    """On SQLite the keys of the articles that have them, as `hit`, in no order."""
    each = [*map(_by_name, words)]
    match = " || ' AND ' || ".join(text for text, _ in each)
    return _HITS.replace("%s", f"(SELECT {match})"), [param for _, params in each for param in params]


def _asked_for(word: str, place: int) -> tuple[str, list[Any], str]:
    """How the index is asked for a word, as an expression of how many of the texts have it; and how roughly."""
    stem, stands_for_more = sought(word)
    if not stands_for_more or len(stem) <= BEGINNING_CHARS:
        return *_by_name(word), ""
    rough = f'"{stem[:BEGINNING_CHARS]}"*'
    had = f"had_{place}"
    stands_for = _STANDS_FOR.format(
        most=MOST_TERMS, otherwise=f"CASE WHEN {had} * {LESS_COMMON} > texts THEN %s ELSE %s END"
    )
    params = [rough, f'"{stem}"', rough, f'"{stem}"*', f"{stem}0", f"{stem}{_LAST}"]
    return f"CASE WHEN {had} * {COMMON} > texts THEN %s ELSE {stands_for} END", params, rough


def _by_name(word: str) -> tuple[str, list[Any]]:
    """How the index is asked for a word, however common, and just for that."""
    stem, stands_for_more = sought(word)
    if not stands_for_more or len(stem) == BEGINNING_CHARS:
        return "%s", [f'"{stem}"{"*" if stands_for_more else ""}']
    params = [f'"{stem}"', f'"{stem}"*', f"{stem}0", f"{stem}{_LAST}"]
    return _STANDS_FOR.format(most=MOST_TERMS, otherwise="%s"), params


def found(words: Sequence[str]) -> Hits:
    """What SQLite's index says of these words, which are some."""
    text, params = held(words)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {text}", params)
        return Hits.of(cursor.fetchone()[0])


def newest_with(words: Sequence[str], count: int, hits: Hits | None = None) -> list[int]:
    """The keys of so many of the newest articles that have them; `hits`, if SQLite was asked for them already."""
    if connection.vendor != "sqlite":
        return [*Article.objects.filter(Matches(words)).order_by("-pk").values_list("pk", flat=True)[:count]]
    hits = hits or found(words)
    if hits.keys is not None and not hits.is_rough:
        return hits.last_keys(count)
    keys, given = hits.found
    tried, more = _looked_into(words) if hits.is_rough else ("1", [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT hit FROM ({keys} ORDER BY hit DESC) AS found CROSS JOIN articles_article one "  # noqa: S608 - it is ours
            f"WHERE one.id = found.hit AND {tried} ORDER BY found.hit DESC LIMIT {count:d}",
            [*given, *more],
        )
        return [key for (key,) in cursor.fetchall()]


def search(articles: QuerySet[Article], text: str) -> QuerySet[Article]:
    """Those that have every word of the text; all of them for a text without words."""
    words = words_of(text)
    return articles.filter(Matches(words)) if words else articles


def as_tsquery(words: Sequence[str]) -> str:
    return " & ".join(f"'{stem}'{':*' if stands_for_more else ''}" for stem, stands_for_more in map(sought, words))


def ensure_index(database: BaseDatabaseWrapper) -> None:
    """On SQLite: make again the triggers that a rebuild of the table dropped; read all texts anew where some lack."""
    if not differs(database):
        return
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        for trigger in TRIGGERS.values():
            cursor.execute(trigger)
        rebuild(database)


def differs(database: BaseDatabaseWrapper) -> bool:
    """Whether the index is not what it should be, as far as a glance tells; PostgreSQL keeps its own.

    Looks for the triggers, at how many texts there are, and for the words of the newest articles and the first ones.
    """
    if database.vendor != "sqlite" or not _has_index(database):
        return False
    with database.cursor() as cursor:
        if _missing_triggers(cursor):
            return True
        counts = "SELECT (SELECT COUNT(*) FROM articles_text_docsize) <> (SELECT COUNT(*) FROM articles_article)"
        if cursor.execute(counts).fetchone()[0]:
            return True
        cursor.execute(_GLANCE)
        looked_at = [(key, words_in(indexed(title, excerpt))) for key, title, excerpt in cursor.fetchall()]
        return not all(_is_indexed(cursor, key, words) for key, words in looked_at if words)


def rebuild(database: BaseDatabaseWrapper) -> None:
    """Read all texts into the index anew; PostgreSQL's cannot be behind."""
    if database.vendor == "sqlite":
        clear(database)
        with database.cursor() as cursor:
            cursor.execute(
                "INSERT INTO articles_text(rowid, words) SELECT id, article_words(title, excerpt) FROM articles_article"
            )


def clear(database: BaseDatabaseWrapper) -> None:
    """Empty the index of SQLite; whoever does that fills it."""
    with database.cursor() as cursor:
        cursor.execute("INSERT INTO articles_text(articles_text) VALUES ('delete-all')")


def add_words(database: BaseDatabaseWrapper, rows: Iterable[tuple[int, str]]) -> None:
    """Put articles into the index of SQLite while its triggers are away: by key, what `words.indexed` says of them."""
    with database.cursor() as cursor:
        cursor.executemany("INSERT INTO articles_text(rowid, words) VALUES (%s, %s)", list(rows))


def _missing_triggers(cursor: Any) -> set[str]:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return TRIGGERS.keys() - {name for (name,) in cursor.fetchall()}


def _is_indexed(cursor: Any, key: int, words: Sequence[str]) -> bool:
    wanted = " ".join(f'"{word}"' for word in words[:MAX_WORDS])
    cursor.execute("SELECT 1 FROM articles_text WHERE articles_text MATCH %s AND rowid = %s", [wanted, key])
    return cursor.fetchone() is not None


def _has_index(database: BaseDatabaseWrapper) -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'articles_text' AND sql LIKE '%(words,%'")
        return cursor.fetchone() is not None
