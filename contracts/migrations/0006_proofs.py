"""The client that owns the deals that people open by phone."""

from django.apps.registry import Apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make_house(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """It never signs in, is no member of staff, and has no key."""
    users = apps.get_model("kernel", "User").objects.using(schema_editor.connection.alias)
    named = {"first_name": "VoicePact", "last_name": "by phone"}
    users.get_or_create(username="by-phone", defaults={**named, "password": make_password(None)})


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0005_dispute_queue"),
        ("kernel", "0003_signing_in"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(make_house, migrations.RunPython.noop)]
