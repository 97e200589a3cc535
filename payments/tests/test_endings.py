"""A dispute that the parties end by themselves: withdrawn, accepted, or given in; and who cannot end it."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts import contact
from contracts.audit import Actor
from contracts.disputes import open_by_clock, open_by_staff, open_dispute
from contracts.errors import DisputeOpen, NotAParty, NotTheOpener, TakenBackTooOften, WrongState
from contracts.models import Contract, Dispute
from payments import endings, escrow, ledger
from payments.ledger import Standing
from payments.models import Payment
from tests.factories import completed, locked, new_phone, pay_out
from tests.holdings import holdings

pytestmark = pytest.mark.django_db

WHOLE = Decimal(1_000)
SAID: dict[str, tuple[str, ...]] = {"nothing": (), "delivered": ("d",), "accepted": ("a",), "both": ("d", "a")}


def deal() -> Contract:
    return locked(amount=WHOLE).contract


def dispute(contract: Contract, by: str) -> Dispute:
    if by == "clock":
        return open_by_clock(Contract.objects.get(pk=contract.pk), reason="silence")
    if by == "staff":
        return open_by_staff(contract.pk, reason="odd", actor=Actor("staff:1", "staff"))
    return open_dispute(contract.pk, phone=contract.party(by).phone, reason="odd", channel="sms")


def say(contract: Contract, *words: str) -> None:
    verbs: dict[str, Callable[[], object]] = {
        "d": lambda: escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms"),
        "a": lambda: escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms"),
    }
    for word in words:
        verbs[word]()


def state(contract: Contract) -> tuple[str, Standing]:
    fresh = Contract.objects.get(pk=contract.pk)
    return fresh.status, ledger.standing(fresh.payments.get())


def running(contract: Contract) -> set[str]:
    return set(contract.deadlines.filter(closed_at=None).values_list("kind", flat=True))


def ending(contract: Contract) -> tuple[str, bool, dict[str, object]]:
    """Outcome, whether it is closed, and the payload of the event that says so."""
    closed = contract.disputes.get()
    return closed.outcome, not closed.is_open, contract.events.get(kind="dispute.withdrawn").payload


# --- withdrawn --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["buyer", "seller"])
@pytest.mark.parametrize(
    ("said", "status", "timers"),
    [
        ("nothing", "payment_locked", {"seller_warning", "delivery"}),
        ("delivered", "delivered", {"buyer_reminder", "acceptance"}),
    ],
)
def test_a_withdrawn_dispute_leaves_the_deal_where_it_was(by, said, status, timers):
    contract = deal()
    say(contract, *SAID[said])
    opened = dispute(contract, by)

    endings.withdraw(contract.pk, phone=contract.party(by).phone, channel="sms")

    assert state(contract) == (status, Standing(held=WHOLE))
    assert running(contract) == timers
    assert ending(contract) == ("withdrawn", True, {"dispute": opened.pk, "how": "withdrawn"})


@pytest.mark.parametrize(
    ("said", "status", "timers"),
    [
        ("delivered", "delivered", {"buyer_reminder", "acceptance"}),
        ("accepted", "payment_locked", {"seller_reminder", "delivery_word"}),
    ],
)
def test_what_was_said_during_the_dispute_counts_when_it_is_withdrawn(said, status, timers):
    contract = deal()
    dispute(contract, "seller")
    say(contract, *SAID[said])

    endings.withdraw(contract.pk, phone=contract.seller.phone, channel="sms")

    assert state(contract) == (status, Standing(held=WHOLE))
    assert running(contract) == timers
    assert contract.events.filter(kind="contract.delivered").exists() == (status == "delivered")


@pytest.mark.parametrize("by", ["buyer", "seller"])
def test_nobody_holds_the_others_money_for_ever_by_disputes_that_are_taken_back(by):
    """Each begins the other's wait anew: the third stays for staff, or for the words that end any."""
    contract = deal()
    say(contract, "d")
    for _ in range(2):
        dispute(contract, by)
        endings.withdraw(contract.pk, phone=contract.party(by).phone, channel="sms")
    opened = dispute(contract, by)
    before = holdings(contract.owner)

    with pytest.raises(TakenBackTooOften):
        endings.withdraw(contract.pk, phone=contract.party(by).phone, channel="sms")

    assert Dispute.objects.get(pk=opened.pk).is_open
    assert (Contract.objects.get(pk=contract.pk).status, holdings(contract.owner)) == ("disputed", before)
    assert {"dispute_answer", "dispute_decision"} == running(contract)
    if by == "buyer":
        say(contract, "a")
        assert Contract.objects.get(pk=contract.pk).status == "completed"


def test_what_the_other_side_has_taken_back_does_not_count():
    contract = deal()
    for by in ("buyer", "buyer", "seller", "seller"):
        dispute(contract, by)
        endings.withdraw(contract.pk, phone=contract.party(by).phone, channel="sms")
    assert Contract.objects.get(pk=contract.pk).status == "payment_locked"


def test_with_both_words_a_withdrawn_dispute_lets_the_payout_start():
    contract = deal()
    dispute(contract, "seller")
    say(contract, "d", "a")
    assert state(contract) == ("disputed", Standing(held=WHOLE))

    endings.withdraw(contract.pk, phone=contract.seller.phone, channel="sms")

    assert state(contract) == ("completed", Standing(in_transit=WHOLE))
    assert running(contract) == set()
    assert pay_out(contract.payments.get()).status == "released"


