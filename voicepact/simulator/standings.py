"""How a transaction stands, in the words of Daraja's transaction status result. `DebitPartyName` comes twice."""

from datetime import datetime

from voicepact.simulator import identities, results, wire
from voicepact.simulator.movements import Movement
from voicepact.simulator.payouts import Payout
from voicepact.simulator.reversals import Reversal

UTILITY = "Utility Account"
CUSTOMERS = "MMF Account For Customer"


def of_payout(payout: Payout, *, shortcode: str) -> list[wire.Pair]:
    return _standing(
        debited=_pay_bill(shortcode),
        credited=_customer(payout.msisdn),
        originator_id=payout.originator_id,
        conversation_id=payout.conversation_id,
        account=UTILITY,
        reason="Business Payment to Customer via API",
        code=payout.code,
        amount=payout.amount,
        made_at=payout.made_at,
        finished_at=payout.finished_at,
        receipt=payout.receipt,
    )


def of_reversal(reversal: Reversal, collected: Movement | None, *, shortcode: str) -> list[wire.Pair]:
    return _standing(
        debited=_pay_bill(shortcode),
        credited=_customer(collected.payer) if collected else wire.NO_VALUE,
        originator_id=reversal.originator_id,
        conversation_id=reversal.conversation_id,
        account=UTILITY,
        reason="Organization Reversal via API",
        code=reversal.code,
        amount=reversal.amount,
        made_at=reversal.made_at,
        finished_at=reversal.finished_at,
        receipt=reversal.receipt,
    )


def of_collection(collected: Movement, *, by_prompt: str, made_at: datetime) -> list[wire.Pair]:
    """`by_prompt` is the MerchantRequestID where the money came by a prompt, and empty where it was paid by hand."""
    return _standing(
        debited=_customer(collected.payer),
        credited=_pay_bill(collected.payee),
        originator_id=by_prompt or wire.NO_VALUE,
        conversation_id=wire.NO_VALUE,
        account=CUSTOMERS,
        reason="Pay Utility Online" if by_prompt else "Pay Utility",
        code="0",
        amount=collected.amount,
        made_at=made_at,
        finished_at=collected.at,
        receipt=collected.receipt,
    )


def _standing(
    *,
    debited: object,
    credited: object,
    originator_id: object,
    conversation_id: object,
    account: str,
    reason: str,
    code: str,
    amount: int,
    made_at: datetime,
    finished_at: datetime | None,
    receipt: str,
) -> list[wire.Pair]:
    status = "Initiated" if not code else "Completed" if code == "0" else "Declined"
    return [
        ("DebitPartyName", debited),
        ("CreditPartyName", credited),
        ("OriginatorConversationID", originator_id),
        ("InitiatedTime", identities.long_date(made_at)),
        ("DebitAccountType", account),
        ("DebitPartyCharges", wire.NO_VALUE),
        ("TransactionReason", results.words(code) if status == "Declined" else wire.NO_VALUE),
        ("ReasonType", reason),
        ("TransactionStatus", status),
        ("FinalisedTime", identities.long_date(finished_at) if finished_at else wire.NO_VALUE),
        ("Amount", f"{amount}.00"),
        ("ConversationID", conversation_id),
        ("ReceiptNo", receipt or wire.NO_VALUE),
        ("DebitPartyName", credited),
    ]


def _pay_bill(shortcode: str) -> str:
    return f"{shortcode} - SIMULATED PAY BILL"


def _customer(msisdn: str) -> str:
    return f"{msisdn} - SIMULATED CUSTOMER"
