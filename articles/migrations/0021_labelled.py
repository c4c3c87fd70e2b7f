"""SQLite's own table of findings and topics beside what the queue goes by; PostgreSQL does without."""

from typing import Any

from django.db import migrations

MAKE = """
    CREATE TABLE articles_labelled (
      label NOT NULL, state INTEGER NOT NULL, id INTEGER NOT NULL, published, published_at, heat, quality,
      nearness, site_id, provider_id, PRIMARY KEY (label, state, id)) WITHOUT ROWID"""
"""A label is a text or a number. The triggers that keep it are made after all migrations, each time; then it is filled."""

DROP = (
    *(f"DROP TRIGGER IF EXISTS {name}" for name in ("finding_labelled", "finding_gone", "labelled_changed")),
    *(f"DROP TRIGGER IF EXISTS {name}" for name in ("topic_labelled", "topic_gone", "topic_changed")),
    "DROP TABLE articles_labelled",
)


def make(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, MAKE)


def drop(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, *DROP)


def _run(schema_editor: Any, *statements: str) -> None:
    for statement in statements if schema_editor.connection.vendor == "sqlite" else ():
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("articles", "0020_unscored")]

    operations = [migrations.RunPython(make, drop)]
