"""A quarrel: either party freezes the deal, and no money moves until it is settled."""

from django.db import transaction

from contracts import audit
from contracts.audit import party_actor
from contracts.confirmations import trader_by_phone
from contracts.errors import DisputeOpen, WrongState
from contracts.models import Contract, Dispute
from voicepact.kernel.locking import lock


@transaction.atomic
def open_dispute(contract_id: str, *, phone: str, reason: str, channel: str) -> Dispute:
    """The contract is `disputed` and frozen. Only while its money is held, and one at a time.

    Raises NotAParty, DisputeOpen, WrongState.
    """
    contract = lock(Contract, contract_id)
    party = trader_by_phone(contract, phone)
    if contract.status == Contract.Status.DISPUTED:
        raise DisputeOpen(f"A dispute about {contract_id} is already open.")
    if contract.status not in (Contract.Status.PAYMENT_LOCKED, Contract.Status.DELIVERED):
        raise WrongState(
            f"{contract_id} is {contract.get_status_display().lower()}; no money is held to quarrel about."
        )
    contract.freeze()
    contract.save(update_fields=["status"])
    dispute = Dispute.objects.create(contract=contract, opened_by=party, channel=channel, reason=reason)
    payload = {"dispute": dispute.pk, "by": party.role}
    audit.record("dispute.opened", contract=contract, actor=party_actor(party, channel), payload=payload)
    return dispute
