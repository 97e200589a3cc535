"""How a deal comes about: drafted by a client, agreed or declined by each party from its own phone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from contracts import audit, contact, deadlines, fees, limits
from contracts.audit import Actor, party_actor
from contracts.confirmations import everybody, party_by_phone, say
from contracts.errors import ContractInvalid, WrongState
from contracts.fees import Quote
from contracts.models import Confirmation, Contract, Deadline, Party
from voicepact.kernel import phones
from voicepact.kernel.clock import NAIROBI, now
from voicepact.kernel.crypto import canonical, get_crypto_service
from voicepact.kernel.locking import lock
from voicepact.kernel.money import CENT, plain
from voicepact.kernel.rails import RAILS

PREFIXES = {
    Contract.Type.AGRICULTURAL_SUPPLY: "AG",
    Contract.Type.SERVICE: "SV",
    Contract.Type.GOODS: "GD",
    Contract.Type.LOGISTICS: "LG",
    Contract.Type.OTHER: "OT",
}
FARTHEST_DELIVERY = timedelta(days=5 * 365)


@dataclass(frozen=True, slots=True)
class PartyDraft:
    """A person to be in the contract; `phone` in E.164."""

    role: str
    phone: str
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A deal as a client sends it; `amount` in whole units of `currency`."""

    contract_type: str
    amount: Decimal
    parties: tuple[PartyDraft, ...]
    currency: str = "KES"
    terms: Mapping[str, Any] = field(default_factory=dict)
    transcript: str = ""
    audio_url: str = ""
    delivery_location: str = ""
    delivery_deadline: datetime | None = None
    fees_paid_by: str = Contract.FeesPaidBy.PLATFORM
    gateway: str = ""


@transaction.atomic
def draft(terms: Draft, *, owner: Any, actor: Actor) -> Contract:
    """A `pending` contract exists with its fees, and its parties are about to be asked to agree.

    Raises ContractInvalid when the rail could never carry the deal, which is refused here and not at checkout, and
    FeeUnknown when a party is to pay a charge that no source tells.
    """
    gateway = terms.gateway or settings.DEFAULT_GATEWAY
    _check(terms, gateway)
    quoted = fees.quote(terms.amount, gateway=gateway, fees_paid_by=terms.fees_paid_by)
    contract_id = _next_id(Contract.Type(terms.contract_type))
    buyer_phone = next(person.phone for person in terms.parties if person.role == Party.Role.BUYER)
    contract = Contract.objects.create(
        id=contract_id,
        owner=owner,
        contract_type=terms.contract_type,
        amount=terms.amount.quantize(CENT),
        currency=terms.currency,
        terms=dict(terms.terms),
        transcript=terms.transcript,
        audio_url=terms.audio_url,
        delivery_location=terms.delivery_location,
        delivery_deadline=terms.delivery_deadline,
        fees_paid_by=terms.fees_paid_by,
        gateway=gateway,
        buyer_fee=quoted.buyer_fee,
        seller_fee=quoted.seller_fee,
        payment_reference=get_crypto_service().generate_payment_reference(contract_id, terms.amount, buyer_phone),
        contract_hash=_hash(terms, quoted),
    )
    _name_parties(contract, terms.parties)
    deadlines.start(contract, Deadline.Kind.AGREEMENT, after=settings.AGREEMENT_TIME)
    payload = {"amount": plain(contract.amount), "currency": contract.currency, "contract_hash": contract.contract_hash}
    audit.record("contract.drafted", contract=contract, actor=actor, payload=payload)
    return contract


def _name_parties(contract: Contract, people: tuple[PartyDraft, ...]) -> None:
    """Each person is a party, and is spoken to as said, else as they have chosen elsewhere."""
    for person in people:
        Party.objects.create(
            contract=contract,
            role=person.role,
            phone=person.phone,
            name=person.name,
            language=person.language or contact.language_of(person.phone),
        )


