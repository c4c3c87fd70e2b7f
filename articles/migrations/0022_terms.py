"""SQLite's list of all words in the index of texts, which it keeps by itself: what a beginning stands for."""

from typing import Any

from django.db import migrations

MAKE = "CREATE VIRTUAL TABLE articles_terms USING fts5vocab(articles_text, row)"
DROP = "DROP TABLE articles_terms"


def make(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, MAKE)


def drop(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, DROP)


def _run(schema_editor: Any, statement: str) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("articles", "0021_labelled")]

    operations = [migrations.RunPython(make, drop)]
