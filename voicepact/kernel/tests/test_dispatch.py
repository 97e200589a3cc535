"""A nudge goes out after the commit, and losing it loses nothing."""

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from structlog.testing import capture_logs

from voicepact.kernel import dispatch
from voicepact.kernel.dispatch import Task, nudge


@pytest.fixture
def sent(monkeypatch):
    monkeypatch.setattr(dispatch, "_silent_until", 0.0)
    names = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: names.append(name))
    return names


def test_every_task_has_a_worker_and_a_sweep():
    current_app.loader.import_default_modules()

    for task in Task:
        assert task.value in current_app.tasks
        assert settings.CELERY_BEAT_SCHEDULE[task]["task"] == task


def test_a_nudge_waits_for_the_commit(committed_db, sent):
    with transaction.atomic():
        nudge(Task.SUBMIT)
        assert sent == []
    assert sent == ["payments.submit_due"]


def test_a_nudge_of_what_is_rolled_back_is_none(committed_db, sent):
    with transaction.atomic():
        nudge(Task.SUBMIT)
        transaction.set_rollback(True)

    assert sent == []


def test_a_nudge_that_cannot_be_sent_hurts_nobody(committed_db, monkeypatch):
    def lose(name, **_):
        raise OperationalError("no Redis")

    monkeypatch.setattr(dispatch, "_silent_until", 0.0)
    monkeypatch.setattr(current_app, "send_task", lose)

    with capture_logs() as logs:
        nudge(Task.SUBMIT)

    assert [(line["log_level"], line["task"]) for line in logs] == [("warning", "payments.submit_due")]
