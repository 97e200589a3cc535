"""Deals in any state, reached through the real verbs, so that a fixture cannot lie.

The rail's part is played by outcomes handed to `settle`, as a worker would after reading a callback.
"""

import itertools
import secrets
from decimal import Decimal
from typing import Any

import factory

from contracts import agreements, openings
from contracts.agreements import Draft, PartyDraft
from contracts.audit import Actor
from contracts.models import Contract, Party
from payments import escrow
from payments.gateways.base import Outcome, Source, Verdict
from payments.models import Payment, Transfer
from payments.settlement import settle
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

CLIENT = Actor("client:1", "api")
SMALL = Decimal(1_000)
"""What one prompt, and one payout, carries whole."""
_receipts = itertools.count()
_PHONES = 8_000_000
_phones = itertools.count(secrets.randbelow(_PHONES))


def new_phone() -> str:
    """A Kenyan mobile number that no other test of this process uses.

    It ends in 1000 to 1999, as no PIN of the tests does, which would be weak, nor a year, nor any number that the
    tests and the simulator know by name. Of a thousand that follow each other no two end in the same three digits,
    which is what a masked number shows.
    """
    number = next(_phones) * 1_234_577 % _PHONES
    return f"+2547{2_000 + number // 1_000}{1_000 + number % 1_000}"


def new_receipt() -> str:
    return f"T{secrets.token_hex(2).upper()}{next(_receipts):05d}"


class ClientFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.LazyFunction(lambda: f"client-{secrets.token_hex(6)}")


class DraftFactory(factory.Factory[Draft]):
    """The page's own deal, between two new people."""

    class Meta:
        model = Draft

    contract_type = Contract.Type.AGRICULTURAL_SUPPLY
    amount = Decimal(350_000)
    terms = factory.LazyFunction(lambda: {"product": "Maize", "quantity": 100, "unit": "bags"})
    parties = factory.LazyFunction(
        lambda: (
            PartyDraft(role=Party.Role.BUYER, phone=new_phone(), name="Wanjiku"),
            PartyDraft(role=Party.Role.SELLER, phone=new_phone(), name="Otieno"),
        )
    )


def with_payer() -> tuple[PartyDraft, ...]:
    """A buyer, a seller, and a third who is to pay: all new people."""
    named = ((Party.Role.BUYER, "Wanjiku"), (Party.Role.SELLER, "Otieno"), (Party.Role.PAYER, "Mwangi"))
    return tuple(PartyDraft(role=role, phone=new_phone(), name=name) for role, name in named)


def drafted(**terms: Any) -> Contract:
    owner = terms.pop("owner", None) or ClientFactory.create()
    return agreements.draft(DraftFactory.build(**terms), owner=owner, actor=CLIENT)


def opened_by_phone(**said: Any) -> Contract:
    """A deal that its seller has opened by phone and agreed to; the buyer has not been asked yet."""
    usual = {"product": "Maize", "quantity": Decimal(10), "unit_price": Decimal(3_500), "delivery_day": None}
    people = {"seller": new_phone(), "buyer": new_phone(), "language": "en"}
    return openings.open_by_phone(**{**usual, **people, **said})


def confirmed(**terms: Any) -> Contract:
    contract = drafted(**terms)
    for party in contract.parties.all():
        contract = agreements.agree(contract.pk, phone=party.phone, channel="sms")
    return contract


def checked_out(**terms: Any) -> Payment:
    """A payment with its first prompt requested."""
    contract = confirmed(**terms)
    return escrow.open_checkout(contract.pk, phone=contract.buyer.phone, money=contract.money, actor=CLIENT)


def prompted(**terms: Any) -> Payment:
    """A payment whose first prompt is on the phone."""
    payment = checked_out(**terms)
    acknowledge(open_transfer(payment))
    return payment


def open_transfer(payment: Payment) -> Transfer:
    """The one transfer of the payment that is open."""
    return payment.transfers.open().get()


def acknowledge(transfer: Transfer) -> Transfer:
    """The rail has taken the transfer, as `submission.submit` would have written it down."""
    transfer.external_id = f"ws_CO_{secrets.token_hex(8)}"
    transfer.claimed_at = now()
    transfer.submit()
    transfer.save()
    return transfer


def succeeded(transfer: Transfer, **said: Any) -> Outcome:
    """What a truthful success callback says."""
    truth = {
        "verdict": Verdict.SUCCEEDED,
        "source": Source.CALLBACK,
        "code": "0",
        "amount": transfer.amount,
        "phone": transfer.phone,
        "receipt_number": new_receipt(),
        "external_id": transfer.external_id,
    }
    return Outcome(**{**truth, **said})


def answered(transfer: Transfer, verdict: Verdict = Verdict.SUCCEEDED, code: str = "0") -> Outcome:
    """What the rail answers to our own question."""
    return Outcome(verdict=verdict, source=Source.ANSWER, code=code, external_id=transfer.external_id)


def refused(transfer: Transfer, code: str, source: Source = Source.CALLBACK) -> Outcome:
    return Outcome(verdict=Verdict.FAILED, source=source, code=code, external_id=transfer.external_id)


def fund(payment: Payment, *, confirm: bool = True) -> Payment:
    """Every part has come in by callback and, with `confirm`, been confirmed by the rail."""
    while (transfer := payment.transfers.open().first()) is not None:
        if transfer.status == Transfer.Status.REQUESTED:
            acknowledge(transfer)
        settle(transfer.pk, succeeded(transfer))
        if confirm:
            settle(transfer.pk, answered(transfer))
    return Payment.objects.get(pk=payment.pk)


def locked(**terms: Any) -> Payment:
    """A payment in escrow, confirmed by the rail."""
    return fund(checked_out(**terms))


def completed(**terms: Any) -> Payment:
    """A payment in escrow whose delivery both have confirmed: its payouts are requested."""
    payment = locked(**terms)
    contract = payment.contract
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    return Payment.objects.get(pk=payment.pk)


def pay_out(payment: Payment) -> Payment:
    """Every payout or refund that is requested has arrived."""
    for transfer in payment.transfers.open():
        acknowledge(transfer)
        settle(transfer.pk, succeeded(transfer))
    return Payment.objects.get(pk=payment.pk)
