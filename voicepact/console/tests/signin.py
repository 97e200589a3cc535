"""Signing in as people do: through the pages, with an app's codes."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from voicepact.kernel.models import User

NAME, PASSWORD = "achieng", "a lantern by the lake"
LOGIN = "/admin/login/"


def staff(name: str = NAME, **more: Any) -> User:
    user = User(username=name, is_staff=True, **{"is_superuser": True, **more})
    user.set_password(PASSWORD)
    user.save()
    return user


def give_password(client: Client, name: str = NAME, password: str = PASSWORD, after: str = "", **headers: Any) -> Any:
    address = f"{LOGIN}?next={after}" if after else LOGIN
    return client.post(address, {"username": name, "password": password}, **headers)


def app_code(user: User, *, steps: int = 0) -> str:
    """What the user's app shows now, or `steps` of 30 seconds from now."""
    device = TOTPDevice.objects.get(user=user)
    return f"{totp(device.bin_key, drift=steps):06d}"


def wrong_code(user: User) -> str:
    good = {app_code(user, steps=steps) for steps in (-1, 0, 1)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in good)


def set_up(client: Client, user: User) -> list[str]:
    """The user, whose password was right, scans the code and confirms it; returns the recovery codes."""
    client.get(reverse("desk:set_up"))
    page = client.post(reverse("desk:set_up"), {"code": app_code(user)})
    return re.findall(r"<li>([a-z2-7]{8})</li>", page.content.decode())


def is_in(client: Client) -> bool:
    return client.get(reverse("admin:index")).status_code == 200
