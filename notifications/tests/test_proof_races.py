"""Two sessions of one phone at once: no guess more than one alone would have, and one effect at most."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connections, transaction
from pytest_django import Settings

from contracts.errors import TooManyOpen
from contracts.models import Contract
from notifications import codes, pins, replies
from notifications.models import Code, InboundMessage, Message, Pin
from notifications.tests.people import new_id
from notifications.tests.proving import GOOD_PIN, another, funded, open_codes, with_pin
from payments import escrow
from payments.models import Transfer
from tests.factories import checked_out, fund, new_phone, opened_by_phone
from tests.together import at_once
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock

pytestmark = pytest.mark.usefixtures("committed_db")

AT_ONCE = 6
SOON = timedelta(minutes=1)


def in_parallel(work: Callable[[int], Any]) -> list[Any]:
    """What `work` gave to each of several threads that start together, each in a transaction of its own."""
    return at_once(*[partial(transaction.atomic(work), number) for number in range(AT_ONCE)])


def test_guesses_in_parallel_are_three_at_most_and_the_right_one_among_the_rest_is_no_use() -> None:
    contract = funded()
    phone = contract.buyer.phone
    with transaction.atomic():
        with_pin(phone)

    verdicts = Counter(in_parallel(lambda number: pins.check(phone, f"73{number}1", contract=contract)))

    assert verdicts == {"wrong": 2, "locked": AT_ONCE - 2}
    assert contract.events.filter(kind="pin.locked").count() == 1
    with transaction.atomic():
        assert pins.check(phone, GOOD_PIN, contract=contract) == "locked"


def test_first_sight_of_a_phone_by_several_sessions_makes_one_row() -> None:
    contract = funded()
    verdicts = in_parallel(lambda _: pins.check(contract.buyer.phone, GOOD_PIN, contract=contract))
    assert verdicts == ["none"] * AT_ONCE
    assert Pin.objects.filter(phone=contract.buyer.phone).count() == 1


def test_guesses_of_a_code_in_parallel_are_three_at_most() -> None:
    phone = new_phone()
    with transaction.atomic():
        pins.send_code(phone, language="en")
    (code,) = open_codes(phone)
    in_parallel(lambda _: pins.set_pin(phone, code=another(code), pin=GOOD_PIN))
    row = Code.objects.get(phone=phone)
    assert (row.tries, row.end) == (3, "void")
    with transaction.atomic():
        assert pins.set_pin(phone, code=code, pin=GOOD_PIN) == "wrong_code"


def test_a_code_that_is_looked_at_in_parallel_has_three_tries_and_a_right_one_stays_good() -> None:
    phone = new_phone()
    with transaction.atomic():
        pins.send_code(phone, language="en")
    (code,) = open_codes(phone)
    assert in_parallel(lambda _: pins.check_code(phone, code)) == ["right"] * AT_ONCE
    wrong = Counter(in_parallel(lambda _: pins.check_code(phone, another(code))))
    assert wrong == {"wrong": 2, "void": 1, "none": AT_ONCE - 3}
    assert Code.objects.get(phone=phone).tries == 3
    with transaction.atomic():
        assert pins.check_code(phone, code) == "none"


def test_the_right_code_in_parallel_counts_once() -> None:
    phone = new_phone()
    with transaction.atomic():
        pins.send_code(phone, language="en")
    (code,) = open_codes(phone)
    settings = in_parallel(lambda _: pins.set_pin(phone, code=code, pin=GOOD_PIN))
    assert Counter(settings) == {"set": 1, "wrong_code": AT_ONCE - 1}
    assert pins.standing(phone) == "set"


def test_codes_asked_for_in_parallel_are_no_more_than_the_days(settings: Settings) -> None:
    settings.CODES_PER_DAY = 2
    phone = new_phone()
    sent = in_parallel(lambda _: pins.send_code(phone, language="en"))
    assert Counter(sent) == {True: 2, False: AT_ONCE - 2}
    assert Message.objects.filter(phone=phone).count() == 2
    assert len(open_codes(phone)) == 1


def test_deals_opened_in_parallel_are_no_more_than_may_wait(settings: Settings) -> None:
    settings.OPENINGS_PENDING = 2
    seller = new_phone()

    def one(_: int) -> str:
        try:
            contract = opened_by_phone(seller=seller)
        except TooManyOpen:
            return "too many"
        return str(contract.status)

    assert Counter(in_parallel(one)) == {"pending": 2, "too many": AT_ONCE - 2}
    assert Contract.objects.filter(parties__phone=seller).count() == 2


def test_yes_said_several_times_at_once_sends_one_prompt() -> None:
    contract = opened_by_phone()
    phone = contract.buyer.phone
    states = in_parallel(lambda _: escrow.agree(contract.pk, phone=phone, channel="ussd").status)
    assert states == ["confirmed"] * AT_ONCE
    assert Transfer.objects.filter(payment__contract=contract).count() == 1


def test_a_word_that_waits_for_the_money_to_be_locked_has_to_be_proven_then(settings: Settings) -> None:
    """Looked at before the lock, the seller's CANCEL would give back a buyer's money without a code."""
    settings.PROOF_FROM = Decimal(10_000)
    payment = checked_out()
    contract = payment.contract
    row = InboundMessage.objects.create(
        message_id=new_id(), phone=contract.seller.phone, text=f"CANCEL-{contract.pk}", not_before=now() - SOON
    )

    def read() -> None:
        try:
            replies.read_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock(Contract, contract.pk)
            reading = pool.submit(read)
            with pytest.raises(TimeoutError):
                reading.result(timeout=0.5)
            fund(payment)
        reading.result()

    row.refresh_from_db()
    assert row.result == "sent a code"
    assert Contract.objects.get(pk=contract.pk).status == "payment_locked"


def test_one_code_taken_by_two_at_once_obeys_one() -> None:
    contract = funded()
    buyer = contract.buyer
    about = {"phone": buyer.phone, "party": buyer}
    with transaction.atomic():
        codes.send(Code.Purpose.ACCEPT, "reply_code_accept", language="en", **about)  # type: ignore[arg-type]
    (code,) = open_codes(buyer.phone)
    taken = in_parallel(lambda _: codes.take(Code.Purpose.ACCEPT, code, **about))  # type: ignore[arg-type]
    assert Counter(taken)["right"] == 1
