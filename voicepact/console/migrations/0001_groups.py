"""The groups of staff: who looks, who proposes, who approves. Deployments may add their own, or change these."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SEEN = ("contracts", "payments", "notifications")
GROUPS = {
    "Viewers": [],
    "Operators": ["propose", "pause", "replay"],
    "Approvers": ["approve"],
}


def make_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Every group sees all about deals, money and messages, and may do what is its own."""
    using = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    for label in SEEN:
        _make_permissions(apps, label, using)
    known = permissions.filter(content_type__app_label__in=SEEN)
    seen = known.filter(codename__startswith="view_")
    for name, acts in GROUPS.items():
        group, _ = groups.get_or_create(name=name)
        group.permissions.add(*seen, *known.filter(codename__in=acts))


def _make_permissions(apps: Apps, label: str, using: str) -> None:
    """Django makes them after all migrations only, and for an app that has its models at hand."""
    config = apps.get_app_config(label)
    config.models_module = True
    create_permissions(config, apps=apps, using=using, verbosity=0)
    config.models_module = None


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("contracts", "0001_initial"),
        ("payments", "0001_initial"),
        ("notifications", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
