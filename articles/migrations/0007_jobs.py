"""The runs that people ask for, and how often a timer is expected to sync a site."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0006_queue_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="site",
            name="sync_every_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="How often a timer syncs the site; the desk warns when it is late. Empty: no timer does.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("sync", "Sync"), ("write", "Write"), ("read", "Read")], max_length=10),
                ),
                ("commits", models.BooleanField(default=False, help_text="Makes a Git commit of what it writes.")),
                (
                    "message",
                    models.TextField(blank=True, help_text="What the commit says; empty: what was decided, in words."),
                ),
                (
                    "may_lose_many",
                    models.BooleanField(default=False, help_text="Goes on where more than a tenth of the files went."),
                ),
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
                ("report", models.JSONField(blank=True, default=dict)),
                ("error", models.TextField(blank=True, help_text="Why it could not run, or did not end.")),
                (
                    "lost_many",
                    models.BooleanField(default=False, help_text="It stopped because so many files were gone at once."),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="jobs", to="articles.site"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("queued", "running"))),
                        fields=("site",),
                        name="one_live_job_a_site",
                    )
                ],
            },
        ),
    ]
