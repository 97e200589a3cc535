"""A number that is to count is told to the old number, the new one and the other party, and doubts reach our staff."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from contracts import audit
from contracts.audit import CLOCK
from contracts.models import Contract, Party
from notifications import announcements
from notifications.models import Message
from notifications.tests.conftest import Later
from notifications.tests.people import announced, say
from payments.models import Proposal
from tests.factories import locked, new_phone
from voicepact.kernel.clock import NAIROBI, now
from voicepact.kernel.models import User
from voicepact.kernel.phones import digest

pytestmark = pytest.mark.django_db


def agreed(contract: Contract, *, new: str, role: str = "seller") -> datetime:
    """Two members of staff have agreed that the party's number changes; returns when the new one counts."""
    party = contract.party(role)
    proposer = User.objects.create(username=f"juma-{new}", is_staff=True)
    proposal = Proposal.objects.create(
        kind=Proposal.Kind.PHONE_CHANGE,
        subject=f"party:{party.pk}",
        contract=contract,
        party=party,
        details={"phone": new},
        reason="Lost the phone",
        proposed_by=proposer,
        expires_at=now(),
    )
    counts_at = now() + timedelta(hours=24)
    said = {"party": role, "old": digest(party.phone), "new": digest(new), "counts_at": counts_at.isoformat()}
    payload = {**said, "proposal": proposal.pk}
    audit.record("phone.change_agreed", contract=contract, actor=CLOCK, payload=payload)
    return counts_at


def told(phone: str, kind: str) -> str:
    announcements.announce_due()
    return Message.objects.get(phone=phone, kind=kind).text


def test_the_old_number_the_new_one_and_the_other_party_are_told_when_it_counts():
    contract, new = locked(amount=Decimal(1_000)).contract, new_phone()
    counts_at = agreed(contract, new=new)
    moment = f"{counts_at.astimezone(NAIROBI):%d %b %H:%M}"

    assert f"from {moment} another number counts for you" in told(contract.seller.phone, "phone_changes")
    assert f"from {moment} this number counts for the seller" in told(new, "phone_changes_to_this")
    assert f"from {moment} another number counts for the seller" in told(contract.buyer.phone, "phone_changes_theirs")
    assert announced(contract)[-3:] == [
        ("buyer", "phone_changes_theirs"),
        ("seller", "phone_changes"),
        ("seller", "phone_changes_to_this"),
    ]
    assert Party.objects.get(pk=contract.seller.pk).phone != new


def test_when_it_counts_the_new_number_and_the_other_party_are_told():
    contract, new = locked(amount=Decimal(1_000)).contract, new_phone()
    old = contract.seller.phone
    Party.objects.filter(pk=contract.seller.pk).update(phone=new)
    said = {"party": "seller", "old": digest(old), "new": digest(new)}
    audit.record("phone.changed", contract=contract, actor=CLOCK, payload=said)

    assert announced(contract)[-2:] == [("buyer", "phone_changed_theirs"), ("seller", "phone_changed")]
    assert "this number counts for you, and no other" in told(new, "phone_changed")
    assert not Message.objects.filter(phone=old, kind__startswith="phone_changed").exists()


def test_whoever_replies_in_words_is_read_by_staff(later: Later):
    contract, new = locked(amount=Decimal(1_000)).contract, new_phone()
    agreed(contract, new=new)
    announcements.announce_due()

    for phone in (contract.seller.phone, new, contract.buyer.phone):
        row = say(phone, "I asked for nothing!")
        assert (row.needs_staff, row.contract_id) == (True, contract.pk)
        assert Message.objects.filter(phone=phone, kind="reply_for_staff").count() == 1
    later(days=3)
    assert not say(new, "hello").needs_staff


def test_a_command_is_still_a_command():
    contract = locked(amount=Decimal(1_000)).contract
    agreed(contract, new=new_phone())
    announcements.announce_due()

    row = say(contract.seller.phone, f"DELIVERED-{contract.pk}")

    assert (row.result, row.needs_staff) == ("done", False)
