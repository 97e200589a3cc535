"""Who reads what staff did at the desk: auditors and admins."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from voicepact.console.rights import grant

READERS = {"auditor": ("console.view_deskact",), "admin": ("console.view_deskact",)}


def grant_sight_of_acts(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, READERS, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("console", "0003_desk_acts")]

    operations = [migrations.RunPython(grant_sight_of_acts, migrations.RunPython.noop)]
