"""Africa's Talking: SMS through its own SDK.

Source of the wire: Africa's Talking's SMS documentation and recorded answers; status codes 100, 101 and 102 are
acceptance, an invalid sender is HTTP 201 with no recipients, and a request that is refused as a whole gets HTTP 4xx
with a sentence in plain text.
"""

import re
from decimal import Decimal
from typing import Any

import requests
from africastalking.Service import DEFAULT_TIMEOUT_S
from africastalking.SMS import SMSService
from django.conf import settings

from notifications import texts
from notifications.transports.base import NotAccepted, PerhapsSent, Sent, TryLater, WrongSender
from voicepact.kernel.http import never_connected
from voicepact.kernel.money import Money

SANDBOX = "sandbox"  # the account by whose name the SDK knows the sandbox
ACCEPTED = frozenset({"100", "101", "102"})
LATER = frozenset({"405", "407", "500", "501", "502"})
WRONG_SENDER, WRONG_SENDER_CODE = "InvalidSenderId", "402"
COST = re.compile(r"([A-Z]{3}) (\d{1,6}(?:\.\d{1,4})?)")
ACTIONS = {"received": "payment_received", "released": "payment_released"}


class Answered(Exception):
    """The provider's answer was no 2xx."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"HTTP {status}: {words}"[:100])
        self.status = status


class Service(SMSService):  # type: ignore[misc]
    """The SDK's SMS, which else drops the status of an answer that it does not like: it says what became of the SMS."""

    def _make_request(
        self, url: str, method: str, headers: Any, data: Any, params: Any, callback: Any = None, timeout: Any = None
    ) -> Any:
        answer = requests.request(
            method=method,
            url=url,
            headers=headers,
            data=data,
            params=params,
            timeout=timeout or DEFAULT_TIMEOUT_S,
            allow_redirects=False,
        )
        if not 200 <= answer.status_code < 300:
            raise Answered(answer.status_code, answer.text)
        return answer.json()


class AfricasTalkingClient:
    """One account at Africa's Talking, or the simulator that stands in for it."""

    def __init__(self) -> None:
        username = SANDBOX if settings.AT_ENVIRONMENT == SANDBOX else settings.AT_USERNAME
        self._sms = Service(username, settings.AT_API_KEY)
        if settings.AT_ENVIRONMENT == "simulator":
            self._sms._baseUrl = f"{settings.SIMULATOR_URL}/version1"

    def send(self, *, phone: str, text: str, sender: str) -> Sent:
        """The provider has taken one SMS to `phone` (E.164), by its own sender where `sender` is empty.

        Raises NotAccepted, of which WrongSender is one, TryLater, PerhapsSent.
        """
        try:
            answer = self._sms.send(text, [phone], sender_id=sender or None)
        except Answered as error:
            refused = 400 <= error.status < 500
            raise (TryLater if refused else PerhapsSent)(str(error)) from error
        except requests.RequestException as error:
            if never_connected(error):
                raise TryLater("the provider cannot be reached") from error
            raise PerhapsSent(type(error).__name__) from error
        except ValueError as error:  # the SDK finds that this is no phone number
            raise NotAccepted("not a phone number") from error
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
        """The text of a payment's SMS, for `action` `received` or `released`.

        `released` also names the recipient and the transaction; a line whose value is not given is left out. Raises
        ValueError for another action.
        """
        if action not in ACTIONS:
            raise ValueError(f"There is no SMS for a payment {action!r}; choose {' or '.join(ACTIONS)}.")
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
    """The provider's answer about the one recipient of a message."""
    data = answer.get("SMSMessageData") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise PerhapsSent("the provider's answer cannot be read")
    recipients = data.get("Recipients")
    if recipients == []:
        why = str(data.get("Message"))[:100]
        raise (WrongSender if why == WRONG_SENDER else NotAccepted)(why)
    first = recipients[0] if isinstance(recipients, list) else None
    if not isinstance(first, dict):
        raise PerhapsSent("the provider's answer cannot be read")
    code = str(first.get("statusCode"))
    if code in ACCEPTED:
        return _sent(first)
    words = f"{code} {first.get('status', '')}"[:100]
    if code == WRONG_SENDER_CODE:
        raise WrongSender(words)
    raise TryLater(words) if code in LATER else NotAccepted(words)


def _sent(recipient: dict[str, Any]) -> Sent:
    provider_id = str(recipient.get("messageId", ""))[:100]
    cost = COST.match(str(recipient.get("cost", "")))
    return Sent(provider_id, Decimal(cost[2]), cost[1]) if cost else Sent(provider_id)
