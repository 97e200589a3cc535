"""What whoever gave a command reads when it was refused: why, and what to do instead, by SMS or on a USSD screen.

The domain refuses in English and for programs; people read here a text for its code, and for where the deal is then.
"""

from contracts import errors as of_contracts
from contracts.models import Contract
from notifications import texts
from notifications.commands import Command
from payments import errors as of_payments
from payments import prompts
from voicepact.kernel.errors import Refusal

LONGEST = 120  # so that a USSD screen carries it with its way back
Status = Contract.Status
OTHERWISE = "refused"
BY_STATE: dict[str, str] = {
    Status.PENDING: "refused_pending",
    Status.CONFIRMED: "refused_confirmed",
    Status.PAYMENT_LOCKED: "refused_paid",
    Status.DELIVERED: "refused_paid",
    Status.DISPUTED: "refused_disputed",
    Status.COMPLETED: "refused_completed",
    Status.CANCELLED: "refused_cancelled",
    Status.EXPIRED: "refused_expired",
}
"""What stands against a command for which the deal is not, or no longer, where it would have to be."""
BY_CODE: dict[str, str] = {
    of_contracts.NotAParty.code: "refused_not_yours",
    of_contracts.DisputeOpen.code: "refused_dispute_open",
    of_contracts.DisputeClosed.code: "refused_dispute_over",
    of_contracts.NotTheOpener.code: "refused_not_opener",
    of_contracts.TakenBackTooOften.code: "refused_taken_back",
    of_contracts.EvidenceEmpty.code: "refused_dispute_open",
    of_contracts.EvidenceFull.code: "refused_evidence_full",
    of_contracts.EvidenceTooLarge.code: OTHERWISE,  # no SMS is so long
    of_contracts.EvidenceTypeRefused.code: OTHERWISE,  # and none carries a file
    of_payments.AlreadyReleased.code: "refused_completed",
    of_payments.PayerMismatch.code: "refused_not_payer",
    of_payments.DeadlinePassed.code: "refused_late",
    of_payments.PaymentPending.code: "refused_prompt_open",
    of_payments.RailUnavailable.code: "refused_rail",
    of_payments.AmountMismatch.code: OTHERWISE,  # whoever pays by a command names no amount
    of_payments.CurrencyMismatch.code: OTHERWISE,
}
OF_STATES = (of_contracts.WrongState.code, of_payments.ContractNotConfirmed.code)
UNDER_WAY = (Status.CONFIRMED, Status.PAYMENT_LOCKED, Status.DELIVERED, Status.DISPUTED)


def words(refusal: Refusal, command: Command) -> str:
    """Why the command changed nothing and what to do, in its party's language and at most LONGEST characters."""
    contract = Contract.objects.get(pk=command.deal)
    language = command.party.language
    about = texts.about(contract, language=language, reader=command.party)
    about["prompt_at"] = texts.prompt_at(contract)
    return texts.render(name(refusal, command, contract), language=language, verb=command.verb, **about)


def name(refusal: Refusal, command: Command, contract: Contract) -> str:
    """The text's name."""
    if refusal.code == of_payments.DeadlinePassed.code and prompts.open_for(contract):
        return "refused_late_prompt"
    if refusal.code not in OF_STATES:
        return BY_CODE.get(refusal.code, OTHERWISE)
    if command.verb == "WITHDRAW":
        return "refused_no_dispute"
    if command.verb == "NO" and contract.status in UNDER_WAY:
        return "refused_agreed_already"
    return BY_STATE[contract.status]
