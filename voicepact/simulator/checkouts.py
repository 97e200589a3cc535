"""Africa's Talking's mobile checkout: a prompt like any other on the phone, whose money goes to the wallet."""

from collections.abc import Mapping
from dataclasses import dataclass

from voicepact.simulator import identities, limits, wallet_fields
from voicepact.simulator.fields import Body
from voicepact.simulator.ground import Ground
from voicepact.simulator.prompts import Prompt
from voicepact.simulator.ringing import Ringing, Rung
from voicepact.simulator.wallet import CHECKOUT, WalletTransaction, WalletTransactions
from voicepact.simulator.wallet_fields import InvalidValue
from voicepact.simulator.wallet_news import WalletNews


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    msisdn: str
    amount: int
    metadata: Mapping[str, str]

    @classmethod
    def read(cls, body: Body, *, product: str) -> "CheckoutRequest":
        """Raises PlainRefused for what is missing, InvalidValue for what is wrong."""
        if wallet_fields.required(body, "productName") != product:
            raise InvalidValue("productName is not known")
        return cls(
            msisdn=wallet_fields.msisdn(body),
            amount=wallet_fields.amount(body, lowest=limits.PUSH_MINIMUM, highest=limits.PER_WALLET_TRANSACTION),
            metadata=wallet_fields.metadata(body),
        )


class Checkouts:
    def __init__(self, ground: Ground, transactions: WalletTransactions, *, ringing: Ringing, news: WalletNews) -> None:
        self._ground = ground
        self._transactions = transactions
        self._ringing = ringing
        self._news = news

    def checkout(self, request: CheckoutRequest) -> Rung:
        """The prompt is on the phone, or refused by rule 17 before it rang; its id is the transaction's.

        Raises SubscriberBusy while the phone has another prompt open, and then nothing was kept.
        """
        transaction = WalletTransaction(
            id=identities.payment_id(),
            category=CHECKOUT,
            msisdn=request.msisdn,
            amount=request.amount,
            metadata=request.metadata,
            made_at=self._ground.clock(),
        )
        with self._ground.books.transaction():
            self._transactions.add(transaction)
            rung = self._ringing.ring(self._prompt(transaction))
            self._news.forge(transaction)
        return rung

    def _prompt(self, transaction: WalletTransaction) -> Prompt:
        return Prompt(
            checkout_id=transaction.id,
            merchant_id="",
            msisdn=transaction.msisdn,
            payee=self._ground.config.wallet,
            amount=transaction.amount,
            reference=transaction.id,
            callback_url="",
            made_at=transaction.made_at,
        )
