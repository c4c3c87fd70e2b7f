"""The index for free text: FTS5 with triggers on SQLite, a generated column on PostgreSQL."""

from typing import Any

from django.db import migrations

MAKE_ON_SQLITE = (
    """CREATE VIRTUAL TABLE articles_text USING fts5(
         title, excerpt, content='articles_article', content_rowid='id', detail=none,
         tokenize="unicode61 remove_diacritics 2")""",
    "INSERT INTO articles_text(articles_text) VALUES ('rebuild')",
)
"""The triggers are made after all migrations, each time: a later one may rebuild the table, which drops them."""

MAKE_ON_POSTGRESQL = (
    # Words as SQLite's tokenizer makes them. The collation knows letters in any database, whatever its locale.
    r"""CREATE FUNCTION articles_words(text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
         SELECT regexp_replace(
           regexp_replace(normalize(lower(left($1, 200000) COLLATE "und-x-icu"), NFD), '[\u0300-\u036f]', '', 'g')
             COLLATE "und-x-icu",
           '[^[:alnum:]]+', ' ', 'g')
       $$""",
    """ALTER TABLE articles_article ADD COLUMN search tsvector GENERATED ALWAYS AS (
         to_tsvector('pg_catalog.simple', articles_words(coalesce(title, '') || ' ' || coalesce(excerpt, '')))
       ) STORED""",
    "CREATE INDEX article_by_text ON articles_article USING gin (search)",
)

DROP_ON_SQLITE = (
    "DROP TRIGGER IF EXISTS article_text_added",
    "DROP TRIGGER IF EXISTS article_text_gone",
    "DROP TRIGGER IF EXISTS article_text_changed",
    "DROP TABLE articles_text",
)
DROP_ON_POSTGRESQL = ("ALTER TABLE articles_article DROP COLUMN search", "DROP FUNCTION articles_words(text)")


def make(apps: Any, schema_editor: Any) -> None:
    for statement in MAKE_ON_SQLITE if schema_editor.connection.vendor == "sqlite" else MAKE_ON_POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    for statement in DROP_ON_SQLITE if schema_editor.connection.vendor == "sqlite" else DROP_ON_POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("articles", "0004_desk")]

    operations = [migrations.RunPython(make, drop)]
