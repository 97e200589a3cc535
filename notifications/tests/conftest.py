"""A provider that tests script, a secret for its callbacks, and time that they move."""

from collections.abc import Callable, Generator
from datetime import timedelta

import pytest
from pytest_django import Settings
from time_machine import TimeMachineFixture

from notifications.tests.provider import Provider
from voicepact.kernel import clock

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


Later = Callable[..., None]


@pytest.fixture
def later(time_machine: TimeMachineFixture, settings: Settings) -> Later:
    """Time stands still and moves on call: `later(minutes=5)`. Only this process's time: the stack's is let alone."""
    time_machine.move_to(clock.now(), tick=False)
    settings.CLOCK_MOVABLE = False
    return lambda **span: time_machine.shift(timedelta(**span))
