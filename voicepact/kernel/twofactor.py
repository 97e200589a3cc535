"""The second factor of staff: a code from an app on their own phone (TOTP), or one of ten recovery codes.

Codes, their drift, the pause after a wrong one and that each counts once are django-otp's; its clock is real time,
since phones do not follow a moved business clock. A row is locked while a code is compared: no two requests use it.
"""

from base64 import b32encode
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils.timezone import localtime
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from voicepact.kernel.errors import Refusal
from voicepact.kernel.locking import lock
from voicepact.kernel.models import User

RECOVERY_CODES = 10
WRONG = "This code is wrong, or it was used already. Take the one that the app shows now."


class CodeRefused(Refusal):
    """The code does not count."""

    code = "code_refused"
    status = 403


def satisfied(user: User | AnonymousUser) -> bool:
    """Whether this signed-in user gave a second factor, or needs none."""
    return isinstance(user, User) and (getattr(user, "otp_device", None) is not None or not needed(user))


def needed(user: User) -> bool:
    """Everybody where the settings say so; elsewhere who has a device, so that nobody's own choice is passed over."""
    return settings.STAFF_TWO_FACTOR or user.has_device


@transaction.atomic
def begin(user: User, begun: int = 0) -> Any:
    """The device that is being set up exists, not yet confirmed: the one that this session has `begun`, else a new one.

    No two sessions are shown the same: else somebody with the password alone would look at the secret beforehand, and
    have the owner's codes ever after. Returns it.
    """
    lock(User, user.pk)
    device = TOTPDevice.objects.filter(pk=begun, user=user, confirmed=False).first()
    return device or TOTPDevice.objects.create(user=user, name="app", confirmed=False)


def confirm(device: Any, code: str) -> Any:
    """The device counts from now on, since its owner's app shows the same codes. Raises CodeRefused."""
    with transaction.atomic():
        lock(User, device.user_id)
        if TOTPDevice.objects.filter(user=device.user_id, confirmed=True).exists():
            raise CodeRefused("A device was set up in the meantime. Sign in anew.")
        confirmed, refusal = _compare(TOTPDevice, device.pk, code)
        if confirmed:
            TOTPDevice.objects.filter(user=device.user_id).exclude(pk=device.pk).delete()
            confirmed.confirmed = True
            confirmed.save(update_fields=["confirmed"])
    if confirmed is None:
        raise CodeRefused(refusal)
    return confirmed


def verify(user: User, code: str) -> Any:
    """The device of `user` that the code is from: the app, or the recovery codes. Raises CodeRefused."""
    code = "".join(code.split()).replace("-", "").lower()
    kind = TOTPDevice if code.isdecimal() else StaticDevice
    device = kind.objects.filter(user=user, confirmed=True).first()
    if device is None:
        raise CodeRefused(WRONG)
    with transaction.atomic():  # a wrong code is counted, so nothing is raised in here
        verified, refusal = _compare(kind, device.pk, code)
    if verified is None:
        raise CodeRefused(refusal)
    return verified


def _compare(kind: Any, pk: int, code: str) -> tuple[Any, str]:
    device = lock(kind, pk)
    allowed, why = device.verify_is_allowed()
    if not allowed:
        until = localtime(why["locked_until"])
        return None, f"Too many wrong codes. Wait until {until:%-d %B, %H:%M:%S}, then type a new one."
    return (device, "") if device.verify_token(code) else (None, WRONG)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Ten codes, each good for one sign-in, take the place of all given before. Returns them, to be shown once."""
    lock(User, user.pk)
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery codes")
    tokens = [StaticToken(device=device, token=StaticToken.random_token()) for _ in range(RECOVERY_CODES)]
    return [one.token for one in StaticToken.objects.bulk_create(tokens)]


def recovery_codes_left(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


@transaction.atomic
def reset(user: User) -> bool:
    """The device of `user` and its recovery codes are void, so that a new one is set up. False if there was none."""
    lock(User, user.pk)
    StaticDevice.objects.filter(user=user).delete()
    _, deleted = TOTPDevice.objects.filter(user=user).delete()
    return bool(deleted)


def secret(device: Any) -> str:
    """What the QR code holds, to type by hand: base32, in groups of four."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
