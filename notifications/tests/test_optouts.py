"""STOP holds until START, for one phone, however often it is said."""

import pytest
from django.db import IntegrityError, transaction

from notifications import optouts
from notifications.models import OptOut
from notifications.tests.conftest import Later
from tests.factories import new_phone
from tests.together import at_once
from voicepact.kernel.clock import now


@pytest.mark.django_db
def test_a_phone_that_said_stop_has_stopped_and_no_other() -> None:
    phone, other = new_phone(), new_phone()
    optouts.stop(phone)
    assert (optouts.has_stopped(phone), optouts.has_stopped(other)) == (True, False)


@pytest.mark.django_db
def test_start_ends_it_and_asks_for_nothing_where_there_was_no_stop() -> None:
    phone = new_phone()
    optouts.start(phone)
    optouts.stop(phone)
    optouts.start(phone)
    assert not optouts.has_stopped(phone)


@pytest.mark.django_db
def test_said_twice_it_holds_since_the_first_time(later: Later) -> None:
    phone, first = new_phone(), now()
    optouts.stop(phone)
    later(hours=1)
    optouts.stop(phone)
    assert OptOut.objects.get(phone=phone).since == first


@pytest.mark.django_db
def test_the_database_keeps_one_row_for_a_phone() -> None:
    phone = new_phone()
    optouts.stop(phone)
    with pytest.raises(IntegrityError), transaction.atomic():
        OptOut.objects.create(phone=phone)


@pytest.mark.usefixtures("committed_db")
def test_said_at_the_same_time_it_is_said_once() -> None:
    phone = new_phone()

    def say_it() -> int:
        optouts.stop(phone)
        return 1

    at_once(*[say_it] * 4)
    assert OptOut.objects.filter(phone=phone).count() == 1
