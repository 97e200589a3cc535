"""Facts about money that make a request impossible; each has a stable code that clients may rely on."""

from voicepact.kernel.errors import Refusal


class AmountMismatch(Refusal):
    code = "amount_mismatch"
    status = 400


class CurrencyMismatch(Refusal):
    code = "currency_mismatch"
    status = 400


class PayerMismatch(Refusal):
    code = "payer_mismatch"
    status = 400


class ContractNotConfirmed(Refusal):
    code = "contract_not_confirmed"


class DeadlinePassed(Refusal):
    code = "delivery_deadline_passed"


class PaymentPending(Refusal):
    code = "payment_pending"


class InsufficientFunds(Refusal):
    code = "insufficient_funds"
    status = 402


class PaymentNotHeld(Refusal):
    code = "payment_not_held"


class ConfirmationsMissing(Refusal):
    code = "confirmations_missing"


class ConfirmedByMismatch(Refusal):
    code = "confirmed_by_mismatch"


class AlreadyReleased(Refusal):
    code = "already_released"


class BalanceUnknown(Refusal):
    code = "balance_unknown"
    status = 503


class NotInSuspense(Refusal):
    code = "not_in_suspense"


class OtherRail(Refusal):
    code = "other_rail"


class PayerUnknown(Refusal):
    code = "payer_unknown"


class AlreadyProposed(Refusal):
    code = "already_proposed"


class ApproverIsProposer(Refusal):
    code = "approver_is_proposer"


class ChangedSince(Refusal):
    code = "changed_since"


class NotOpen(Refusal):
    code = "proposal_not_open"


class NotDecidable(Refusal):
    """What is proposed cannot be done in the present state of the money, or does not add up."""

    code = "not_decidable"


class NotCoolingOff(Refusal):
    code = "not_cooling_off"


class NotToBeAsked(Refusal):
    """The rail has nothing to tell about it now, or was asked a moment ago."""

    code = "not_to_be_asked"


class WorkedSince(Refusal):
    code = "worked_since"


class StatementMissing(Refusal):
    code = "statement_missing"
    status = 400


class RailUnavailable(Refusal):
    code = "rail_unavailable"
    status = 503
