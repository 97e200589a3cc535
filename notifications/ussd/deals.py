"""The deals of a phone, and what each asks of its party: read afresh for every screen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Case, When

from contracts.contact import OVER
from contracts.models import Confirmation, Contract, Dispute, Event, Party
from notifications import quantities, texts
from notifications.phrases import BUYER, GOODS, SELLER, nameless
from payments import checkout, proof
from payments.proof import Proof
from voicepact.kernel.clock import NAIROBI

Status, Kind, Role = Contract.Status, Confirmation.Kind, Party.Role
MOST_OPEN, MOST_OVER = 60, 10
WITH = ("parties", "confirmations", "disputes")
PAYERS = (Role.BUYER, Role.PAYER)


@dataclass(frozen=True)
class Deal:
    """A contract as one of its parties sees it; `contract` has its parties, confirmations and disputes with it."""

    contract: Contract
    party: Party

    @property
    def id(self) -> str:
        return self.contract.pk

    @property
    def status(self) -> Contract.Status:
        return Status(self.contract.status)

    @property
    def role(self) -> Party.Role:
        return Role(self.party.role)

    def has_said(self, kind: Confirmation.Kind, role: Party.Role | None = None) -> bool:
        """Whether this party, or the one in `role`, has said it."""
        party = self.contract.party(role) if role else self.party
        return any(each.party_id == party.pk and each.kind == kind for each in self.contract.confirmations.all())

    @cached_property
    def dispute(self) -> Dispute | None:
        """The one that is open."""
        return next((each for each in self.contract.disputes.all() if each.is_open), None)

    @property
    def is_opener(self) -> bool:
        return self.dispute is not None and self.dispute.opened_by_id == self.party.pk

    @property
    def has_to_answer(self) -> bool:
        """A dispute is open that this side has not opened, and nobody has answered."""
        if self.dispute is None or self.role == Role.PAYER or self.is_opener:
            return False
        return self.dispute.opener == Dispute.Opener.PARTY and not self.dispute.answered_at

    @cached_property
    def proof(self) -> Proof:
        return proof.of(self.contract)

    @cached_property
    def short_of(self) -> str:
        """How much the seller says was delivered, where that is less than agreed; else nothing."""
        event = Event.objects.filter(contract=self.contract, kind="delivery.short").order_by("serial").last()
        return quantities.told(Decimal(event.payload["quantity"])) if event else ""

    @cached_property
    def is_asked_to_cancel(self) -> bool:
        """The seller is asked to give the money back."""
        asked = self.role == Role.SELLER and self.status in (Status.PAYMENT_LOCKED, Status.DELIVERED)
        return asked and Event.objects.filter(contract=self.contract, kind="cancellation.asked").exists()

    @property
    def waits_for(self) -> str:
        """The label of what the deal waits for from this party; empty when it is not its turn."""
        if self.status == Status.PENDING and not self.has_said(Kind.AGREED):
            return "to_agree"
        if self.status == Status.CONFIRMED and self.role in PAYERS and not checkout.is_late(self.contract):
            return "to_pay"
        if self.status == Status.PAYMENT_LOCKED and self.role == Role.SELLER:
            return "to_deliver"
        if self.status == Status.DELIVERED and self.role == Role.BUYER and not self.has_said(Kind.ACCEPTED):
            return "to_accept"
        return "to_answer" if self.has_to_answer else ""

    @property
    def hint(self) -> str:
        """The label of how it stands, in a list."""
        return self.waits_for or STANDS[self.status]

    def facts(self) -> dict[str, Any]:
        """What every screen about the deal may say."""
        contract, deadline = self.contract, self.contract.delivery_deadline
        quantity = quantities.agreed(contract)
        return {
            "deal": self.id,
            "amount": contract.money,
            "buyer_pays": contract.buyer_pays,
            "seller_gets": contract.seller_gets,
            "quantity": quantities.told(quantity) if quantity else "",
            "day": f"{deadline.astimezone(NAIROBI):%-d/%-m}" if deadline else "",
        }

    def names(self, language: str) -> dict[str, str]:
        """What people have called things; a screen cuts it."""
        product = quantities.terms(self.contract).get("product")
        return {
            "buyer": texts.called(self.contract.buyer, BUYER, language),
            "seller": texts.called(self.contract.seller, SELLER, language),
            "product": product if isinstance(product, str) and product else nameless(GOODS, language),
            "unit": quantities.unit(self.contract),
        }


STANDS = {
    Status.PENDING: "waiting",
    Status.CONFIRMED: "waiting",
    Status.PAYMENT_LOCKED: "locked",
    Status.DELIVERED: "locked",
    Status.DISPUTED: "frozen",
    Status.COMPLETED: "done",
    Status.CANCELLED: "off",
    Status.EXPIRED: "off",
}


def of(phone: str) -> list[Deal]:
    """The deals of the phone: first those that wait for its word, then the open ones, then the last ones over.

    What is only asked to be agreed to stands behind money and one's own disputes: a stranger's questions push nobody's
    own deal away.
    """
    mine = Contract.objects.filter(parties__phone=phone)
    asked = Case(When(status=Status.PENDING, then=1), default=0)
    wanted = mine.exclude(status__in=OVER).order_by(asked, "-created_at", "-pk")[:MOST_OPEN]
    over = mine.filter(status__in=OVER).order_by("-created_at", "-pk")[:MOST_OVER]
    keys = [*wanted.values_list("pk", flat=True), *over.values_list("pk", flat=True)]
    rows = Contract.objects.filter(pk__in=keys).select_related("owner").prefetch_related(*WITH)
    found = list(_seen_by(phone, rows.order_by("-created_at", "-pk")))
    return sorted(found, key=_rank)


def _rank(deal: Deal) -> int:
    if deal.waits_for:
        return 2 if deal.waits_for == "to_agree" else 0
    if deal.is_opener:
        return 1
    return 4 if deal.status in OVER else 3


def one(phone: str, contract_id: str) -> Deal | None:
    """The deal of the phone with this id; None for somebody else's."""
    rows = Contract.objects.filter(parties__phone=phone, pk=contract_id)
    return next(_seen_by(phone, rows.select_related("owner").prefetch_related(*WITH)), None)


def _seen_by(phone: str, contracts: Iterable[Contract]) -> Iterator[Deal]:
    for contract in contracts:
        for party in contract.parties.all():
            if party.phone == phone:
                yield Deal(contract, party)
