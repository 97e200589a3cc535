"""Auditors and admins see who signed in and who failed to; admins let people in again."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from voicepact.console.rights import grant

SEEN = ("axes.view_accessattempt", "axes.view_accessfailurelog", "axes.view_accesslog")
RIGHTS = {"auditor": SEEN, "admin": (*SEEN, "kernel.reset_device", "kernel.lift_lockout")}


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, RIGHTS, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0007_export_rights"),
        ("kernel", "0003_signing_in"),
        ("axes", "0010_accessattemptexpiration"),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
