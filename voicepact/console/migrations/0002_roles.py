"""The roles of staff, from who only looks to who runs the desk: the three groups of before get their names and more."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from voicepact.console.rights import grant, grant_sight

NAMES = {"Viewers": "viewer", "Operators": "operator", "Approvers": "approver"}
SUPPORT = ("contracts.reveal_phone", "contracts.freeze", "payments.ask", "notifications.resend", "notifications.answer")
OPERATOR = (*SUPPORT, "payments.propose", "payments.pause", "payments.replay")
APPROVER = ("contracts.reveal_phone", "payments.approve", "payments.pause")
AUDITOR = ("contracts.reveal_phone", "payments.see_raw", "kernel.view_user", "kernel.view_apikey", "auth.view_group")
PEOPLE = ("kernel.add_user", "kernel.change_user", "auth.add_group", "auth.change_group")
KEYS = ("kernel.change_apikey", "kernel.delete_apikey", "kernel.view_idempotencyrecord")
ROLES = {
    "viewer": (),
    "support": SUPPORT,
    "operator": OPERATOR,
    "approver": APPROVER,
    "auditor": AUDITOR,
    "admin": (*OPERATOR, *APPROVER, *AUDITOR, *PEOPLE, *KEYS),
}


def make_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(using)
    for old, new in NAMES.items():
        groups.filter(name=old).update(name=new)
    grant(apps, ROLES, using=using)
    grant_sight(apps, ROLES, using=using)


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0001_groups"),
        ("kernel", "0001_initial"),
        ("contracts", "0002_rights"),
        ("payments", "0002_rights"),
        ("notifications", "0002_rights"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
