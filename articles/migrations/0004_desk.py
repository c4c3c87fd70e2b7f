"""The desk: where each article stands, its findings, saved views, and who may do what there."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.models.functions import Abs, Least

import articles.ordering

GROUPS = {
    "Viewer": ("view_finding",),
    "Editor": ("view_finding",),
    "Chief editor": ("view_finding", "bulk_article", "rule_article", "undo_article"),
}


def stand(apps: Any, schema_editor: Any) -> None:
    """Where the articles stand that are there already: nobody decided but where an editor set `published`."""
    articles = apps.get_model("articles", "Article").objects.using(schema_editor.connection.alias)
    overrides = apps.get_model("articles", "Override").objects.filter(article=models.OuterRef("pk"))
    decided = overrides.filter(key="published")
    articles.filter(quality__isnull=False).update(
        nearness=models.Subquery(
            articles.filter(pk=models.OuterRef("pk"))
            .annotate(distance=Least(Abs(models.F("quality") - models.F("site__threshold")), 9_999))
            .values("distance")
        )
    )
    articles.filter(models.Exists(decided)).update(state=8, decided_at=models.Subquery(decided.values("at")[:1]))
    articles.filter(models.Exists(overrides.filter(in_conflict=True))).update(state=0)
    articles.filter(is_missing=True).update(state=9)
    articles.filter(models.Exists(overrides), is_missing=True).update(state=0)


def give_rights(apps: Any, schema_editor: Any) -> None:
    """Permissions are made after all migrations; the groups need theirs now."""
    config = apps.get_app_config("articles")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="articles")
    for name, codenames in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*permissions.filter(codename__in=codenames))


def leave(apps: Any, schema_editor: Any) -> None:
    """The columns and the rights go with their tables."""


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0003_sync"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DeskPreference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="desk_preference",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "keys_on",
                    models.BooleanField(
                        default=True, help_text="Single keys decide, as ? shows them.", verbose_name="keys"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60)),
                (
                    "severity",
                    models.CharField(
                        choices=[("error", "Error"), ("warning", "Warning"), ("advice", "Advice")], max_length=10
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        blank=True, help_text="The field it is about; empty: the whole article.", max_length=500
                    ),
                ),
            ],
            options={
                "ordering": ("article", "code", "key"),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("query", models.TextField(blank=True, help_text="What follows the ? in the queue's address.")),
                (
                    "is_shared",
                    models.BooleanField(
                        default=False, help_text="Everyone at the desk sees it.", verbose_name="shared"
                    ),
                ),
            ],
            options={
                "ordering": ("name", "id"),
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="article",
            options={
                "ordering": (models.OrderBy(models.F("published_at"), descending=True, nulls_last=True), "-id"),
                "permissions": (
                    ("publish_article", "Can publish and unpublish articles"),
                    ("bulk_article", "Can decide on more than 50 articles at once"),
                    ("rule_article", "Can run a publish rule and set the threshold"),
                    ("undo_article", "Can take back what others decided"),
                ),
            },
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_by_date",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_by_site",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_by_published",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_by_provider",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_by_quality",
        ),
        migrations.RemoveIndex(
            model_name="article",
            name="article_by_heat",
        ),
        migrations.AddField(
            model_name="article",
            name="changed_at",
            field=models.DateTimeField(
                blank=True, help_text="When the crawler changed something that matters since that decision.", null=True
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="decided_at",
            field=models.DateTimeField(blank=True, help_text="When a person last decided on it.", null=True),
        ),
        migrations.AddField(
            model_name="article",
            name="nearness",
            field=models.PositiveIntegerField(
                default=10000, help_text="How far its quality is from the site's threshold; 10,000: not scored."
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="source_key",
            field=models.BigIntegerField(
                blank=True,
                help_text="A digest of the address at the source, to find the same address again.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="state",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (0, "conflict"),
                    (1, "changed since the decision"),
                    (2, "not decided yet"),
                    (8, "decided"),
                    (9, "file gone"),
                ],
                default=2,
                help_text="What a person has to do with it.",
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="story",
            field=models.BigIntegerField(
                blank=True, help_text="The number of the story's first article; empty: a story of its own.", null=True
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="standing_before",
            field=models.JSONField(
                blank=True,
                help_text="Of a decision: when the article was decided on before, and changed since; empty: none.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="undoes",
            field=models.UUIDField(blank=True, help_text="The batch that this took back.", null=True),
        ),
        migrations.AlterField(
            model_name="event",
            name="act",
            field=models.CharField(
                choices=[
                    ("edited", "Edited"),
                    ("published", "Published"),
                    ("unpublished", "Unpublished"),
                    ("kept", "kept as it is"),
                    ("reset", "reset to the crawler's value"),
                    ("added", "added by hand"),
                    ("rewritten", "changed by the crawler"),
                    ("source switched", "source switched by the crawler"),
                    ("resolved", "conflict decided"),
                    ("undone", "taken back"),
                    ("missing", "file gone"),
                    ("returned", "file back"),
                    ("written", "written to the file"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(fields=["-published_at", "-id"], name="article_by_date"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(fields=["site", "-published_at", "-id"], name="article_by_site"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                fields=["published", "-published_at", "-id"], name="article_by_published"
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                fields=["provider", "-published_at", "-id"], name="article_by_provider"
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(fields=["quality", "-published_at"], name="article_by_quality"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(fields=["heat", "-published_at"], name="article_by_heat"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                condition=models.Q(("state__lt", 8)), fields=["state", "nearness", "-heat", "-id"], name="article_queue"
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                condition=models.Q(("state__lt", 8)), fields=["-published_at", "-id"], name="article_queue_by_date"
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=articles.ordering.NullsLastIndex(
                condition=models.Q(("state__lt", 8)), fields=["-heat", "-id"], name="article_queue_by_heat"
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(condition=models.Q(("story__isnull", False)), fields=["story"], name="article_by_story"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("source_key__isnull", False)), fields=["source_key"], name="article_by_source"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("user__isnull", False)), fields=["user", "-id"], name="event_by_user"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(condition=models.Q(("undoes__isnull", False)), fields=["undoes"], name="event_undoing"),
        ),
        migrations.AddField(
            model_name="finding",
            name="article",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="findings",
                to="articles.article",
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="saved_views", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["code", "article"], name="finding_by_code"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(fields=("article", "code", "key"), name="one_finding_a_field"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="finding_has_a_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("owner", "name"), name="one_view_a_name"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="view_has_a_name"),
        ),
        migrations.RunPython(stand, leave),
        migrations.RunPython(give_rights, leave),
    ]
