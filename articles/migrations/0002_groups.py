"""The three groups of a desk: who sees, who decides, who also writes to the site."""

from typing import Any

from django.contrib.auth.management import create_permissions
from django.db import migrations

MODELS = ("site", "provider", "topic", "article", "image", "override", "event")
VIEW = tuple(f"view_{model}" for model in MODELS)
EDIT = ("add_article", "change_article", "publish_article")
GROUPS = {
    "Viewer": VIEW,
    "Editor": (*VIEW, *EDIT),
    "Chief editor": (*VIEW, *EDIT, "export_site", "change_site"),
}


def make_groups(apps: Any, schema_editor: Any) -> None:
    """Permissions are made after all migrations; these groups need theirs now."""
    config = apps.get_app_config("articles")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="articles")
    for name, codenames in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*permissions.filter(codename__in=codenames))


def keep_groups(apps: Any, schema_editor: Any) -> None:
    """Groups may have members by now; they stay."""


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, keep_groups)]
