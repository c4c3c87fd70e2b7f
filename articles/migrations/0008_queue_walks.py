"""Indexes that hold the queue in each of its orders, with what else it is narrowed by."""

from django.db import migrations

import articles.ordering


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0007_jobs"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="article",
            name="article_queue_by_date",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_in_nearness",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_in_need",
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                fields=["state", "published", "-published_at", "-id", "site", "provider", "quality", "heat"],
                name="article_queue_date",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                fields=["state", "published", "-heat", "-id", "site", "provider", "quality", "published_at"],
                name="article_queue_heat",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                fields=["state", "published", "-quality", "-id", "site", "provider", "heat", "published_at"],
                name="article_queue_quality",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                fields=[
                    "state",
                    "published",
                    "nearness",
                    "-heat",
                    "-id",
                    "site",
                    "provider",
                    "quality",
                    "published_at",
                ],
                name="article_queue_nearness",
            ),
        ),
    ]
