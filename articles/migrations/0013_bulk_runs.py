"""The acts on many articles that run outside of a request."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0012_events_by_act"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "waits for the worker"),
                    ("running", "runs"),
                    ("done", "done"),
                    ("refused", "refused"),
                    ("broken off", "broken off"),
                    ("taken back", "taken back"),
                    ("stopped", "stopped"),
                ],
                default="queued",
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "waits for the worker"),
                            ("running", "runs"),
                            ("done", "done"),
                            ("refused", "refused"),
                            ("broken off", "broken off"),
                            ("taken back", "taken back"),
                            ("stopped", "stopped"),
                        ],
                        default="queued",
                        max_length=12,
                    ),
                ),
                (
                    "task",
                    models.CharField(blank=True, help_text="Its number in the queue of the worker.", max_length=64),
                ),
                ("host", models.CharField(blank=True, help_text="The machine that it runs on.", max_length=255)),
                ("queued_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.TextField(blank=True, help_text="Why it could not run, or did not end.")),
                (
                    "deed",
                    models.CharField(
                        help_text="What is done to each; `rule` and `undo` beside those of a list.", max_length=20
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        blank=True, help_text="Topic, score, finding, least quality, or batch.", max_length=300
                    ),
                ),
                ("title", models.CharField(help_text="What it does, in words.", max_length=400)),
                ("batch", models.UUIDField(unique=True)),
                (
                    "selection",
                    models.JSONField(
                        help_text="Article and the version that was seen of it; of an undoing, the event."
                    ),
                ),
                ("count", models.PositiveIntegerField(help_text="How many articles were asked for.")),
                (
                    "done",
                    models.PositiveIntegerField(
                        default=0, help_text="So many of the selection, from its beginning, are over."
                    ),
                ),
                (
                    "changed",
                    models.PositiveIntegerField(default=0, help_text="So many of these changed or were decided."),
                ),
                ("refused", models.PositiveIntegerField(default=0)),
                (
                    "refusals",
                    models.JSONField(default=list, help_text="The first that were refused: article, its name, why."),
                ),
                ("stopped_by", models.CharField(blank=True, help_text="Who wants it to stop.", max_length=150)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "abstract": False,
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("queued", "running"))), fields=["state"], name="live_bulk_run"
                    )
                ],
            },
        ),
    ]
