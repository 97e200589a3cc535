"""A prompt that was asked for in time outlives the day of delivery: whoever asks reads when it comes."""

from datetime import timedelta

import pytest

from contracts.agreements import PartyDraft
from contracts.models import Contract
from notifications import texts
from notifications.tests.conftest import Later
from notifications.tests.dialling import Dialled
from notifications.tests.people import answer_to, heard, standing
from payments.models import Transfer
from payments.settlement import settle
from tests.factories import acknowledge, checked_out, new_phone, open_transfer, refused, succeeded
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db
DAILY_LIMIT, CANCELLED = "4", "1032"
ON_ITS_WAY = "The M-Pesa prompt is on its way."


def prompted(language: str = "en") -> Contract:
    """A deal that has to be paid within the hour, whose prompt is on the buyer's phone."""
    people = tuple(PartyDraft(role=role, phone=new_phone(), language=language) for role in ("buyer", "seller"))
    payment = checked_out(parties=people, delivery_deadline=now() + timedelta(hours=1))
    acknowledge(open_transfer(payment))
    heard(payment.contract)
    return payment.contract


def ends(contract: Contract, code: str) -> None:
    """The prompt has ended with this result of the rail, and whoever is told so has been."""
    prompt = open_transfer(contract.payments.get())
    settle(prompt.pk, refused(prompt, code))
    heard(contract)


def put_off(contract: Contract) -> str:
    """The rail has put the prompt off until tomorrow; returns when it comes."""
    ends(contract, DAILY_LIMIT)
    return texts.moment(open_transfer(contract.payments.get()).not_before)


def screen_of(contract: Contract, role: str) -> str:
    dialled = Dialled(contract.party(role).phone)
    return dialled.choose("My deals", contract.pk)


def test_of_a_prompt_that_comes_tomorrow_both_doors_say_when(later: Later) -> None:
    contract = prompted()
    comes = put_off(contract)
    later(hours=2)
    buyer = contract.buyer.phone
    assert comes.endswith(" 08:00")

    assert f"The M-Pesa prompt comes {comes}." in screen_of(contract, "buyer")
    assert f"The M-Pesa prompt comes {comes}." in answer_to(buyer, f"STATUS-{contract.pk}")
    before = standing(contract)
    assert f"the M-Pesa prompt comes {comes}." in answer_to(buyer, f"PAY-{contract.pk}")
    assert standing(contract) == before


def test_in_swahili_too(later: Later) -> None:
    contract = prompted("sw")
    comes = put_off(contract)
    later(hours=2)
    buyer = contract.buyer.phone

    assert f"Ombi la M-Pesa linakuja {comes}." in answer_to(buyer, f"HALI-{contract.pk}")
    assert f"ombi la M-Pesa linakuja {comes}." in answer_to(buyer, f"LIPA-{contract.pk}")


def test_of_a_prompt_that_is_on_the_phone_they_say_so(later: Later) -> None:
    contract = prompted()
    later(hours=2)
    buyer = contract.buyer.phone

    assert ON_ITS_WAY in answer_to(buyer, f"STATUS-{contract.pk}")
    assert "the M-Pesa prompt is on its way." in answer_to(buyer, f"PAY-{contract.pk}")
    assert ON_ITS_WAY in screen_of(contract, "buyer")


def test_nobody_reads_that_no_prompt_follows_where_the_next_part_is_asked_for(later: Later) -> None:
    contract = prompted()
    payment = contract.payments.get()
    later(hours=2)

    answer = answer_to(contract.buyer.phone, f"PAY-{contract.pk}")
    first = open_transfer(payment)
    settle(first.pk, succeeded(first))

    assert open_transfer(payment).part == 2
    assert "You can ask for no other." in answer
    assert "follows" not in answer
    assert "last" not in answer


def test_the_seller_reads_not_to_deliver(later: Later) -> None:
    contract = prompted()
    put_off(contract)
    later(hours=2)

    assert "Do not deliver" in answer_to(contract.seller.phone, f"STATUS-{contract.pk}")
    assert "Do not deliver" in screen_of(contract, "seller")


def test_without_any_prompt_it_cannot_be_paid_any_more(later: Later) -> None:
    contract = prompted()
    ends(contract, CANCELLED)
    later(hours=2)
    buyer = contract.buyer.phone

    assert "cannot be paid any more" in answer_to(buyer, f"STATUS-{contract.pk}")
    assert "so it cannot be paid. Make a new deal." in answer_to(buyer, f"PAY-{contract.pk}")
    assert not Transfer.objects.open().filter(payment__contract=contract).exists()
