"""Tells the application's webhook of what the wallet received and paid."""

from dataclasses import replace
from datetime import timedelta

from voicepact.simulator import outcomes, wallet_words
from voicepact.simulator.ground import Ground
from voicepact.simulator.jobs import Post
from voicepact.simulator.prompts import Prompt
from voicepact.simulator.wallet import WalletTransaction, WalletTransactions


class WalletNews:
    """The news of prompts that pay into the wallet, and of what is paid out of it."""

    def __init__(self, ground: Ground, transactions: WalletTransactions) -> None:
        self._ground = ground
        self._transactions = transactions

    def word(self, prompt: Prompt) -> Post:
        stated = prompt.amount + outcomes.payer(prompt.msisdn).lie
        return self._notification(self._transactions.read(prompt.checkout_id), stated=stated)

    def tell(self, prompt: Prompt, *, after: timedelta = timedelta(0), copies: int = 1) -> None:
        self._ground.mail.send_each_minute(self.word(prompt), after=after, copies=copies)

    def tell_of_payout(self, transaction: WalletTransaction) -> None:
        """The notification of this finished payout is on its way."""
        self._ground.mail.send_each_minute(self._notification(transaction, stated=transaction.amount))

    def forge(self, transaction: WalletTransaction) -> None:
        """Perhaps a stranger says of this transaction that it succeeded."""
        done = self._notification(replace(transaction, code="0"), stated=transaction.amount)
        self._ground.mail.forge_signature(done, header=wallet_words.SIGNATURE)

    def _notification(self, transaction: WalletTransaction, *, stated: int) -> Post:
        config = self._ground.config
        return wallet_words.notification(
            transaction,
            self._ground.movements.find(transaction.receipt),
            product=config.at_product,
            stated=stated,
            url=f"{config.public_url}/api/v1/payments/webhook",
            secret=config.webhook_secret,
        )
