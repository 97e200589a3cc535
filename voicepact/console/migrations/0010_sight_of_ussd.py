"""Everybody at the desk sees the calls by USSD and the screens that people were shown."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from voicepact.console.rights import grant

ROLES = ("viewer", "support", "operator", "approver", "auditor", "admin")
SEEN = ("notifications.view_ussdsession", "notifications.view_ussdturn")


def grant_sight_of_ussd(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, dict.fromkeys(ROLES, SEEN), using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("console", "0009_sight_of_proofs"), ("notifications", "0007_ussd")]

    operations = [migrations.RunPython(grant_sight_of_ussd, migrations.RunPython.noop)]
