"""An index that holds all that a run asks of files that did not change."""

from django.db import migrations

import articles.ordering


class Migration(migrations.Migration):
    dependencies = [("articles", "0009_words")]

    operations = [
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.PathIndex(
                fields=["site", "path", "file_size", "file_mtime_ns", "is_missing"], name="article_as_last_seen"
            ),
        ),
    ]
