"""The one clock: forwards only, and only where it may move."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from voicepact.kernel import clock, redis

FEW_SECONDS = timedelta(seconds=5)


@pytest.fixture(autouse=True)
def own_offset(monkeypatch, settings):
    """The clock may move; the stack's own offset is left alone."""
    settings.CLOCK_MOVABLE = True
    monkeypatch.setattr(clock, "OFFSET_KEY", "voicepact:clock:test_offset_s")
    redis.client().delete(clock.OFFSET_KEY)
    yield
    redis.client().delete(clock.OFFSET_KEY)


def test_time_is_real_until_it_is_moved():
    assert abs(clock.now() - datetime.now(UTC)) < FEW_SECONDS
    assert clock.now().utcoffset() == timedelta(0)


def test_moves_add_up():
    clock.advance(timedelta(hours=48))
    clock.advance(timedelta(minutes=5))

    assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=48, minutes=5)) < FEW_SECONDS


def test_the_clock_never_moves_backwards():
    with pytest.raises(clock.ClockRefused, match="forwards only"):
        clock.advance(timedelta(seconds=-1))

    assert redis.client().get(clock.OFFSET_KEY) is None


def test_a_fixed_clock_neither_moves_nor_reads_an_offset(settings):
    clock.advance(timedelta(days=1))
    settings.CLOCK_MOVABLE = False

    with pytest.raises(clock.ClockRefused, match="fixed"):
        clock.advance(timedelta(seconds=1))
    assert abs(clock.now() - datetime.now(UTC)) < FEW_SECONDS


def test_the_command_moves_the_same_clock(capsys):
    call_command("clock", "advance", "90m")

    assert abs(clock.now() - datetime.now(UTC) - timedelta(minutes=90)) < FEW_SECONDS
    assert "in Nairobi" in capsys.readouterr().out


@pytest.mark.parametrize("span", ["", "soon", "5", "1.5h", "5 m", "9999999d"])
def test_the_command_refuses_what_is_no_span(span):
    with pytest.raises(CommandError, match="Say how far"):
        call_command("clock", "advance", span)

    assert redis.client().get(clock.OFFSET_KEY) is None
