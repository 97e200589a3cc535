"""Africa's Talking's B2C: money from the wallet to up to ten phones at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

from voicepact.simulator import identities, limits, outcomes, wallet_fields
from voicepact.simulator.fields import Body
from voicepact.simulator.ground import Ground
from voicepact.simulator.refusals import PlainRefused
from voicepact.simulator.wallet import B2C, WalletTransaction, WalletTransactions
from voicepact.simulator.wallet_fields import InvalidValue
from voicepact.simulator.wallet_news import WalletNews

DISBURSE = "disburse"
MOST_RECIPIENTS = 10
REASONS = frozenset(
    {
        "SalaryPayment",
        "SalaryPaymentWithWithdrawalChargePaid",
        "BusinessPayment",
        "BusinessPaymentWithWithdrawalChargePaid",
        "PromotionPayment",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disbursement:
    """`problem` is empty where it can be done; else the rest is empty but for the number as it was sent."""

    number: str
    amount: int = 0
    metadata: Mapping[str, str] | None = None
    problem: str = ""

    @classmethod
    def read(cls, body: Body) -> "Disbursement":
        """Raises PlainRefused for what is missing."""
        number = str(wallet_fields.required(body, "phoneNumber"))
        try:
            wallet_fields.msisdn(body)
            amount = wallet_fields.amount(body, lowest=limits.PAYOUT_MINIMUM, highest=limits.PER_WALLET_TRANSACTION)
            if body.get("reason") is not None and body["reason"] not in REASONS:
                raise InvalidValue("reason is not known")
            return cls(number=number, amount=amount, metadata=wallet_fields.metadata(body))
        except InvalidValue as invalid:
            return cls(number=number, problem=str(invalid))


@dataclass(frozen=True, slots=True)
class Entry:
    """What the answer says of one recipient; no transaction where there was a problem."""

    disbursement: Disbursement
    transaction: WalletTransaction | None


class Disbursements:
    def __init__(self, ground: Ground, transactions: WalletTransactions, news: WalletNews) -> None:
        self._ground = ground
        self._transactions = transactions
        self._news = news

    def read(self, body: Body) -> list[Disbursement]:
        """Raises PlainRefused for what is missing or no list of one to ten, InvalidValue for another's product."""
        if wallet_fields.required(body, "productName") != self._ground.config.at_product:
            raise InvalidValue("productName is not known")
        recipients = wallet_fields.required(body, "recipients")
        if not isinstance(recipients, list) or not 0 < len(recipients) <= MOST_RECIPIENTS:
            raise PlainRefused(f"recipients is a list of 1 to {MOST_RECIPIENTS}", http=400)
        if not all(isinstance(recipient, dict) for recipient in recipients):
            raise PlainRefused("The request content was malformed:\nObject expected in field 'recipients'", http=400)
        return [Disbursement.read(recipient) for recipient in recipients]

    def request(self, disbursements: list[Disbursement]) -> list[Entry]:
        """Each that can be done is accepted and will be tried. There is no id of the caller's: twice asked is twice."""
        with self._ground.books.transaction():
            return [Entry(one, None if one.problem else self._accept(one)) for one in disbursements]

    def disburse(self, id: str) -> None:
        """The payout has its result, money has moved if that is 0, and its notification is on its way."""
        transaction = self._transactions.read(id)
        if transaction.code:
            return
        ground, payer = self._ground, self._ground.config.wallet
        code = limits.code_for_payout(
            transaction.msisdn, transaction.amount, payer=payer, purses=ground.purses, movements=ground.movements
        )
        receipt = ""
        if code == "0":
            receipt = ground.movements.move(
                "payout", transaction.amount, payer=payer, payee=transaction.msisdn, reference=id
            )
        self._transactions.finish(id, code=code, receipt=receipt)
        if not outcomes.payee(transaction.msisdn).result_lost:
            self._news.tell_of_payout(self._transactions.read(id))

    def _accept(self, disbursement: Disbursement) -> WalletTransaction:
        transaction = WalletTransaction(
            id=identities.payment_id(),
            category=B2C,
            msisdn=disbursement.number.removeprefix("+"),
            amount=disbursement.amount,
            metadata=disbursement.metadata or {},
            made_at=self._ground.clock(),
        )
        self._transactions.add(transaction)
        self._news.forge(transaction)
        self._ground.jobs.put(DISBURSE, transaction.id, after=self._ground.config.delay)
        return transaction
