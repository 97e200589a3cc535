"""What each party has said about the delivery, from its own phone.

These functions record; what follows for the money is decided by `payments.escrow`, which calls them.
"""

from decimal import Decimal

from contracts import audit
from contracts.audit import party_actor
from contracts.errors import NotAParty
from contracts.models import Confirmation, Contract, Party

Kind = Confirmation.Kind


def party_by_phone(contract: Contract, phone: str) -> Party:
    """The party of `contract` with this phone (E.164). Raises NotAParty."""
    for party in contract.parties.all():
        if party.phone == phone:
            return party
    raise NotAParty(f"This phone number has no part in {contract.pk}.")


def trader_by_phone(contract: Contract, phone: str) -> Party:
    """The buyer or seller with this phone. Raises NotAParty, also for a payer, who only pays."""
    party = party_by_phone(contract, phone)
    if party.role == Party.Role.PAYER:
        raise NotAParty(f"Only buyer and seller of {contract.pk} can do this.")
    return party


def party_in_role(contract: Contract, phone: str, role: Party.Role) -> Party:
    """The party with this phone, who must be the `role` of the contract. Raises NotAParty."""
    party = party_by_phone(contract, phone)
    if party.role != role:
        raise NotAParty(f"Only the {role.value} of {contract.pk} can say this.")
    return party


def say(contract: Contract, party: Party, kind: Confirmation.Kind, channel: str) -> bool:
    """The party has said `kind`; whether that is news. Precondition: caller holds the contract row."""
    _, new = Confirmation.objects.get_or_create(
        party=party, kind=kind, defaults={"contract": contract, "channel": channel}
    )
    if new:
        payload = {"party": party.role}
        audit.record(f"party.{kind.value}", contract=contract, actor=party_actor(party, channel), payload=payload)
    return new


def delivered(contract: Contract, *, phone: str, channel: str, only: Decimal | None = None) -> bool:
    """The seller says that the goods are delivered; whether that is news.

    `only` is how much of the agreed quantity, where it is not all: a fact for the buyer to judge, which changes nothing
    in what acceptance means. Precondition: caller holds the contract row. Raises NotAParty.
    """
    seller = party_in_role(contract, phone, Party.Role.SELLER)
    new = say(contract, seller, Kind.DELIVERED, channel)
    if new and only is not None:
        payload = {"quantity": f"{only.normalize():f}"}
        audit.record("delivery.short", contract=contract, actor=party_actor(seller, channel), payload=payload)
    if new and contract.status == Contract.Status.PAYMENT_LOCKED:
        contract.deliver()
        contract.save(update_fields=["status", "delivered_at"])
        audit.record("contract.delivered", contract=contract, actor=party_actor(seller, channel))
    return new


def accepted(contract: Contract, *, phone: str, channel: str) -> bool:
    """The buyer accepts the delivery, the whole amount; whether that is news.

    Precondition: caller holds the contract row. Raises NotAParty.
    """
    buyer = party_in_role(contract, phone, Party.Role.BUYER)
    return say(contract, buyer, Kind.ACCEPTED, channel)


def everybody(contract: Contract, kind: Confirmation.Kind) -> bool:
    """Whether every party of the contract has said `kind`."""
    said = set(Confirmation.objects.filter(contract=contract, kind=kind).values_list("party_id", flat=True))
    return said == {party.pk for party in contract.parties.all()}


def missing(contract: Contract) -> list[str]:
    """Whose word on the delivery is still missing: `seller` (delivered), `buyer` (accepted)."""
    said = set(Confirmation.objects.filter(contract=contract).values_list("kind", flat=True))
    wanted = {Kind.DELIVERED: Party.Role.SELLER, Kind.ACCEPTED: Party.Role.BUYER}
    return [role.value for kind, role in wanted.items() if kind not in said]
