"""What becomes of somebody's way in, written down without their name: locked out, let in again, device reset."""

from axes.models import AccessAttempt
from django.db import transaction

from contracts import audit
from contracts.audit import CLOCK, Actor
from voicepact.kernel import twofactor
from voicepact.kernel.models import User


@transaction.atomic
def note_lockout(name: str | None) -> None:
    """That a member of staff was locked out is in the audit trail; a name that nobody has leaves nothing there."""
    user = User.objects.filter(username=name, is_staff=True).first()
    if user:
        audit.record("staff.locked_out", contract=None, actor=CLOCK, payload={"user": user.pk})


@transaction.atomic
def lift_lockout(attempt: AccessAttempt, *, actor: Actor) -> None:
    """Whoever is locked out under this name and address may try again at once."""
    AccessAttempt.objects.filter(username=attempt.username, ip_address=attempt.ip_address).delete()
    user = User.objects.filter(username=attempt.username).first()
    audit.record("staff.lockout_lifted", contract=None, actor=actor, payload={"user": user.pk} if user else {})


@transaction.atomic
def reset_device(user: User, *, actor: Actor) -> bool:
    """The user's device and recovery codes are void, which is written down. False, and nothing, if there were none."""
    had_one = twofactor.reset(user)
    if had_one:
        audit.record("staff.device_reset", contract=None, actor=actor, payload={"user": user.pk})
    return had_one
