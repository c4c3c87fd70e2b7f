"""Free text over titles and excerpts: an index of each database's own, which both read alike.

A text is a row of words: letters and digits, without their accents, in small letters. Every word that is asked for has
to be there. A word of four letters or more stands for all that begin with it, and loses the s of a plural first:
"robots" finds robot, robots and robotics; "AI" finds only AI.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, IntegerField, QuerySet, Value
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.sql.compiler import SQLCompiler

from articles.content.words import BEGINNING_CHARS, sought, words_in
from articles.models import Article

MAX_WORDS: Final = 12
MAX_CHARS: Final = 200
MIDDLING: Final = 30_000
"""So many hits are kept at hand while rows are tried for them; of more, the texts of the rows are looked into."""

SAMPLE: Final = 200
"""So many articles tell whether words are common."""
COMMON: Final = 5
"""What more than one of so many articles has is looked for in the texts themselves."""

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
_HELD: Final = "SELECT FROM articles_article WHERE search @@ CAST(%s AS tsquery)"
_SAMPLED: Final = f"""
    WITH RECURSIVE step(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM step WHERE place < {SAMPLE})
    SELECT SUM(has_words(title, excerpt, %s)) * MAX(whole) / COUNT(*) AS about, MAX(whole) AS whole
    FROM step, (SELECT MAX(id) AS whole FROM articles_article) CROSS JOIN articles_article
    WHERE id = place * whole / {SAMPLE}"""  # noqa: S608 - a number of ours
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
            has = "SELECT has_words(one.title, one.excerpt, %s) FROM articles_article one"
            return f"({has} WHERE one.id = {pk})", (" ".join(self.words),)
        return f"({pk} IN ({_HITS}))", (as_fts5(self.words),)

    def __repr__(self) -> str:
        return f"Matches({self.words!r})"


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
    counted = f"(SELECT COUNT(*) FROM ({_HITS} LIMIT {MIDDLING + 1}) hits)"  # noqa: S608 - it is ours
    return RawSQL(counted, (as_fts5(words),), IntegerField())  # noqa: S611


def _thought(words: Sequence[str]) -> int:
    """How many have them by its statistics, which hold how common each of thousands of words is; to count them it would
    have to read them."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {_HELD}", [as_tsquery(words)])
        ((plan,),) = cursor.fetchall()
    return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])


def held(words: Sequence[str]) -> tuple[str, list[Any]]:
    """On SQLite an expression for one answer: the keys of the articles that have them all, the newest first, as JSON;
    about how many these are, where by a sample there are more than `MIDDLING` or as good as everywhere. So the index is
    asked once at most: where one of several words is common, that is dear."""
    keys = f"SELECT JSON_GROUP_ARRAY(hit) FROM ({_HITS} ORDER BY rowid DESC LIMIT {MIDDLING + 1})"  # noqa: S608 - ours
    is_common = f"about > {MIDDLING if len(words) == 1 else MIDDLING // 3} OR about * {COMMON} > whole"
    text = f"(SELECT CASE WHEN {is_common} THEN about ELSE ({keys}) END FROM ({_SAMPLED}))"  # noqa: S608 - ours
    return text, [as_fts5(words), " ".join(words)]


def how_many_of(answer: str | int | None) -> int | None:
    """How many articles an answer of `held` or `how_many` speaks of."""
    if not isinstance(answer, str):
        return answer
    return 0 if answer == "[]" else answer.count(",") + 1


def newest_alike(words: Sequence[str]) -> tuple[str, list[Any], bool]:
    """On SQLite the keys of all articles that have the beginnings of the words, and so maybe the words, as `hit`, the
    newest first; whether only maybe.

    Of beginnings of `BEGINNING_CHARS` the index has a list; for longer ones it makes one of all hits before the first.
    """
    stems = [(stem[:BEGINNING_CHARS], "*") if more else (stem, "") for stem, more in map(sought, words)]
    beginnings = " ".join(f'"{stem}"{more}' for stem, more in stems)
    return f"{_HITS} ORDER BY rowid DESC", [beginnings], beginnings != as_fts5(words)


def hits_of(words: Sequence[str]) -> tuple[str, list[Any]]:
    """On SQLite the keys of the articles that have them, as `hit`, in no order."""
    return _HITS, [as_fts5(words)]


def found(words: Sequence[str]) -> str | int:
    """What `held` answers of these words, which are some."""
    text, params = held(words)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {text}", params)
        answer: str | int = cursor.fetchone()[0]
        return answer


def newest_with(words: Sequence[str], count: int) -> list[int]:
    """The keys of so many of the newest articles that have them."""
    if connection.vendor != "sqlite":
        return [*Article.objects.filter(Matches(words)).order_by("-pk").values_list("pk", flat=True)[:count]]
    answer = found(words)
    if not isinstance(answer, str):
        return newest_with_common(words, count)
    keys: list[int] = json.loads(answer)
    return keys[:count]


def newest_with_common(words: Sequence[str], count: int) -> list[int]:
    """The same on SQLite where very many have them: found by their beginnings, tried by the texts."""
    hits, params, is_rough = newest_alike(words)
    tried = "has_words(one.title, one.excerpt, %s)" if is_rough else "%s <> ''"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT hit FROM ({hits}) AS found CROSS JOIN articles_article one "  # noqa: S608 - it is ours
            f"WHERE one.id = found.hit AND {tried} ORDER BY found.hit DESC LIMIT {count:d}",
            [*params, " ".join(words)],
        )
        return [key for (key,) in cursor.fetchall()]


def search(articles: QuerySet[Article], text: str) -> QuerySet[Article]:
    """Those that have every word of the text; all of them for a text without words."""
    words = words_of(text)
    return articles.filter(Matches(words)) if words else articles


def as_fts5(words: Sequence[str]) -> str:
    return " ".join(f'"{stem}"{"*" if stands_for_more else ""}' for stem, stands_for_more in map(sought, words))


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
        looked_at = [(key, words_in(f"{title or ''} {excerpt or ''}")) for key, title, excerpt in cursor.fetchall()]
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
