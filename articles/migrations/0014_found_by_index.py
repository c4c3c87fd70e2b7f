"""Indexes for what the records are searched by, and for the last runs and stories."""

from django.conf import settings
from django.db import migrations, models

import articles.conditions
import articles.ordering


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0013_bulk_runs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                condition=models.Q(("is_missing", False), ("story__isnull", False)),
                fields=["-published_at", "-id", "story", "site"],
                name="article_telling",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(articles.conditions.HasProblems("problems")),
                fields=["id"],
                name="article_with_problems",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(articles.conditions.Given("username")),
                fields=["username", "-at", "-id"],
                name="event_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                articles.conditions.Beginning("reason"),
                condition=models.Q(articles.conditions.Given("reason")),
                name="event_by_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(articles.conditions.OfRule("reason")),
                fields=["site", "-at", "-id"],
                name="event_of_rule",
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(articles.conditions.Ending("url"), name="image_by_address"),
        ),
        migrations.AddIndex(
            model_name="override",
            index=models.Index(fields=["key", "-id"], name="override_by_key"),
        ),
        migrations.AddIndex(
            model_name="override",
            index=models.Index(
                articles.conditions.Beginning("reason"),
                condition=models.Q(articles.conditions.Given("reason")),
                name="override_by_reason",
            ),
        ),
    ]
