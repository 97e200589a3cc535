"""Africa's Talking's SMS: out to phones with delivery reports, and in from phones to the application."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from voicepact.simulator import accounts, identities, outcomes
from voicepact.simulator.fields import MSISDN
from voicepact.simulator.ground import Ground
from voicepact.simulator.jobs import Post
from voicepact.simulator.messages import Message, Messages, SentMessage
from voicepact.simulator.purses import Standing
from voicepact.simulator.refusals import PlainRefused

PRICE = Decimal("0.8000")
SHARED_SENDER = "AFRICASTKNG"
SAFARICOM = "63902"
ACCEPTED = 101
STATUS = {
    101: "Success",
    401: "RiskHold",
    403: "InvalidPhoneNumber",
    404: "UnsupportedNumberType",
    405: "InsufficientBalance",
    406: "UserInBlacklist",
    407: "CouldNotRoute",
    409: "DoNotDisturbRejection",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Recipient:
    """One number's answer; `status_code` as Africa's Talking numbers them: 101 sent, others in `STATUS`."""

    number: str
    status_code: int
    status: str
    cost: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Sent:
    """`is_late` where the answer takes longer than its reader waits."""

    message: str
    recipients: tuple[Recipient, ...]
    is_late: bool = False


class Messaging:
    def __init__(self, ground: Ground, messages: Messages) -> None:
        self._ground = ground
        self._messages = messages

    def send(self, form: Mapping[str, str], *, api_key: str) -> Sent:
        """The text is on every phone named in it, and a delivery report about each is on its way.

        Raises PlainRefused for a wrong key and a missing field.
        """
        self._check(form, api_key=api_key)
        config = self._ground.config
        sender = form.get("from", "")
        ours = {config.at_sender_id, config.at_second_sender_id} - {""}
        if sender and ours and sender not in ours:
            return Sent("InvalidSenderId", ())
        with self._ground.books.transaction():
            numbers = [number.strip() for number in form["to"].split(",")]
            answers = tuple(self._deliver(number, form["message"], sender or SHARED_SENDER) for number in numbers)
        accepted = sum(answer.status_code == ACCEPTED for answer in answers)
        return Sent(
            f"Sent to {accepted}/{len(answers)} Total Cost: KES {accepted * PRICE} Message parts: 1",
            answers,
            is_late=any(outcomes.texted(_msisdn(number)).answered_late for number in numbers),
        )

    def receive(self, msisdn: str, text: str) -> str:
        """The phone's text is on its way to the application, until heard; returns the id that it bears."""
        receiver = self._ground.config.at_sender_id or SHARED_SENDER
        message = SentMessage(str(uuid.uuid4()), msisdn, receiver, text, self._ground.clock())
        fields = {
            "from": f"+{msisdn}",
            "to": receiver,
            "text": text,
            "date": f"{message.at:%Y-%m-%d %H:%M:%S}",
            "id": message.id,
            "linkId": str(uuid.uuid4()),
            "networkCode": SAFARICOM,
        }
        with self._ground.books.transaction():
            self._messages.add_sent(message)
            self._ground.mail.send_until_heard(self._post("inbound", fields))
        return message.id

    def _check(self, form: Mapping[str, str], *, api_key: str) -> None:
        accounts.check(self._ground.config, username=form.get("username"), api_key=api_key)
        for name in ("to", "message"):
            if not form.get(name):
                raise PlainRefused(f"Request is missing required form field '{name}'", http=400)

    def _deliver(self, number: str, text: str, sender: str) -> Recipient:
        msisdn = _msisdn(number)
        if not number.startswith("+") or not MSISDN.fullmatch(msisdn):
            return _refused(number, 403)
        fate = outcomes.texted(msisdn)
        if fate.status_code != ACCEPTED:
            return _refused(number, fate.status_code)
        message = Message(identities.message_id(), msisdn, sender, text, self._ground.clock())
        exists = self._ground.purses.read(msisdn).standing is not Standing.UNKNOWN
        failure = fate.failure if exists else "UserDoesNotExist"
        if not failure:
            self._messages.add(message)
        self._report(message, failure=failure, copies=fate.reports)
        return Recipient(number, ACCEPTED, STATUS[ACCEPTED], f"KES {PRICE}", message.id)

    def _report(self, message: Message, *, failure: str, copies: int) -> None:
        fields = {
            "id": message.id,
            "status": "Failed" if failure else "Success",
            "phoneNumber": f"+{message.msisdn}",
            "networkCode": SAFARICOM,
            "retryCount": "0",
        }
        if failure:
            fields["failureReason"] = failure
        self._ground.mail.send(self._post("delivery", fields), after=self._ground.config.delay, copies=copies)

    def _post(self, kind: str, fields: Mapping[str, str]) -> Post:
        config = self._ground.config
        return Post(f"{config.public_url}/api/v1/sms/{kind}/{config.callback_secret}", urlencode(fields), FORM)


def _msisdn(number: str) -> str:
    return number.removeprefix("+")


def _refused(number: str, code: int) -> Recipient:
    return Recipient(number, code, STATUS[code], "0", "None")
