"""Indexes of the few articles that are missing, flapping or in conflict."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0010_as_last_seen"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="article",
            index=models.Index(condition=models.Q(("is_missing", True)), fields=["id"], name="article_missing"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(condition=models.Q(("is_flapping", True)), fields=["id"], name="article_flapping"),
        ),
        migrations.AddIndex(
            model_name="override",
            index=models.Index(
                condition=models.Q(("in_conflict", True)), fields=["article"], name="override_in_conflict"
            ),
        ),
    ]