@pytest.mark.parametrize(
    ("by", "who"), [("buyer", "seller"), ("seller", "buyer"), ("clock", "buyer"), ("staff", "seller")]
)
def test_nobody_but_its_opener_withdraws_a_dispute(by, who):
    contract = deal()
    dispute(contract, by)
    before = holdings(contract.owner)

    with pytest.raises(NotTheOpener):
        endings.withdraw(contract.pk, phone=contract.party(who).phone, channel="sms")

    assert holdings(contract.owner) == before


def test_a_stranger_withdraws_nothing():
    contract = deal()
    dispute(contract, "buyer")
    before = holdings(contract.owner)

    with pytest.raises(NotAParty):
        endings.withdraw(contract.pk, phone=new_phone(), channel="sms")

    assert holdings(contract.owner) == before


@pytest.mark.parametrize("state", [deal, lambda: completed().contract], ids=["locked", "completed"])
def test_where_no_dispute_is_open_there_is_none_to_withdraw(state):
    contract = state()
    before = holdings(contract.owner)

    with pytest.raises(WrongState):
        endings.withdraw(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert holdings(contract.owner) == before


def test_a_dispute_may_follow_one_that_was_withdrawn():
    contract = deal()
    dispute(contract, "buyer")
    endings.withdraw(contract.pk, phone=contract.buyer.phone, channel="sms")

    dispute(contract, "seller")

    assert state(contract)[0] == "disputed"
    assert contract.disputes.count() == 2


# --- accepted ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["buyer", "clock"])
def test_the_buyers_acceptance_ends_a_dispute_of_the_buyers_or_the_clocks(by):
    contract = deal()
    say(contract, "d")
    opened = dispute(contract, by)

    say(contract, "a")

    assert state(contract) == ("completed", Standing(in_transit=WHOLE))
    assert ending(contract) == ("accepted", True, {"dispute": opened.pk, "how": "accepted"})
    assert running(contract) == set()


@pytest.mark.parametrize("by", ["buyer", "clock"])
def test_acceptance_without_delivery_ends_the_dispute_and_waits_for_the_seller(by):
    contract = deal()
    dispute(contract, by)

    say(contract, "a")

    assert state(contract) == ("payment_locked", Standing(held=WHOLE))
    assert running(contract) == {"seller_reminder", "delivery_word"}


def test_a_buyer_who_accepted_before_the_dispute_ends_it_by_saying_so_again():
    contract = deal()
    say(contract, "a")
    dispute(contract, "clock")
    say(contract, "d")
    assert state(contract) == ("disputed", Standing(held=WHOLE))

    say(contract, "a")

    assert state(contract) == ("completed", Standing(in_transit=WHOLE))


@pytest.mark.parametrize("by", ["seller", "staff"])
def test_acceptance_is_only_kept_while_a_dispute_of_the_sellers_or_staffs_is_open(by):
    contract = deal()
    dispute(contract, by)

    say(contract, "d", "a")

    assert state(contract) == ("disputed", Standing(held=WHOLE))
    assert contract.disputes.get().is_open
    assert running(contract) == {"dispute_answer", "dispute_decision"}


def test_the_sellers_word_ends_no_dispute():
    contract = deal()
    dispute(contract, "seller")

    say(contract, "d")

    assert state(contract) == ("disputed", Standing(held=WHOLE))


# --- given in ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["buyer", "seller", "clock", "staff"])
@pytest.mark.parametrize("said", ["nothing", "delivered"])
def test_the_sellers_cancel_ends_any_dispute_and_everything_goes_back(by, said):
    contract = deal()
    say(contract, *SAID[said])
    opened = dispute(contract, by)

    assert endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms") == []

    assert state(contract) == ("cancelled", Standing(in_transit=WHOLE))
    assert ending(contract) == ("cancelled", True, {"dispute": opened.pk, "how": "cancelled"})
    assert running(contract) == set()
    assert pay_out(contract.payments.get()).status == "refunded"


@pytest.mark.parametrize("by", ["buyer", "seller", "clock"])
def test_the_buyers_cancel_is_refused_while_a_dispute_is_open(by):
    contract = deal()
    dispute(contract, by)
    before = holdings(contract.owner)

    with pytest.raises(DisputeOpen):
        endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert holdings(contract.owner) == before


def test_after_completion_a_dispute_opens_nothing_and_stops_nothing():
    payment = completed(amount=WHOLE)
    before = holdings(payment.contract.owner)

    with pytest.raises(WrongState):
        dispute(payment.contract, "buyer")

    assert holdings(payment.contract.owner) == before
    assert pay_out(Payment.objects.get(pk=payment.pk)).status == "released"


def test_the_seller_who_gives_in_twice_gives_back_once():
    contract = deal()
    dispute(contract, "buyer")
    for _ in range(2):
        endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")

    assert contract.payments.get().transfers.exclude(kind="collection").count() == 1
    assert contract.events.filter(kind="contract.cancelled").count() == 1


def test_a_warning_of_before_the_dispute_does_not_count_after_it():
    contract = deal()
    contact.was_warned(contract.seller)
    dispute(contract, "buyer")

    endings.withdraw(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert contract.parties.get(role="seller").warned_at is None
