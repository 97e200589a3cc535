"""Who may have lists written to files, and who sees what was written for others.

Support answers one person at a time, and viewers take nothing away.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from voicepact.console.rights import grant

EXPORT = ("console.export", "console.view_export")
RIGHTS = {
    "operator": EXPORT,
    "approver": EXPORT,
    "auditor": (*EXPORT, "console.see_exports"),
    "admin": (*EXPORT, "console.see_exports"),
}


def grant_exports(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, RIGHTS, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("console", "0006_exports")]

    operations = [migrations.RunPython(grant_exports, migrations.RunPython.noop)]
