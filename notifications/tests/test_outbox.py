"""An event that cannot be read waits longer each time, floods no log, and is told to people once."""

from datetime import timedelta

import pytest

from contracts.models import Event, Outbox
from notifications import alerts, announcements, outbox
from notifications.models import Alert
from notifications.tests.conftest import Later
from notifications.tests.people import announced
from tests.factories import drafted
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(monkeypatch):
    """A deal that no text can be made about; the fault is mended by `monkeypatch.undo()`."""
    contract = drafted()
    about = announcements.texts.about

    def sometimes(one, **asked):
        if one.pk == contract.pk:
            raise LookupError("no such deal")
        return about(one, **asked)

    monkeypatch.setattr(announcements.texts, "about", sometimes)
    return contract


def row(contract) -> Outbox:
    return Outbox.objects.get(event__contract=contract, event__kind="contract.drafted")


def test_each_pause_is_twice_as_long_until_it_is_an_hour(broken, later: Later):
    pauses = []
    for _ in range(14):
        announcements.announce_due()
        waiting = row(broken)
        pauses.append(waiting.not_before - now())
        later(seconds=pauses[-1].total_seconds())

    assert pauses[:4] == [timedelta(seconds=s) for s in (4, 8, 16, 32)]
    assert timedelta(hours=1) < pauses[-2] == pauses[-1] < timedelta(hours=2)


def test_it_is_logged_once_at_each_attempt_and_not_at_every_sweep(broken, later: Later, monkeypatch):
    logged = []
    monkeypatch.setattr(outbox.log, "exception", lambda words, **fields: logged.append(fields["attempts"]))
    announcements.announce_due()
    announcements.announce_due()
    later(seconds=3)
    announcements.announce_due()
    assert logged == [1]

    later(seconds=1)
    announcements.announce_due()

    assert logged == [1, 2]


def test_people_are_told_once_after_the_tenth_attempt(broken, later: Later):
    for attempt in range(1, 13):
        announcements.announce_due()
        stuck = Event.objects.filter(kind="outbox.stuck", contract=broken)
        assert stuck.count() == (1 if attempt >= outbox.ATTEMPTS_UNTIL_ALERT else 0)
        later(hours=2)
    alerts.make_due()

    event = Event.objects.get(kind="outbox.stuck", contract=broken)
    assert event.payload == {"event": row(broken).event_id, "reader": "announcements", "attempts": 10}
    assert Alert.objects.get(event=event).subject == f"An event cannot be read by announcements ({broken.pk})"


def test_what_was_mended_is_told_after_the_pause(broken, later: Later, monkeypatch):
    assert announced(broken) == []
    monkeypatch.undo()
    assert announced(broken) == []

    later(seconds=4)

    assert announced(broken) == [("buyer", "asked_to_agree"), ("seller", "asked_to_agree")]