@transaction.atomic
def agree(contract_id: str, *, phone: str, channel: str) -> Contract:
    """The party with `phone` has agreed; once everybody has, the contract is `confirmed` and may be paid.

    Raises NotAParty, WrongState. Saying it twice changes nothing.
    """
    contract = lock(Contract, contract_id)
    party = party_by_phone(contract, phone)
    if contract.status != Contract.Status.PENDING:
        if contract.status == Contract.Status.CONFIRMED:
            return contract
        raise WrongState(f"{contract_id} is {contract.get_status_display().lower()}; there is nothing to agree to.")
    if say(contract, party, Confirmation.Kind.AGREED, channel) and everybody(contract, Confirmation.Kind.AGREED):
        contract.confirm()
        contract.save(update_fields=["status", "confirmed_at"])
        deadlines.close(contract, Deadline.Kind.AGREEMENT)
        deadlines.start(contract, Deadline.Kind.FUNDING, after=settings.FUNDING_TIME)
        audit.record("contract.confirmed", contract=contract, actor=party_actor(party, channel))
    return contract


@transaction.atomic
def decline(contract_id: str, *, phone: str, channel: str) -> Contract:
    """The party with `phone` does not want the deal; the contract is `cancelled`.

    Raises NotAParty, WrongState.
    """
    contract = lock(Contract, contract_id)
    party = party_by_phone(contract, phone)
    if contract.status == Contract.Status.CANCELLED:
        return contract
    if contract.status != Contract.Status.PENDING:
        raise WrongState(f"{contract_id} is already agreed; to call it off send CANCEL-{contract_id}.")
    say(contract, party, Confirmation.Kind.DECLINED, channel)
    contract.cancel()
    contract.save(update_fields=["status", "ended_at"])
    deadlines.close(contract, Deadline.Kind.AGREEMENT)
    audit.record("contract.cancelled", contract=contract, actor=party_actor(party, channel))
    return contract


def _check(terms: Draft, gateway: str) -> None:
    rail = limits.rail_named(gateway)
    if terms.currency != rail.currency:
        raise ContractInvalid(f"{gateway} carries {rail.currency} only, not {terms.currency}.", field="currency")
    if terms.delivery_deadline and terms.delivery_deadline <= now():
        raise ContractInvalid("The delivery deadline is in the past.", field="delivery_deadline")
    if terms.delivery_deadline and terms.delivery_deadline > now() + FARTHEST_DELIVERY:
        raise ContractInvalid("The delivery deadline is more than five years away.", field="delivery_deadline")
    _check_parties(terms, gateway)


def _check_parties(terms: Draft, gateway: str) -> None:
    roles = sorted(person.role for person in terms.parties)
    if [role for role in roles if role != Party.Role.PAYER] != [Party.Role.BUYER, Party.Role.SELLER]:
        raise ContractInvalid("A contract has one buyer and one seller.", field="parties")
    if len({person.phone for person in terms.parties}) != len(terms.parties):
        raise ContractInvalid("The parties must have different phone numbers.", field="parties")
    if not all(RAILS[gateway].phone.fullmatch(person.phone) for person in terms.parties):
        raise ContractInvalid(f"{gateway} reaches Kenyan mobile numbers (+254 7… or +254 1…) only.", field="parties")


def _next_id(contract_type: Contract.Type) -> str:
    series = f"{PREFIXES[contract_type]}-{now().astimezone(NAIROBI).year}"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contracts_contractserial AS s (series, last) VALUES (%s, 1)"
            " ON CONFLICT (series) DO UPDATE SET last = s.last + 1 RETURNING last",
            [series],
        )
        (serial,) = cursor.fetchone()
    return f"{series}-{serial:06d}"


def _hash(terms: Draft, quoted: Quote) -> str:
    """One hash over everything that is agreed; phones go into it as keyed digests, so that none can be guessed back."""
    agreed = {
        "contract_type": terms.contract_type,
        "amount": plain(terms.amount),
        "currency": terms.currency,
        "terms": dict(terms.terms),
        "transcript": terms.transcript,
        "audio_url": terms.audio_url,
        "fees_paid_by": str(terms.fees_paid_by),
        "buyer_fee": plain(quoted.buyer_fee),
        "seller_fee": plain(quoted.seller_fee),
        "delivery_location": terms.delivery_location,
        "delivery_deadline": terms.delivery_deadline.isoformat() if terms.delivery_deadline else None,
        "parties": sorted([person.role, phones.digest(person.phone)] for person in terms.parties),
    }
    return hashlib.sha256(canonical(agreed)).hexdigest()
