"""Members of staff, each with the rights of one role."""

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
