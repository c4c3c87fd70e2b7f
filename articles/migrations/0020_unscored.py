"""On PostgreSQL what has no score gets an index of its own for each order of the queue.

Of all the rows of an index that are NULL in a column PostgreSQL does not see that they are in the order of the columns
behind it, as it does of equal ones: so it read and sorted thousands before the first. SQLite sees it.
"""

from typing import Any

from django.db import migrations

ORDERS = {
    "date": "published_at DESC NULLS LAST, id DESC NULLS LAST, site_id, provider_id, quality, heat, nearness",
    "heat": "heat DESC NULLS LAST, id DESC NULLS LAST, site_id, provider_id, quality, published_at, nearness",
    "quality": "quality DESC NULLS LAST, id DESC NULLS LAST, site_id, provider_id, heat, published_at, nearness",
    "nearness": "nearness, heat DESC NULLS LAST, id DESC NULLS LAST, site_id, provider_id, quality, published_at",
}


def make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name, columns in ORDERS.items():
            where = "WHERE published IS NULL"
            schema_editor.execute(
                f"CREATE INDEX article_unscored_{name} ON articles_article (state, {columns}) {where}"
            )


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in ORDERS:
            schema_editor.execute(f"DROP INDEX article_unscored_{name}")


class Migration(migrations.Migration):
    dependencies = [("articles", "0019_fewer_indexes")]

    operations = [migrations.RunPython(make, drop)]
