"""The index of what is published anew on PostgreSQL: nobody having said counts as the smallest there too."""

from typing import Any

from django.db import migrations

DROP = 'DROP INDEX "article_by_published"'


def make_anew(apps: Any, schema_editor: Any) -> None:
    """As a fresh database has it; on SQLite that is how it was."""
    if schema_editor.connection.vendor != "postgresql":
        return
    article = apps.get_model("articles", "Article")
    index = next(one for one in article._meta.indexes if one.name == "article_by_published")
    schema_editor.execute(DROP)
    schema_editor.add_index(article, index)


class Migration(migrations.Migration):
    dependencies = [("articles", "0014_found_by_index")]

    operations = [migrations.RunPython(make_anew, migrations.RunPython.noop)]
