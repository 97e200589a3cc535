"""A short delivery by SMS: so much of the deal in its own unit is told to the buyer; nothing else is taken for it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.models import Contract, Event
from notifications import announcements, parsing, quantities
from notifications.gsm import ONE_SMS
from notifications.models import InboundMessage, Message
from notifications.portions import LONGEST_UNIT
from notifications.tests.people import answer_to, heard, messages_to, say, standing, status, text_of
from payments import escrow
from payments.models import Transfer
from tests.factories import completed, confirmed, locked, new_phone

pytestmark = pytest.mark.django_db
BAGS = {"product": "Maize", "quantity": 100, "unit": "bags"}


def deal(**terms: object) -> Contract:
    """The money of so much maize is locked, and everybody has heard it."""
    contract = locked(amount=Decimal(1_000), terms=BAGS | terms).contract
    heard(contract)
    return contract


def short_of(contract: Contract) -> list[str]:
    """The short quantities of which the record tells."""
    events = Event.objects.filter(contract=contract, kind="delivery.short")
    return [event.payload["quantity"] for event in events]


def paid(contract: Contract) -> int:
    """How many payouts were begun."""
    return Transfer.objects.filter(payment__contract=contract, kind=Transfer.Kind.PAYOUT).count()


# --- taken ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "DELIVERED-{deal} 45 bags",
        "delivered-{deal} 45BAGS",
        "Delivered {deal}: 45 bags.",
        "NIMELETA-{deal} 45 bags",
        "nimeleta {deal} bags 45",
        "nime leta {deal} 45.0 Bags asante sana \U0001f64f",
        "please DELIVERED-{deal} 45 bags thank you!",
        "DELIVERED-{deal}-45 bags",
    ],
)
def test_so_many_bags_are_delivered_and_the_buyer_is_told_of_what_is_missing(text):
    contract = deal()

    answer = answer_to(contract.seller.phone, text.format(deal=contract.pk))

    assert answer.startswith("Thank you. We have asked the buyer")
    assert (status(contract), short_of(contract)) == ("delivered", ["45"])
    told = text_of(contract, "buyer", "delivered_short")
    assert f"VoicePact {contract.pk}: seller brought only 45 of 100 bags." in told
    row = InboundMessage.objects.get(phone=contract.seller.phone)
    assert (row.result, row.needs_staff) == ("done", False)


@pytest.mark.parametrize(
    ("terms", "said", "short"),
    [
        ({"unit": "magunia"}, "magunia 45", "45"),
        ({"unit": "Kg", "quantity": "1500.5"}, "1,500 KG", "1500"),
        ({"unit": "kg", "quantity": "1500.5"}, "1 500kg", "1500"),
        ({"unit": "bags (90 kg)"}, "12.5 bags (90 kg)", "12.5"),
        ({"unit": "pcs."}, "45 pcs", "45"),
        ({"unit": "m\u00e1gunia"}, "45 magunia", "45"),
        ({"unit": "5kg"}, "45 5kg", "45"),
        ({"unit": "magunia ya kilo tisini ya mahindi"}, "45 magunia ya kilo tisini ya mahindi", "45"),
    ],
)
def test_the_unit_is_the_deals_own_however_it_is_called(terms, said, short):
    contract = deal(**terms)
    say(contract.seller.phone, f"DELIVERED-{contract.pk} {said}")
    assert short_of(contract) == [short]


def test_it_does_what_the_same_word_does_by_ussd():
    by_sms, by_ussd = deal(), deal()
    say(by_sms.seller.phone, f"DELIVERED-{by_sms.pk} 45 bags")
    escrow.deliver(by_ussd.pk, phone=by_ussd.seller.phone, channel="ussd", only=Decimal(45))

    done = [list(Event.objects.filter(contract=each).values_list("kind", "payload")) for each in (by_sms, by_ussd)]
    assert [kind for kind, _ in done[0]] == [kind for kind, _ in done[1]]
    assert done[0][-2:] == done[1][-2:]


def test_who_accepted_before_a_part_came_pays_in_full_and_is_told_so_without_a_choice_that_is_gone():
    contract = deal()
    say(contract.buyer.phone, f"ACCEPT-{contract.pk}")

    say(contract.seller.phone, f"DELIVERED-{contract.pk} 45 bags")

    assert (status(contract), paid(contract)) == ("completed", 1)
    told = text_of(contract, "buyer", "delivered_short_after")
    assert told.endswith("seller says only 45 of 100 bags came. You had accepted before, and that pays in full.")
    assert not Message.objects.filter(contract=contract, kind="delivered_short").exists()


# --- not taken --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("45", "45"),
        ("45 bag", "45"),
        ("45 magunia", "45"),
        ("12.5", "12.5"),
        ("only 45 bags", "45"),
        ("45 bags to the shop", "45"),
        ("bags 45 bags", "45"),
        ("45 bags?", "45"),
        ("-45", "45"),
        ("100 bags", ""),
        ("150 bags", ""),
        ("100", ""),
        ("0 bags", ""),
        ("45,5 bags", ""),
        ("45 of 100 bags", ""),
        ("45 bags 5", ""),
        ("4 5 bags", ""),
        ("half", ""),
        ("bags", ""),
    ],
)
@pytest.mark.parametrize("word", ["DELIVERED", "NIMELETA"])
def test_any_other_number_changes_nothing_and_both_exact_replies_are_offered(said, part, word):
    contract = deal()
    before, told = standing(contract), messages_to(contract.buyer.phone)

    answer = answer_to(contract.seller.phone, f"{word}-{contract.pk} {said}")

    every = f"{word}-{contract.pk}"
    last = f"{every} {part} bags" if part else f"{every} and how many bags"
    assert answer == f"Nothing has changed. All 100 bags? Reply {every}. Only a part? Reply {last}"
    assert len(answer) <= ONE_SMS
    assert standing(contract) == before
    assert messages_to(contract.buyer.phone) == told
    row = InboundMessage.objects.get(phone=contract.seller.phone)
    assert (row.result, row.needs_staff) == ("asked back", False)


@pytest.mark.parametrize("said", ["45", "45 magunia"])
def test_the_exact_reply_that_is_offered_is_obeyed(said):
    contract = deal()
    answer = answer_to(contract.seller.phone, f"NIMELETA-{contract.pk} {said}")

    say(contract.seller.phone, answer.rpartition("Reply ")[2])

    assert (status(contract), short_of(contract)) == ("delivered", ["45"])


@pytest.mark.parametrize("terms", [{"unit": ""}, {"quantity": "many"}, {"quantity": None}, {"unit": "not bags"}])
def test_a_deal_of_which_no_part_can_be_told_is_asked_back_as_ever(terms):
    contract = deal(**terms)
    before = standing(contract)

    answer = answer_to(contract.seller.phone, f"DELIVERED-{contract.pk} 45")

    assert answer == f"Nothing has changed. If you mean it, reply exactly DELIVERED-{contract.pk}"
    assert standing(contract) == before


@pytest.mark.parametrize(
    "text", ["NIMELETA-{deal} 45 bags but wet", "DELIVERED-{deal} 45 bags CANCEL", "not DELIVERED-{deal} 45 bags"]
)
def test_what_only_a_person_understands_still_waits_for_one(text):
    contract = deal()
    before = standing(contract)

    row = say(contract.seller.phone, text.format(deal=contract.pk))

    assert (row.needs_staff, row.result) == (True, "not a command: unclear")
    assert standing(contract) == before


def test_a_short_id_takes_none_of_the_number_for_its_own():
    contract = deal()
    before = standing(contract)
    prefix, year, serial = contract.pk.split("-")

    answer_to(contract.seller.phone, f"DELIVERED {prefix} {year} {int(serial) % 1000} 45 bags")

    assert standing(contract) == before


@pytest.mark.parametrize("text", ["DELIVERED-{deal} 45 bags", "DELIVERED-{deal} 45"])
def test_nobody_else_says_it(text):
    contract = deal()
    before = standing(contract)
    stranger = new_phone()

    for phone in (contract.buyer.phone, stranger, deal().seller.phone):
        assert "45" not in answer_to(phone, text.format(deal=contract.pk))

    assert standing(contract) == before


def test_before_the_money_is_locked_it_is_refused():
    contract = confirmed(terms=BAGS)
    heard(contract)
    before = standing(contract)

    assert "the money is not locked yet" in answer_to(contract.seller.phone, f"DELIVERED-{contract.pk} 45 bags")

    assert standing(contract) == before


@pytest.mark.parametrize("first", ["DELIVERED-{deal}", "DELIVERED-{deal} 50 bags", "DELIVERED-{deal} 45 bags"])
def test_once_it_is_said_no_other_quantity_counts(first):
    contract = deal()
    say(contract.seller.phone, first.format(deal=contract.pk))
    heard(contract)
    before = standing(contract)

    answer = answer_to(contract.seller.phone, f"DELIVERED-{contract.pk} 45 bags")

    assert answer.startswith("Nothing has changed: none of your deals waits for DELIVERED")
    assert standing(contract) == before


def test_after_the_end_it_changes_nothing():
    contract = completed(amount=Decimal(1_000), terms=BAGS).contract
    heard(contract)
    before = standing(contract)

    assert "no open deal" in answer_to(contract.seller.phone, f"DELIVERED-{contract.pk} 45 bags")

    assert standing(contract) == before


def test_the_same_sms_in_a_dispute_is_kept_as_the_word_is():
    contract = deal()
    say(contract.buyer.phone, f"DISPUTE-{contract.pk} half of it is missing")
    announcements.announce_due()

    assert "until it is settled" in answer_to(contract.seller.phone, f"DELIVERED-{contract.pk} 45 bags")

    assert (status(contract), short_of(contract)) == ("disputed", ["45"])
    assert Message.objects.filter(contract=contract, kind="delivered_short").count() == 1


# --- of any quantity and unit -----------------------------------------------------------------------------------------


@settings(max_examples=500)
@given(
    whole=st.decimals(Decimal("0.02"), quantities.MOST, places=2),
    less=st.decimals(Decimal("0.01"), quantities.MOST, places=2),
    unit=st.text(st.sampled_from("abgks 5(."), min_size=1, max_size=LONGEST_UNIT),
    said=st.sampled_from(["{n} {unit}", "{unit} {n}", "{n}{unit}", "{unit}{n}"]),
)
def test_a_part_is_the_number_that_was_written_or_none(whole, less, unit, said):
    contract = Contract(terms={"quantity": str(whole), "unit": unit})
    text = said.format(n=quantities.told(less), unit=unit)
    found = quantities.part(contract, parsing.read(f"DELIVERED-AG-2026-000123 {text}").words)
    assert found is None or found == less < whole
