"""Word of money that came to the Pay Bill (C2B), to whatever address is registered for it."""

from datetime import timedelta

from voicepact.simulator import identities, wire
from voicepact.simulator.ground import Ground
from voicepact.simulator.jobs import Post
from voicepact.simulator.movements import Movement
from voicepact.simulator.registrations import Registrations


class Confirmations:
    def __init__(self, ground: Ground, registrations: Registrations) -> None:
        self._ground = ground
        self._registrations = registrations

    def tell(
        self,
        collected: Movement,
        *,
        third_party_id: str = "",
        lie: int = 0,
        after: timedelta = timedelta(0),
        copies: int = 1,
    ) -> None:
        """The confirmation of this collection is on its way, and perhaps a stranger's; `lie` is added to its amount.

        Nothing happens where no address is registered.
        """
        registration = self._registrations.find()
        if registration is None:
            return
        url = registration.confirmation_url
        stranger = identities.receipt_number()
        self._ground.mail.forge(self._post(url, collected, receipt=stranger, amount=collected.amount))
        amount = collected.amount + lie
        post = self._post(url, collected, receipt=collected.receipt, amount=amount, third_party_id=third_party_id)
        self._ground.mail.send(post, after=after, copies=copies)

    def _post(self, url: str, collected: Movement, *, receipt: str, amount: int, third_party_id: str = "") -> Post:
        balance = self._ground.purses.read(self._ground.config.shortcode).balance
        return wire.pay_bill(
            url,
            receipt=receipt,
            shortcode=collected.payee,
            msisdn=collected.payer,
            amount=amount,
            reference=collected.reference,
            at=collected.at,
            balance=f"{balance}.00",
            third_party_id=third_party_id,
        )
