"""What staff may do, by name, and how a migration gives a role its rights.

Roles are Django groups: a deployment may add its own, or change those that the migrations made.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db.models import Q

PROPOSE, APPROVE, PAUSE, REPLAY = "payments.propose", "payments.approve", "payments.pause", "payments.replay"
ASK, SEE_RAW = "payments.ask", "payments.see_raw"
FREEZE, REVEAL_PHONE = "contracts.freeze", "contracts.reveal_phone"
RESEND, ANSWER = "notifications.resend", "notifications.answer"
EXPORT, SEE_EXPORTS = "console.export", "console.see_exports"
RESET_DEVICE, LIFT_LOCKOUT = "kernel.reset_device", "kernel.lift_lockout"
SEE_DEALS, SEE_MONEY = "contracts.view_contract", "payments.view_payment"
SEEN = ("contracts", "payments", "notifications")


def grant(apps: Apps, rights: Mapping[str, Iterable[str]], *, using: str) -> None:
    """Each group named in `rights` exists and may do what is listed for it, as `app.codename`, beside what it may.

    Raises LookupError for a right that no model declares.
    """
    groups = apps.get_model("auth", "Group").objects.using(using)
    for name, listed in rights.items():
        group, _ = groups.get_or_create(name=name)
        group.permissions.add(*(_permission(apps, right, using) for right in listed))


def grant_sight(apps: Apps, names: Iterable[str], *, using: str) -> None:
    """These groups see all about deals, money and messages."""
    groups = apps.get_model("auth", "Group").objects.using(using)
    for label in SEEN:
        make_permissions(apps, label, using=using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    seen = permissions.filter(content_type__app_label__in=SEEN, codename__startswith="view_")
    for name in names:
        group, _ = groups.get_or_create(name=name)
        group.permissions.add(*seen)


def make_permissions(apps: Apps, label: str, *, using: str) -> None:
    """The rights that an app's models declare exist: Django makes them after all migrations only."""
    config: Any = apps.get_app_config(label)
    config.models_module = True
    create_permissions(config, apps=apps, using=using, verbosity=0)
    config.models_module = None


def _permission(apps: Apps, right: str, using: str) -> Any:
    label, _, codename = right.partition(".")
    make_permissions(apps, label, using=using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    found = permissions.filter(Q(content_type__app_label=label), codename=codename).first()
    if found is None:
        raise LookupError(f"No model declares the right {right}.")
    return found
