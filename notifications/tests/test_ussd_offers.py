"""The menu of a deal offers exactly what would be obeyed now: in every state of a deal, to each of its people."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from pytest_django import Settings

from contracts import agreements, disputes, openings
from contracts.agreements import PartyDraft
from contracts.audit import Actor, party_actor
from contracts.models import Confirmation, Contract, Deadline, Dispute, Party
from notifications import possible
from notifications.commands import HANDLERS, Command
from notifications.tests.conftest import Later
from notifications.tests.dialling import Dialled
from notifications.tests.people import standing
from notifications.ussd.labels import LABELS
from notifications.ussd.places.deal import LEADS
from payments import checkout, endings, escrow
from payments.models import Payment, Transfer
from payments.settlement import settle
from tests.factories import (
    acknowledge,
    checked_out,
    completed,
    confirmed,
    drafted,
    fund,
    locked,
    new_phone,
    open_transfer,
    opened_by_phone,
    pay_out,
    refused,
    succeeded,
)
from voicepact.kernel.clock import now
from voicepact.kernel.errors import Refusal
from voicepact.kernel.locking import lock

pytestmark = pytest.mark.django_db
ROLES = ("buyer", "seller", "payer")
STAFF = Actor("staff:test", "desk")
State = Callable[[str, Later], Contract]


def people() -> dict[str, tuple[PartyDraft, ...]]:
    return {"parties": tuple(PartyDraft(role=role, phone=new_phone(), language="en") for role in ROLES)}


def fresh(contract: Contract) -> Contract:
    return Contract.objects.get(pk=contract.pk)


# --- the states -------------------------------------------------------------------------------------------------------


def pending(role: str, later: Later) -> Contract:
    return drafted(**people())


def agreed_to(role: str, later: Later) -> Contract:
    """By the one who looks, and not by all."""
    contract = drafted(**people())
    return agreements.agree(contract.pk, phone=contract.party(role).phone, channel="sms")


def unpaid(role: str, later: Later) -> Contract:
    return confirmed(**people())


def too_late(role: str, later: Later) -> Contract:
    contract = confirmed(**people(), delivery_deadline=now() + timedelta(hours=1))
    later(hours=2)
    return contract


def too_late_for_the_rest(role: str, later: Later) -> Contract:
    payment = checked_out(**people(), delivery_deadline=now() + timedelta(hours=1))
    settle(acknowledge(open_transfer(payment)).pk, succeeded(open_transfer(payment)))
    settle(acknowledge(open_transfer(payment)).pk, refused(open_transfer(payment), "1032"))
    later(hours=2)
    return payment.contract


def prompt_to_come(role: str, later: Later) -> Contract:
    return checked_out(**people()).contract


def prompted(role: str, later: Later) -> Contract:
    payment = checked_out(**people())
    acknowledge(open_transfer(payment))
    return payment.contract


def put_off_until_tomorrow(role: str, later: Later) -> Contract:
    payment = checked_out(**people())
    prompt = acknowledge(open_transfer(payment))
    settle(prompt.pk, refused(prompt, "4"))
    return payment.contract


def refused_by_the_buyer(role: str, later: Later) -> Contract:
    payment = checked_out(**people())
    prompt = acknowledge(open_transfer(payment))
    settle(prompt.pk, refused(prompt, "1032"))
    return payment.contract


def part_in(role: str, later: Later) -> Contract:
    payment = checked_out(**people())
    first = acknowledge(open_transfer(payment))
    settle(first.pk, succeeded(first))
    return payment.contract


def not_confirmed_by_the_rail(role: str, later: Later) -> Contract:
    return fund(checked_out(**people()), confirm=False).contract


def paid_in(role: str, later: Later) -> Contract:
    return locked(**people()).contract


def accepted(role: str, later: Later) -> Contract:
    contract = paid_in(role, later)
    return escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")


def delivered(role: str, later: Later) -> Contract:
    contract = paid_in(role, later)
    return escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms", only=Decimal(90))


def asked_to_cancel(role: str, later: Later) -> Contract:
    contract = paid_in(role, later)
    endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms")
    return contract


def asked_by_the_client_to_cancel(role: str, later: Later) -> Contract:
    contract = delivered(role, later)
    endings.cancel_for_client(contract.pk, reason="", actor=STAFF)
    return contract


def disputed(opener: str, state: State) -> State:
    def made(role: str, later: Later) -> Contract:
        contract = state(role, later)
        phone = contract.party(opener).phone
        disputes.open_dispute(contract.pk, phone=phone, reason="Bad quality", channel="sms")
        return contract

    return made


def disputed_by_staff(role: str, later: Later) -> Contract:
    contract = paid_in(role, later)
    disputes.open_by_staff(contract.pk, reason="looks odd", actor=STAFF)
    return contract


def disputed_by_the_clock(role: str, later: Later) -> Contract:
    contract = delivered(role, later)
    with transaction.atomic():
        disputes.open_by_clock(lock(Contract, contract.pk), reason="silent")
    return contract


def kept_silent_about_by_the_seller(role: str, later: Later) -> Contract:
    contract = accepted(role, later)
    with transaction.atomic():
        disputes.open_by_clock(lock(Contract, contract.pk), reason="silent")
    return contract


def answered(role: str, later: Later) -> Contract:
    contract = disputed("buyer", paid_in)(role, later)
    dispute, seller = Dispute.objects.get(contract=contract), contract.seller
    disputes.add_evidence(dispute.pk, party=seller, actor=party_actor(seller, "sms"), text="All is well")
    return contract


def all_said_in_dispute(role: str, later: Later) -> Contract:
    contract = disputed("buyer", delivered)(role, later)
    dispute = Dispute.objects.get(contract=contract)
    for number in range(disputes.MOST_EVIDENCE):
        disputes.add_evidence(dispute.pk, party=None, actor=STAFF, text=f"no. {number}")
    return contract


def taken_back_too_often(opener: str, state: State) -> State:
    def made(role: str, later: Later) -> Contract:
        contract = state(role, later)
        phone = contract.party(opener).phone
        for _ in range(2):
            disputes.open_dispute(contract.pk, phone=phone, reason="Bad quality", channel="sms")
            endings.withdraw(contract.pk, phone=phone, channel="sms")
        disputes.open_dispute(contract.pk, phone=phone, reason="Bad quality", channel="sms")
        return contract

    return made


def on_its_way_to_the_seller(role: str, later: Later) -> Contract:
    return completed(**people()).contract


def paid(role: str, later: Later) -> Contract:
    return pay_out(completed(**people())).contract


def called_off(role: str, later: Later) -> Contract:
    contract = paid_in(role, later)
    endings.cancel(contract.pk, phone=contract.seller.phone, channel="sms")
    return contract


def declined(role: str, later: Later) -> Contract:
    contract = drafted(**people())
    return agreements.decline(contract.pk, phone=contract.buyer.phone, channel="sms")


def expired(role: str, later: Later) -> Contract:
    contract = confirmed(**people())
    with transaction.atomic():
        endings.expire(lock(Contract, contract.pk), Deadline.Kind.FUNDING)
    return contract


STATES: dict[str, State] = {
    **{
        state.__name__: state
        for state in (
            pending,
            agreed_to,
            unpaid,
            too_late,
            too_late_for_the_rest,
            prompt_to_come,
            prompted,
            put_off_until_tomorrow,
            refused_by_the_buyer,
            part_in,
            not_confirmed_by_the_rail,
            paid_in,
            accepted,
            delivered,
            asked_to_cancel,
            asked_by_the_client_to_cancel,
            disputed_by_staff,
            disputed_by_the_clock,
            kept_silent_about_by_the_seller,
            answered,
            all_said_in_dispute,
            on_its_way_to_the_seller,
            paid,
            called_off,
            declined,
            expired,
        )
    },
    **{
        f"{state.__name__}, disputed by the {opener}": disputed(opener, state)
        for state in (paid_in, accepted, delivered)
        for opener in ("buyer", "seller")
    },
    **{
        f"{state.__name__}, the third dispute of the {opener}": taken_back_too_often(opener, state)
        for state in (paid_in, accepted)
        for opener in ("buyer", "seller")
    },
}
WORDS = {"DISPUTE": "Bad quality"}
VERBS = {LABELS[name][0]: verb for name, (_, verb) in LEADS.items()}
SAME_END = {"NO": "CANCEL"}
"""To decline a deal and to cancel it before all have agreed is one and the same."""


def offered(contract: Contract, party: Party) -> set[str]:
    """The commands to which the choices on the deal's screens lead."""
    dialled = Dialled(party.phone)
    if contract.pk not in dialled.screen:
        dialled.choose("My deals")
    screens = [dialled.choose(contract.pk)]
    while "98 " in screens[-1]:
        screens.append(dialled.key("98"))
    choices = [line.partition(" ")[2] for screen in screens for line in screen.splitlines()[1:-1]]
    return {SAME_END.get(VERBS[choice], VERBS[choice]) for choice in choices if choice in VERBS}


