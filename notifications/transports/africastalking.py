"""Africa's Talking: SMS through its own SDK.

Source of the wire: Africa's Talking's SMS documentation and recorded answers; status codes 100, 101 and 102 are
acceptance, an invalid sender is HTTP 201 with no recipients, and errors are plain text.
"""

from decimal import Decimal
from typing import Any

import requests
from africastalking.Service import AfricasTalkingException
from africastalking.SMS import SMSService
from django.conf import settings

from notifications import texts
from notifications.transports.base import NotAccepted, PerhapsSent, Sent, TryLater
from voicepact.kernel.http import never_connected
from voicepact.kernel.money import Money

ACCEPTED = frozenset({100, 101, 102})
LATER = frozenset({405, 407, 500, 501, 502})
ACTIONS = {"received": "payment_received", "released": "payment_released"}


class AfricasTalkingClient:
    """One account at Africa's Talking, or the simulator that stands in for it."""

    def __init__(self) -> None:
        self._sms = SMSService(settings.AT_USERNAME, settings.AT_API_KEY)
        if settings.AT_ENVIRONMENT == "simulator":
            self._sms._baseUrl = f"{settings.SIMULATOR_URL}/version1"

    def send(self, *, phone: str, text: str) -> Sent:
        """The provider has taken one SMS to `phone` (E.164). Raises NotAccepted, TryLater, PerhapsSent."""
        try:
            answer = self._sms.send(text, [phone], sender_id=settings.AT_SENDER_ID or None)
        except AfricasTalkingException as error:
            raise TryLater(str(error)[:100]) from error
        except requests.RequestException as error:
            if never_connected(error):
                raise TryLater("the provider cannot be reached") from error
            raise PerhapsSent(type(error).__name__) from error
        return _read(answer)

    def generate_payment_sms(
        self,
        contract_id: str,
        amount: Decimal | float | str,
        currency: str,
        action: str,
        *,
        recipient_phone: str = "",
        transaction_id: str = "",
    ) -> str:
        """The text of a payment's SMS; `action` is `received` or `released`, which also names recipient and
        transaction.

        Raises KeyError for another action.
        """
        money = Money(Decimal(str(amount)), currency)
        return texts.render(
            ACTIONS[action],
            language="en",
            deal=contract_id,
            amount_with_cents=money.with_cents(),
            moved_released=money,
            recipient=recipient_phone,
            transaction_id=transaction_id,
        )


def _read(answer: Any) -> Sent:
    data = answer.get("SMSMessageData") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise PerhapsSent("the provider's answer cannot be read")
    recipients = data.get("Recipients")
    if not recipients:
        raise NotAccepted(str(data.get("Message"))[:100])
    first = recipients[0]
    code = first.get("statusCode")
    if code in ACCEPTED:
        return Sent(provider_id=str(first.get("messageId", ""))[:100], cost=str(first.get("cost", ""))[:20])
    words = f"{code} {first.get('status', '')}"[:100]
    raise TryLater(words) if code in LATER else NotAccepted(words)
