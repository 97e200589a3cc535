"""What the parties say about the delivery: each only for itself, each counted once."""

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from contracts import confirmations
from contracts.errors import NotAParty
from contracts.models import Confirmation, Contract, Party
from tests.factories import drafted, locked, new_phone, with_payer
from voicepact.kernel.locking import lock

pytestmark = pytest.mark.django_db


@pytest.fixture
def funded() -> Contract:
    return lock(Contract, locked().contract_id)


def kinds(contract: Contract) -> list[str]:
    return list(contract.events.order_by("serial").values_list("kind", flat=True))


def test_both_words_are_missing_at_first_and_none_at_last(funded):
    assert confirmations.missing(funded) == ["seller", "buyer"]

    confirmations.delivered(funded, phone=funded.seller.phone, channel="sms")
    assert confirmations.missing(funded) == ["buyer"]
    confirmations.accepted(funded, phone=funded.buyer.phone, channel="ussd")

    assert confirmations.missing(funded) == []


def test_accepted_before_delivered_is_kept(funded):
    confirmations.accepted(funded, phone=funded.buyer.phone, channel="sms")

    assert confirmations.missing(funded) == ["seller"]
    assert Contract.objects.get(pk=funded.pk).status == "payment_locked"


def test_delivered_is_said_once_with_its_event_and_channel(funded):
    for channel in ("sms", "ussd", "sms"):
        confirmations.delivered(funded, phone=funded.seller.phone, channel=channel)

    assert kinds(funded)[-2:] == ["party.delivered", "contract.delivered"]
    assert kinds(funded).count("party.delivered") == 1
    assert Confirmation.objects.get(contract=funded, kind="delivered").channel == "sms"


@pytest.mark.parametrize(("verb", "role"), [("delivered", "buyer"), ("accepted", "seller")])
def test_nobody_speaks_for_the_other(funded, verb, role):
    with pytest.raises(NotAParty):
        getattr(confirmations, verb)(funded, phone=funded.party(role).phone, channel="sms")

    assert confirmations.missing(funded) == ["seller", "buyer"]


def test_a_stranger_is_no_party(funded):
    with pytest.raises(NotAParty, match=funded.pk):
        confirmations.party_by_phone(funded, new_phone())


def test_a_payer_only_pays():
    people = with_payer()
    contract = drafted(parties=people)
    payer = contract.party("payer").phone

    assert confirmations.party_by_phone(contract, payer).role == Party.Role.PAYER
    with pytest.raises(NotAParty):
        confirmations.trader_by_phone(contract, payer)
    for verb in (confirmations.delivered, confirmations.accepted):
        with pytest.raises(NotAParty):
            verb(contract, phone=payer, channel="sms")


def test_what_was_said_is_neither_changed_nor_taken_back(funded):
    confirmations.delivered(funded, phone=funded.seller.phone, channel="sms")
    said = Confirmation.objects.filter(contract=funded, kind="delivered")

    with pytest.raises(DatabaseError), transaction.atomic():
        said.update(kind="accepted")
    with pytest.raises(DatabaseError), transaction.atomic():
        said.delete()
    with pytest.raises(IntegrityError, match="said_once"), transaction.atomic():
        Confirmation.objects.create(contract=funded, party=funded.seller, kind="delivered", channel="api")

    assert said.get().channel == "sms"