def obeyed(contract: Contract, party: Party) -> set[str]:
    """The commands that would change something, but for an acceptance that was said already.

    Said again it ends a dispute, as taking back one's own does while that may be; of the clock's our staff decide.
    """
    found = {verb for verb in HANDLERS if _changes(contract, Command(verb, party, WORDS.get(verb, ""), "ussd"))}
    has_accepted = party.confirmations.filter(kind=Confirmation.Kind.ACCEPTED).exists()
    if has_accepted and ("WITHDRAW" in found or not contract.disputes.filter(opened_by=party, closed_at=None).exists()):
        found.discard("ACCEPT")
    return {SAME_END.get(verb, verb) for verb in found}


def _changes(contract: Contract, command: Command) -> bool:
    before = standing(contract)
    with transaction.atomic():
        try:
            with transaction.atomic():
                HANDLERS[command.verb](command)
        except Refusal:
            return False
        changed = standing(contract) != before
        transaction.set_rollback(True)
    return changed


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_a_deal_offers_all_that_would_be_obeyed_and_nothing_else(state: str, role: str, later: Later) -> None:
    contract = fresh(STATES[state](role, later))
    party = contract.party(role)

    obeys = obeyed(contract, party)

    assert offered(contract, party) == obeys
    by_sms = {SAME_END.get(verb, verb) for verb in possible.commands(contract, party)}
    assert by_sms - {"PAY"} == obeys - {"PAY"}
    assert by_sms >= obeys


