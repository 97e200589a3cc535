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


class PartialRefundNeedsStaff(Refusal):
    code = "partial_refund_needs_staff"


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
