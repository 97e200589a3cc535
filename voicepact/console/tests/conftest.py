"""Members of staff, each with the rights of one group."""

import pytest
from django.test import Client

from voicepact.console.tests.desk import member


@pytest.fixture
def operator(db: None) -> Client:
    return member("Operators")


@pytest.fixture
def approver(db: None) -> Client:
    return member("Approvers")


@pytest.fixture
def viewer(db: None) -> Client:
    return member("Viewers")
