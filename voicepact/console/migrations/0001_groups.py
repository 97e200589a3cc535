"""The groups of staff: who looks, who proposes, who approves."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from voicepact.console.rights import grant, grant_sight

GROUPS = {
    "Viewers": (),
    "Operators": ("payments.propose", "payments.pause", "payments.replay"),
    "Approvers": ("payments.approve",),
}


def make_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Every group sees all about deals, money and messages, and may do what is its own."""
    using = schema_editor.connection.alias
    grant_sight(apps, GROUPS, using=using)
    grant(apps, GROUPS, using=using)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("contracts", "0001_initial"),
        ("payments", "0001_initial"),
        ("notifications", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
