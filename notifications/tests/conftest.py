"""A provider that tests script, a secret for its callbacks, and time that they move."""

from collections.abc import Generator

import pytest
from pytest_django import Settings

from notifications.tests.provider import Provider
from payments.tests.conftest import Later, later

__all__ = ["Later", "later"]

SECRET = "sms-secret-of-these-tests"


@pytest.fixture(autouse=True)
def secret(settings: Settings) -> str:
    """The secret in the addresses that the provider calls."""
    settings.AT_CALLBACK_SECRETS = [SECRET]
    return SECRET


@pytest.fixture
def provider(settings: Settings) -> Generator[Provider]:
    """The provider that we send through in this test, over HTTP."""
    running = Provider()
    settings.AT_ENVIRONMENT, settings.SIMULATOR_URL = "simulator", running.url
    settings.AT_USERNAME, settings.AT_API_KEY, settings.AT_SENDER_ID = "sandbox", "atsk_key", ""
    yield running
    running.close()
