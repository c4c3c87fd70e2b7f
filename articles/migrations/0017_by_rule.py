"""An index of whom a publish rule turns, whatever its threshold."""

from django.db import migrations, models

import articles.conditions


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0016_sorted_by_index"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                models.F("site"),
                models.F("state"),
                articles.conditions.Side("heat", "published"),
                models.OrderBy(models.F("quality"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                models.F("is_missing"),
                condition=models.Q(("quality__isnull", False)),
                name="article_by_rule",
            ),
        ),
    ]
