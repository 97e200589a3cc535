"""How a deal comes about: its id, its hash, who has to agree, and who may still say no."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from contracts import agreements
from contracts.errors import ContractInvalid, NotAParty, WrongState
from contracts.models import Contract, Party
from tests.factories import CLIENT as ACTOR
from tests.factories import ClientFactory, DraftFactory, confirmed, drafted, new_phone
from tests.holdings import holdings

pytestmark = pytest.mark.django_db


def kinds(contract: Contract) -> list[str]:
    return list(contract.events.order_by("serial").values_list("kind", flat=True))


def status(contract: Contract) -> str:
    return str(Contract.objects.get(pk=contract.pk).status)


def test_both_agree_and_the_contract_is_confirmed():
    contract = drafted()

    agreements.agree(contract.pk, phone=contract.buyer.phone, channel="sms")
    assert status(contract) == "pending"
    agreements.agree(contract.pk, phone=contract.seller.phone, channel="ussd")

    assert status(contract) == "confirmed"
    assert kinds(contract) == ["contract.drafted", "party.agreed", "party.agreed", "contract.confirmed"]


def test_agreeing_twice_counts_once():
    contract = drafted()

    for _ in range(3):
        agreements.agree(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert status(contract) == "pending"
    assert kinds(contract) == ["contract.drafted", "party.agreed"]


def test_agreeing_again_after_everybody_did_changes_nothing():
    contract = confirmed()
    before = holdings(contract.owner)

    agreements.agree(contract.pk, phone=contract.seller.phone, channel="sms")

    assert holdings(contract.owner) == before


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_one_no_is_enough(role):
    contract = drafted()
    agreements.agree(contract.pk, phone=contract.buyer.phone, channel="sms")

    for _ in range(2):
        agreements.decline(contract.pk, phone=contract.party(role).phone, channel="sms")

    assert status(contract) == "cancelled"
    assert kinds(contract)[-2:] == ["party.declined", "contract.cancelled"]
    assert not contract.deadlines.filter(closed_at=None).exists()
    with pytest.raises(WrongState, match="cancelled"):
        agreements.agree(contract.pk, phone=contract.seller.phone, channel="sms")


def test_no_comes_too_late_once_everybody_has_agreed():
    contract = confirmed()
    before = holdings(contract.owner)

    with pytest.raises(WrongState, match=f"CANCEL-{contract.pk}"):
        agreements.decline(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert holdings(contract.owner) == before


@pytest.mark.parametrize("verb", [agreements.agree, agreements.decline])
def test_a_stranger_neither_agrees_nor_declines(verb):
    contract = drafted()
    before = holdings(contract.owner)

    with pytest.raises(NotAParty):
        verb(contract.pk, phone=new_phone(), channel="sms")

    assert holdings(contract.owner) == before


# --- the id -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract_type", "prefix"),
    [("agricultural_supply", "AG"), ("service", "SV"), ("goods", "GD"), ("logistics", "LG"), ("other", "OT")],
)
def test_the_id_tells_the_type(contract_type, prefix):
    assert drafted(contract_type=contract_type).pk.split("-")[0] == prefix


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (datetime(2027, 12, 31, 20, 59, tzinfo=UTC), "2027"),
        (datetime(2027, 12, 31, 21, 0, tzinfo=UTC), "2028"),
    ],
)
def test_the_year_is_nairobis_and_serials_begin_with_it(moment, year):
    with time_machine.travel(moment, tick=False):
        first, second = drafted(contract_type="logistics"), drafted(contract_type="logistics")

    assert first.pk.startswith(f"LG-{year}-")
    assert len(first.pk) == len("LG-2027-000001")
    assert int(second.pk[-6:]) == int(first.pk[-6:]) + 1


# --- the hash ---------------------------------------------------------------------------------------------------------


def test_each_agreed_term_changes_the_hash(tariffs_told):
    people = DraftFactory.build().parties
    with time_machine.travel(datetime(2026, 11, 23, tzinfo=UTC)):
        hashes = [
            drafted(**{"parties": people, **changed}).contract_hash
            for changed in (
                {},
                {"contract_type": "goods"},
                {"amount": Decimal(350_001)},
                {"terms": {"product": "Maize", "quantity": 101, "unit": "bags"}},
                {"terms": {"product": "Maize", "quantity": "100", "unit": "bags"}},
                {"transcript": "We agree."},
                {"audio_url": "https://calls.example/1.mp3"},
                {"delivery_location": "Nakuru"},
                {"delivery_deadline": datetime(2026, 12, 1, tzinfo=UTC)},
                {"fees_paid_by": "buyer"},
                {"parties": people[::-1][:1] + DraftFactory.build().parties[:1]},
                {"parties": (*people, agreements.PartyDraft(role=Party.Role.PAYER, phone=new_phone()))},
            )
        ]

    assert len(set(hashes)) == len(hashes)


def test_the_same_terms_have_the_same_hash():
    people = DraftFactory.build().parties
    renamed = tuple(agreements.PartyDraft(role=p.role, phone=p.phone, name="Another name") for p in people[::-1])

    first = drafted(parties=people, terms={"a": 1, "b": Decimal("2.50")}, amount=Decimal(1000))
    second = drafted(parties=renamed, terms={"b": Decimal("2.5"), "a": 1}, amount=Decimal("1000.00"))

    assert first.contract_hash == second.contract_hash


# --- what is refused at once ------------------------------------------------------------------------------------------

SAME = new_phone()


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"amount": Decimal(9)}, "KES 10 to KES 500,000"),
        ({"amount": Decimal(500_001)}, "KES 10 to KES 500,000"),
        ({"amount": Decimal("100.50")}, "whole shillings"),
        ({"currency": "USD"}, "KES only"),
        ({"gateway": "airtel"}, "daraja"),
        ({"delivery_deadline": datetime(2020, 1, 1, tzinfo=UTC)}, "in the past"),
        ({"delivery_deadline": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)}, "five years"),
        ({"parties": (agreements.PartyDraft("buyer", new_phone()),)}, "one buyer and one seller"),
        ({"parties": tuple(agreements.PartyDraft("buyer", new_phone()) for _ in "12")}, "one buyer and one seller"),
        ({"parties": tuple(agreements.PartyDraft(role, SAME) for role in ("buyer", "seller"))}, "different phone"),
        (
            {"parties": (agreements.PartyDraft("buyer", "+256712345678"), agreements.PartyDraft("seller", SAME))},
            "Kenyan mobile",
        ),
    ],
)
def test_what_the_rail_could_never_carry_is_refused_at_once(terms, why):
    owner = ClientFactory.create()

    with pytest.raises(ContractInvalid, match=why):
        drafted(owner=owner, **terms)

    assert not any(holdings(owner).values())


@pytest.mark.parametrize("amount", [10, 500_000])
def test_the_rails_limits_themselves_are_fine(amount):
    assert drafted(amount=Decimal(amount)).amount == amount


def test_a_refused_draft_takes_no_serial():
    owner = ClientFactory.create()
    first = agreements.draft(DraftFactory.build(contract_type="other"), owner=owner, actor=ACTOR)
    with pytest.raises(ContractInvalid):
        drafted(contract_type="other", amount=Decimal(1))
    second = agreements.draft(DraftFactory.build(contract_type="other"), owner=owner, actor=ACTOR)

    assert int(second.pk[-6:]) == int(first.pk[-6:]) + 1


def test_everybody_has_a_day_to_agree_and_three_to_pay():
    with time_machine.travel(datetime(2026, 11, 23, 8, tzinfo=UTC), tick=False) as clock:
        contract = drafted()
        agreement = contract.deadlines.get(closed_at=None)
        clock.shift(timedelta(hours=23))
        for party in contract.parties.all():
            agreements.agree(contract.pk, phone=party.phone, channel="sms")
        funding = contract.deadlines.get(closed_at=None)

    assert (agreement.kind, agreement.due_at) == ("agreement", datetime(2026, 11, 24, 8, tzinfo=UTC))
    assert (funding.kind, funding.due_at) == ("funding", datetime(2026, 11, 27, 7, tzinfo=UTC))
