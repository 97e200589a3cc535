"""Everybody at the desk sees how a phone's PIN and codes stand, and nobody what they are."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from voicepact.console.rights import grant

ROLES = ("viewer", "support", "operator", "approver", "auditor", "admin")
SEEN = ("notifications.view_pin", "notifications.view_code")


def grant_sight_of_proofs(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, dict.fromkeys(ROLES, SEEN), using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("console", "0008_signing_in"), ("notifications", "0006_proofs")]

    operations = [migrations.RunPython(grant_sight_of_proofs, migrations.RunPython.noop)]
