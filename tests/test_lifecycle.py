"""docs/lifecycle.md tells what the code does in every state: it is tried again, and compared with what is written."""

import difflib
import itertools
import os
from datetime import UTC, datetime

import pytest
from pytest_django import Settings
from time_machine import TimeMachineFixture

from payments.tests.conftest import impatient_questions, mpesa_certificate, mpesa_key, rail  # noqa: F401 - fixtures
from payments.tests.rail import Rail
from tests.lifecycle.document import PATH, document
from tests.lifecycle.stage import Stage
from voicepact.kernel.models import User
from voicepact.kernel.tests.caller import new_caller

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
ENOUGH_LINES = 80


@pytest.fixture
def stage(rail: Rail, time_machine: TimeMachineFixture, settings: Settings) -> Stage:  # noqa: F811
    settings.CLOCK_MOVABLE = False
    time_machine.move_to(MORNING, tick=False)
    first, second = (User.objects.create(username=name, is_staff=True) for name in ("amina", "brian"))
    caller = new_caller(rate=1_000_000)
    return Stage(rail, lambda moment: time_machine.move_to(moment, tick=False), caller, (first, second))


def test_what_is_written_is_what_happens(stage: Stage) -> None:
    found = document(stage)
    if os.environ.get("WRITE_LIFECYCLE"):
        PATH.parent.mkdir(exist_ok=True)
        PATH.write_text(found)
    written = PATH.read_text() if PATH.exists() else ""
    if found != written:
        lines = difflib.unified_diff(written.splitlines(), found.splitlines(), "written", "tried", lineterm="", n=0)
        shown = "\n".join(itertools.islice(lines, ENOUGH_LINES))
        pytest.fail(f"docs/lifecycle.md is out of date: look at each line, then run make lifecycle\n{shown}", False)
