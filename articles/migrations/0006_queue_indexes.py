"""One index for each order of the queue, which serves it whatever else the list is narrowed by."""

from django.db import migrations, models

import articles.ordering


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0005_search"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="article",
            name="article_by_quality",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_by_heat",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_queue",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_queue_by_heat",
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(fields=["-quality", "-id"], name="article_in_quality"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(fields=["-heat", "-id"], name="article_in_heat"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(fields=["nearness", "-heat", "-id"], name="article_in_nearness"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                fields=["state", "nearness", "-heat", "-id"], name="article_in_need"
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("type", "article"), _negated=True), fields=["type"], name="article_by_rare_type"
            ),
        ),
    ]
