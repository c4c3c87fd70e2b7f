"""The indexes of texts anew: the same words on both databases, to the last character; each word whole."""

from typing import Any

from django.db import migrations

DROP = (
    "DROP TRIGGER IF EXISTS article_text_added",
    "DROP TRIGGER IF EXISTS article_text_gone",
    "DROP TRIGGER IF EXISTS article_text_changed",
    "DROP TABLE IF EXISTS articles_text",
)
MAKE = (
    """CREATE VIRTUAL TABLE articles_text USING fts5(words, content='', detail=none, prefix='4', tokenize='ascii')""",
)
MAKE_AS_BEFORE = (
    """CREATE VIRTUAL TABLE articles_text USING fts5(
         title, excerpt, content='articles_article', content_rowid='id', detail=none,
         tokenize="unicode61 remove_diacritics 2")""",
    "INSERT INTO articles_text(articles_text) VALUES ('rebuild')",
)
"""The triggers are made after all migrations, each time; where they are missing, all texts are read anew."""


MAKE_ON_POSTGRESQL = (
    # PostgreSQL's own parser takes numbers such as 1e5 out of a word. What no index takes is left out.
    # Written in this form, it knows the other function wherever the schemas are looked for: pg_restore looks in none.
    """CREATE FUNCTION articles_lexemes(text) RETURNS tsvector IMMUTABLE PARALLEL SAFE LANGUAGE sql
         RETURN array_to_tsvector(ARRAY(
           SELECT word FROM unnest(string_to_array(articles_words($1), ' ')) word
            WHERE word <> '' AND octet_length(word) <= 2046))""",
    "ALTER TABLE articles_article DROP COLUMN search",
    """ALTER TABLE articles_article ADD COLUMN search tsvector GENERATED ALWAYS AS (
         articles_lexemes(coalesce(title, '') || ' ' || coalesce(excerpt, ''))) STORED""",
    "ALTER TABLE articles_article ALTER COLUMN search SET STATISTICS 1000",
    "CREATE INDEX article_by_text ON articles_article USING gin (search)",
)
MAKE_AS_BEFORE_ON_POSTGRESQL = (
    "ALTER TABLE articles_article DROP COLUMN search",
    """ALTER TABLE articles_article ADD COLUMN search tsvector GENERATED ALWAYS AS (
         to_tsvector('pg_catalog.simple', articles_words(coalesce(title, '') || ' ' || coalesce(excerpt, '')))
       ) STORED""",
    "CREATE INDEX article_by_text ON articles_article USING gin (search)",
    "DROP FUNCTION articles_lexemes(text)",
)


def make(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, (*DROP, *MAKE), MAKE_ON_POSTGRESQL)


def make_as_before(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, (*DROP, *MAKE_AS_BEFORE), MAKE_AS_BEFORE_ON_POSTGRESQL)


def _run(schema_editor: Any, on_sqlite: tuple[str, ...], on_postgresql: tuple[str, ...]) -> None:
    for statement in on_sqlite if schema_editor.connection.vendor == "sqlite" else on_postgresql:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("articles", "0008_queue_walks")]

    operations = [migrations.RunPython(make, make_as_before)]
