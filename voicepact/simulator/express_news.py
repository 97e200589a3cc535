"""The callback of a push, and sometimes word of the same money by the road of payments by hand."""

from datetime import timedelta

from voicepact.simulator import identities, outcomes, wire
from voicepact.simulator.confirmations import Confirmations
from voicepact.simulator.ground import Ground
from voicepact.simulator.jobs import Post
from voicepact.simulator.prompts import Prompt


class ExpressNews:
    def __init__(self, ground: Ground, confirmations: Confirmations) -> None:
        self._ground = ground
        self._confirmations = confirmations

    def word(self, prompt: Prompt) -> Post:
        return self._callback(prompt, code=prompt.code, receipt=prompt.receipt)

    def tell(self, prompt: Prompt, *, after: timedelta = timedelta(0), copies: int = 1) -> None:
        self._ground.mail.send(self.word(prompt), after=after, copies=copies)
        collected = self._ground.movements.find(prompt.receipt)
        faults = self._ground.faults
        if collected is not None and faults.strikes(faults.read().c2b_for_prompts):
            self._confirmations.tell(collected)

    def forge(self, prompt: Prompt) -> None:
        """Perhaps a stranger says of this prompt that it was paid."""
        self._ground.mail.forge(self._callback(prompt, code="0", receipt=identities.receipt_number()))

    def _callback(self, prompt: Prompt, *, code: str, receipt: str) -> Post:
        stated = prompt.amount + outcomes.payer(prompt.msisdn).lie
        items: list[wire.Pair] = [
            ("Amount", wire.cents(stated)),
            ("MpesaReceiptNumber", receipt),
            ("Balance", wire.NO_VALUE),
            ("TransactionDate", identities.short_date(self._ground.clock())),
            ("PhoneNumber", int(prompt.msisdn)),
        ]
        return wire.express_callback(
            prompt.callback_url,
            shortcode=self._ground.config.shortcode,
            merchant_id=prompt.merchant_id,
            checkout_id=prompt.checkout_id,
            code=code,
            items=items if code == "0" else (),
        )
