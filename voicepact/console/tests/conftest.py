"""Members of staff, each with the rights of one role."""

from typing import Any

import pytest
from django.test import Client

from voicepact.console.tests.desk import member


@pytest.fixture
def operator(db: None) -> Client:
    return member("operator")


@pytest.fixture
def approver(db: None) -> Client:
    return member("approver")


@pytest.fixture
def viewer(db: None) -> Client:
    return member("viewer")


@pytest.fixture
def quick_passwords(settings: Any) -> None:
    """A password takes no quarter of a second to check."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
