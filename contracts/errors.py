"""Facts about a contract that make a request impossible; each has a stable code that clients may rely on."""

from voicepact.kernel.errors import Refusal


class ContractInvalid(Refusal):
    """The draft breaks a rule of its rail or of contracts as such."""

    code = "contract_invalid"
    status = 400


class FeeUnknown(Refusal):
    """Nobody has told us what the rail charges for such an amount, and fees that a party pays are never guessed.

    400: the request can be mended, by another amount or with fees paid by the platform.
    """

    code = "fee_unknown"
    status = 400


class NotAParty(Refusal):
    """The phone belongs to nobody in this contract who may do this."""

    code = "not_a_party"
    status = 403


class WrongState(Refusal):
    """The contract is past, or not yet at, the point where this can be done."""

    code = "wrong_state"


class TooManyOpen(Refusal):
    """The phone has opened as many deals as it may for now."""

    code = "too_many_open"
    status = 429


class DisputeOpen(Refusal):
    """A dispute freezes the contract."""

    code = "dispute_open"


class DisputeClosed(Refusal):
    """The dispute is over."""

    code = "dispute_closed"


class NotTheOpener(Refusal):
    """Only the party that opened a dispute withdraws it."""

    code = "not_the_opener"
    status = 403


class TakenBackTooOften(Refusal):
    """The party has taken back as many disputes of this deal as it may; staff decide this one."""

    code = "taken_back_too_often"


class EvidenceChanged(Refusal):
    """More was brought forward than whoever adds to it has seen."""

    code = "evidence_changed"


class EvidenceTooLarge(Refusal):
    code = "evidence_too_large"
    status = 413


class EvidenceTypeRefused(Refusal):
    """The file's own bytes say that it is of no kind that staff can look at safely."""

    code = "evidence_type_refused"
    status = 400


class EvidenceEmpty(Refusal):
    """Neither words nor a file."""

    code = "evidence_empty"
    status = 400


class EvidenceFull(Refusal):
    """The dispute holds as much evidence as anybody will read."""

    code = "evidence_full"
