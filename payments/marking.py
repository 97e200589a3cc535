"""What staff may say became of a transfer of which the rail itself tells no more: with its statement attached."""

from uuid import UUID

from contracts import audit
from contracts.audit import Actor
from payments import comparison, contradictions, settlement, suspense
from payments.errors import NotDecidable, StatementMissing
from payments.locks import lock_transfer
from payments.models import Proposal, Transfer
from payments.outcomes import NEVER_CAME, NO_ANSWER

OUTCOMES = ("succeeded", "returned", "failed")


def check(proposal: Proposal) -> None:
    """Whether this may be said of the transfer. Raises StatementMissing or NotDecidable."""
    transfer = Transfer.objects.select_related("payment").get(pk=transfer_id(proposal))
    outcome = proposal.details.get("outcome")
    if not proposal.attachment:
        raise StatementMissing("Attach the rail's statement that shows what became of it.")
    if outcome not in OUTCOMES or (outcome == "returned" and not transfer.is_collection):
        raise NotDecidable(f"The outcome is one of: {', '.join(OUTCOMES)}; only money that came in goes back.")
    if why := why_not(transfer):
        raise NotDecidable(why)
    contradicted = transfer.quarantine_reason == settlement.PAID_AFTER_ALL
    paid = contradicted or (transfer.status == Transfer.Status.SUCCEEDED and not transfer.is_collection)
    if outcome != "failed" and _is_taken(transfer, _receipt_number(proposal)):
        raise NotDecidable("This receipt number is another transfer's, or other money's in suspense.")
    if outcome != "failed" and _is_nameless(transfer, _receipt_number(proposal)):
        raise NotDecidable("Name its receipt number, as the rail's statement has it: that is what is in doubt.")
    if is_given_up(transfer) and outcome == "failed":
        raise NotDecidable("It counts as never come already.")
    if paid and outcome != "succeeded":
        raise NotDecidable("The rail's own word is that it was paid; its statement can only confirm that.")
    if contradicted and not _can_make_up(transfer):
        raise NotDecidable("The sum has left a second time; it has to be asked back from whoever got it.")
    if transfer.status == Transfer.Status.SUCCEEDED and outcome == "returned":
        raise NotDecidable("This money is in the books; cancel the deal to send it back.")
    if transfer.is_collection and transfer.rail_confirmed_at and outcome == "failed":
        raise NotDecidable("The rail has confirmed that this money came; cancel the deal to send it back.")


def why_not(transfer: Transfer) -> str:
    """Why people say nothing of the transfer, in words; empty if they do."""
    if _waits_for_people(transfer):
        return ""
    return f"This transfer is {transfer.status}; the rail itself tells what becomes of it."


def _waits_for_people(transfer: Transfer) -> bool:
    """Whether the rail will tell no more of it.

    So it is of what is unknown, in quarantine, posted on a callback's word alone, or given up because the rail never
    answered: such a prompt may have been paid, and on a rail without a list of its money nothing else would show it.
    """
    counts = transfer.status == Transfer.Status.SUCCEEDED and transfer.return_reason != NEVER_CAME
    unproved = transfer.is_collection and counts
    told_no_more = unproved and not transfer.rail_confirmed_at and not transfer.next_ask_at
    unknown = transfer.status == Transfer.Status.UNKNOWN or is_given_up(transfer)
    return unknown or bool(transfer.quarantined_at) or told_no_more


def is_given_up(transfer: Transfer) -> bool:
    """Whether it is a prompt that counts as never paid only because the rail never answered."""
    return bool(
        transfer.is_collection
        and transfer.status == Transfer.Status.FAILED
        and transfer.failure_code == NO_ANSWER
        and not transfer.quarantined_at
    )


def _receipt_number(proposal: Proposal) -> str:
    return str(proposal.details.get("receipt_number", "")).strip().upper()[:30]


def _is_nameless(transfer: Transfer, receipt_number: str) -> bool:
    """Whether only a receipt number can tell this money from other money, and none is named."""
    in_doubt = transfer.quarantine_reason in comparison.ABOUT_RECEIPTS or is_given_up(transfer)
    return in_doubt and not receipt_number


def _is_taken(transfer: Transfer, receipt_number: str) -> bool:
    """Whether other money has this receipt number: another transfer's, or what was paid by hand and fits nothing."""
    if not receipt_number:
        return False
    others = Transfer.objects.succeeded().filter(gateway=transfer.gateway).exclude(pk=transfer.pk)
    taken = others.filter(receipt_number=receipt_number).exists()
    return taken or (transfer.is_collection and suspense.is_denied(transfer, receipt_number))


def _can_make_up(transfer: Transfer) -> bool:
    """Whether something can make up for what the rail has paid; for a deposit's return, while it lies in suspense."""
    if transfer.payment is None:
        return suspense.lying(transfer) >= transfer.amount
    return contradictions.can_make_up(transfer)


def carry_out(proposal: Proposal, actor: Actor) -> None:
    """The transfer has come to what was said of it, and its money is posted. Precondition: `check` let it pass."""
    held = lock_transfer(transfer_id(proposal))
    outcome = proposal.details["outcome"]
    payload = {"transfer": str(held.transfer.pk), "outcome": outcome, "proposal": proposal.pk}
    audit.record("transfer.marked", contract=held.contract, actor=actor, payload=payload)
    settlement.mark(
        held,
        succeeded=outcome != "failed",
        goes_back=outcome == "returned",
        receipt_number=_receipt_number(proposal),
    )


def transfer_id(proposal: Proposal) -> UUID:
    """Which transfer a proposal of such a kind is about: never none."""
    assert proposal.transfer_id is not None
    return proposal.transfer_id
