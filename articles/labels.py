"""A table of what articles are labelled with, findings and topics, beside all that the queue goes by.

To fetch the articles of a finding one by one out of their table costs ten times what it costs to read them here, side
by side: by label and state. A label is the code of a finding or the number of a topic, on PostgreSQL as text. Triggers
keep it. On SQLite they are made again after migrations, as those of the search are, and a first import fills the table
at its end; PostgreSQL has them from the migration that made the table.
"""

# ruff: noqa: S608 - the SQL is made of our own names.
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from articles.models import Article

LABELLED: Final = "articles_labelled"
COPIED: Final = ("published", "published_at", "heat", "quality", "nearness", "site_id", "provider_id")
"""Columns of an article that stand beside its state and key."""

_COLUMNS: Final = ", ".join(("label", "state", "id", *COPIED))
_OF_ARTICLE: Final = ", ".join(f"a.{name}" for name in ("state", "id", *COPIED))
_ADD: Final = (
    f"INSERT OR IGNORE INTO {LABELLED} ({_COLUMNS}) SELECT new.%s, {_OF_ARTICLE} FROM articles_article a "
    "WHERE a.id = new.article_id"
)
_TAKE: Final = (
    f"DELETE FROM {LABELLED} WHERE label = +old.%s AND id = old.article_id "
    f"AND state IN ({', '.join(f'{state:d}' for state in Article.State)})"
)
"""With + a column is compared as it is, as labels are, and so found by the key."""
_OTHERS: Final = "SELECT 1 FROM articles_finding WHERE article_id = old.article_id AND code = old.code"
_DIFFERS: Final = " OR ".join(f"old.{name} IS NOT new.{name}" for name in ("state", *COPIED))

TRIGGERS: Final = {
    "finding_labelled": f"""
        CREATE TRIGGER IF NOT EXISTS finding_labelled AFTER INSERT ON articles_finding BEGIN
          {_ADD % "code"};
        END""",
    "finding_gone": f"""
        CREATE TRIGGER IF NOT EXISTS finding_gone AFTER DELETE ON articles_finding WHEN NOT EXISTS ({_OTHERS}) BEGIN
          {_TAKE % "code"};
        END""",
    "topic_labelled": f"""
        CREATE TRIGGER IF NOT EXISTS topic_labelled AFTER INSERT ON articles_articletopic BEGIN
          {_ADD % "topic_id"};
        END""",
    "topic_gone": f"""
        CREATE TRIGGER IF NOT EXISTS topic_gone AFTER DELETE ON articles_articletopic BEGIN
          {_TAKE % "topic_id"};
        END""",
    "topic_changed": f"""
        CREATE TRIGGER IF NOT EXISTS topic_changed AFTER UPDATE OF topic_id, article_id ON articles_articletopic
        WHEN old.topic_id <> new.topic_id OR old.article_id <> new.article_id BEGIN
          {_TAKE % "topic_id"};
          {_ADD % "topic_id"};
        END""",
    "labelled_changed": f"""
        CREATE TRIGGER IF NOT EXISTS labelled_changed AFTER UPDATE OF state, {", ".join(COPIED)} ON articles_article
        WHEN {_DIFFERS} BEGIN
          UPDATE {LABELLED} SET {", ".join(f"{name} = new.{name}" for name in ("state", *COPIED))}
          WHERE id = new.id AND state = old.state AND label IN (
            SELECT +code FROM articles_finding WHERE article_id = new.id
            UNION ALL SELECT +topic_id FROM articles_articletopic WHERE article_id = new.id);
        END""",
}
"""They keep the table. Django drops them without a word whenever it rebuilds a table that one stands on."""

FILL: Final = f"""
    INSERT INTO {LABELLED} ({_COLUMNS}) SELECT label, {_OF_ARTICLE}
    FROM (SELECT DISTINCT code AS label, article_id FROM articles_finding
          UNION ALL SELECT topic_id, article_id FROM articles_articletopic) AS labels
    CROSS JOIN articles_article a WHERE a.id = labels.article_id ORDER BY 1, 2, 3"""
"""Into the empty table what it should hold, on SQLite."""
_ON_POSTGRESQL: Final = FILL.replace("topic_id,", "CAST(topic_id AS text),")

_COUNTS: Final = f"""
    SELECT (SELECT COUNT(*) FROM {LABELLED}) = (SELECT COUNT(*) FROM articles_articletopic)
         + (SELECT COUNT(*) FROM (SELECT DISTINCT code, article_id FROM articles_finding))"""


def label_of(column: str) -> str:
    """The column of a topic's or a finding's row as labels are compared with it: of no kind of its own, or text."""
    return f"CAST({column} AS text)" if connection.vendor == "postgresql" else f"+{column}"


def as_labels(values: Iterable[int | str]) -> Sequence[int | str]:
    return [*map(str, values)] if connection.vendor == "postgresql" else [*values]


def ensure_labels(database: BaseDatabaseWrapper) -> None:
    """On SQLite: make again the triggers that a rebuild of a table dropped, and the table anew where it lacks some."""
    if differs(database):
        with transaction.atomic(using=database.alias), database.cursor() as cursor:
            for trigger in TRIGGERS.values():
                cursor.execute(trigger)
            clear_labels(database)
            fill_labels(database)


def fill_labels(database: BaseDatabaseWrapper) -> None:
    """What the triggers were kept from."""
    with database.cursor() as cursor:
        cursor.execute(_ON_POSTGRESQL if database.vendor == "postgresql" else FILL)


def clear_labels(database: BaseDatabaseWrapper) -> None:
    """Empty the table; whoever does that fills it."""
    with database.cursor() as cursor:
        cursor.execute(f"DELETE FROM {LABELLED}")


def differs(database: BaseDatabaseWrapper) -> bool:
    """Whether SQLite's table is not what it should be, as far as triggers and counts tell; PostgreSQL loses none."""
    if database.vendor != "sqlite":
        return False
    with database.cursor() as cursor:
        there = {name for (name,) in cursor.execute("SELECT name FROM sqlite_master").fetchall()}
        return LABELLED in there and (not TRIGGERS.keys() <= there or not cursor.execute(_COUNTS).fetchone()[0])
