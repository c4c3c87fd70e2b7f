"""Without the indexes of foreign keys with which a longer one begins too: each of them cost every import its row.

Django would build SQLite's tables anew for that, which takes their triggers away; an index goes by itself as well.
"""

import django.db.models.deletion
from django.db import migrations, models

TWINS = {
    "articles_article_site_id_56770dd4": ("articles_article", "site_id"),
    "articles_articletopic_article_id_ad109a30": ("articles_articletopic", "article_id"),
    "articles_articletopic_topic_id_eb3e9983": ("articles_articletopic", "topic_id"),
    "articles_image_article_id_5f6bf24f": ("articles_image", "article_id"),
    "articles_image_provider_id_01d63a1e": ("articles_image", "provider_id"),
}
"""The names that Django gave them, on both databases: table and column."""


class Migration(migrations.Migration):
    dependencies = [("articles", "0022_terms")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f'DROP INDEX IF EXISTS "{name}"', f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table}" ("{column}")'
                )
                for name, (table, column) in TWINS.items()
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="article",
                    name="site",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to="articles.site",
                    ),
                ),
                migrations.AlterField(
                    model_name="articletopic",
                    name="article",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="topic_links",
                        to="articles.article",
                    ),
                ),
                migrations.AlterField(
                    model_name="articletopic",
                    name="topic",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="article_links",
                        to="articles.topic",
                    ),
                ),
                migrations.AlterField(
                    model_name="image",
                    name="article",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="images",
                        to="articles.article",
                    ),
                ),
                migrations.AlterField(
                    model_name="image",
                    name="provider",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="images",
                        to="articles.provider",
                    ),
                ),
            ],
        ),
        # With this column too, what waits to be written is counted without reading its articles.
        migrations.RemoveIndex(model_name="article", name="article_unwritten"),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("is_dirty", True)),
                fields=["site", "path", "is_missing"],
                name="article_unwritten",
            ),
        ),
    ]