def test_every_command_is_offered_to_somebody_some_time(later: Later) -> None:
    seen: set[str] = set()
    for state in (pending, unpaid, delivered, disputed("buyer", paid_in), paid_in):
        for role in ROLES:
            contract = fresh(state(role, later))
            seen |= obeyed(contract, contract.party(role))

    assert seen == set(HANDLERS) - set(SAME_END)


# --- what the screens say of it ---------------------------------------------------------------------------------------


def screen_of(contract: Contract, role: str) -> str:
    dialled = Dialled(contract.party(role).phone)
    if contract.pk not in dialled.screen:
        dialled.choose("My deals")
    return dialled.choose(contract.pk)


def test_nobody_is_asked_to_pay_for_a_deal_whose_day_has_passed(later: Later) -> None:
    contract = too_late("buyer", later)
    for role in ROLES:
        assert "too late to pay" in screen_of(contract, role)
    assert f"{contract.pk} pay" not in Dialled(contract.buyer.phone).screen
    part = too_late_for_the_rest("buyer", later)
    assert "KES 250,000 goes back once it is off" in screen_of(part, "payer")


def test_whoever_could_not_take_a_problem_back_any_more_is_told_so_before_reporting_it(later: Later) -> None:
    contract = taken_back_too_often("buyer", paid_in)("buyer", later)
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    dialled = Dialled(contract.buyer.phone)

    assert "stays locked until our staff decide." in dialled.choose("My deals", contract.pk, "Problem", "Bad quality")


def test_a_buyer_who_had_accepted_ends_a_last_dispute_by_accepting_anew(later: Later) -> None:
    contract = taken_back_too_often("buyer", accepted)("buyer", later)
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")

    dialled = Dialled(contract.buyer.phone)
    assert "1 Accept goods" in dialled.choose(contract.pk)
    assert "The whole KES 350,000 goes to" in dialled.choose("Accept goods")
    dialled.choose("Yes")

    assert fresh(contract).status == Contract.Status.COMPLETED
    assert contract.payments.get().transfers.filter(kind=Transfer.Kind.PAYOUT).count() == 2


def test_whoever_is_being_prompted_is_led_to_the_prompt(later: Later) -> None:
    contract = part_in("buyer", later)
    assert "KES 250,000 of KES 350,000 is in. The M-Pesa prompt is on its way." in screen_of(contract, "buyer")
    assert "Do not deliver yet" in screen_of(contract, "seller")


def test_a_prompt_that_is_answered_while_somebody_looks_does_not_make_the_deal_late(
    later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = prompted("buyer", later)
    asks = checkout.brings_prompt

    def answered_just_now(asked: Contract) -> bool:
        found, prompt = asks(asked), open_transfer(contract.payments.get())
        settle(prompt.pk, refused(prompt, "1032"))
        return found

    monkeypatch.setattr(checkout, "brings_prompt", answered_just_now)
    screen = screen_of(contract, "buyer")
    assert "too late to pay" not in screen
    assert "The M-Pesa prompt is on its way." in screen


def test_a_prompt_that_waits_for_tomorrow_can_be_had_today(later: Later) -> None:
    contract = put_off_until_tomorrow("buyer", later)
    dialled = Dialled(contract.buyer.phone)
    assert "prompt is coming" in dialled.choose(contract.pk, "Pay now")
    assert Payment.objects.get(contract=contract).transfers.open().get().not_before <= now()


def test_whoever_has_too_many_deals_open_is_told_before_being_asked_for_another(settings: Settings) -> None:
    settings.OPENINGS_PENDING = 1
    seller = new_phone()
    opened_by_phone(seller=seller)

    assert Dialled(seller).choose("Sell").startswith("END You have opened many deals already.")

    assert openings.why_none(new_phone()) == ""
