"""Indexes of the queue that hold all it sorts by, so that a range of one column is sorted by another unread."""

from django.db import migrations, models

import articles.ordering


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0015_by_published"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="article",
            name="article_by_rare_type",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_queue_date",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_queue_heat",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_queue_quality",
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                fields=[
                    "state",
                    "published",
                    "-published_at",
                    "-id",
                    "site",
                    "provider",
                    "quality",
                    "heat",
                    "nearness",
                ],
                name="article_queue_date",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                fields=[
                    "state",
                    "published",
                    "-heat",
                    "-id",
                    "site",
                    "provider",
                    "quality",
                    "published_at",
                    "nearness",
                ],
                name="article_queue_heat",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                fields=[
                    "state",
                    "published",
                    "-quality",
                    "-id",
                    "site",
                    "provider",
                    "heat",
                    "published_at",
                    "nearness",
                ],
                name="article_queue_quality",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("type", "article"), _negated=True),
                fields=[
                    "type",
                    "state",
                    "published",
                    "id",
                    "site",
                    "provider",
                    "quality",
                    "heat",
                    "nearness",
                    "published_at",
                ],
                name="article_by_rare_type",
            ),
        ),
    ]
