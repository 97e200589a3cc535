"""What is veiled everywhere else, shown once to a member of staff who says why: each view of it is written down.

The event names the row and never the number; who looked, from where and why is kept as an act of staff.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models, transaction
from django.http import HttpRequest

from contracts import audit
from contracts.models import Contract, Party
from notifications.models import DeliveryReport, InboundMessage, Message
from payments.approvals import staff_actor
from payments.models import Callback, Deposit, Payment, Transfer
from voicepact.console.acts import note, subject_of
from voicepact.console.rights import REVEAL_PHONE, SEE_RAW
from voicepact.kernel.api.decimals import encode
from voicepact.kernel.display import without_tokens
from voicepact.kernel.models import User

REVEALED = "phone.revealed"


@dataclass(frozen=True, slots=True)
class Secret:
    """Something of a row that only this view of it shows: a title, and the text as it is."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What of the rows of one model is shown to those with the right, behind a button with the words `act`."""

    name: str
    act: str
    icon: str
    right: str
    secrets: Callable[..., list[Secret]]


def reveal(request: HttpRequest, row: models.Model, *, shown: str, reason: str) -> None:
    """It is written down for good that this member of staff saw `shown` of the row."""
    user = request.user
    assert isinstance(user, User), "only staff who have signed in see anything"
    payload = {"subject": subject_of(row), "shown": shown}
    with transaction.atomic():
        event = audit.record(REVEALED, contract=contract_of(row), actor=staff_actor(user), payload=payload)
        note(request, REVEALED, row, reason=reason, event=event)


def contract_of(row: models.Model) -> Contract | None:
    """The deal that the row belongs to, if it belongs to one."""
    if isinstance(row, Callback):
        return contract_of(row.transfer) if row.transfer else None
    if isinstance(row, Transfer):
        return row.payment.contract if row.payment else None
    if isinstance(row, DeliveryReport):
        message = Message.objects.filter(provider_id=row.provider_id).select_related("contract").first()
        return message.contract if message else None
    found = getattr(row, "contract", None)
    return found if isinstance(found, Contract) else None


# --- what there is to see ---------------------------------------------------------------------------------------------


def _number(row: Party | Transfer | Deposit | Message) -> list[Secret]:
    return _known(Secret("Phone", row.phone))


def _numbers(payment: Payment) -> list[Secret]:
    return _known(Secret("Payer", payment.payer_phone), Secret("Recipient", payment.recipient_phone))


def _sender(message: InboundMessage) -> list[Secret]:
    """With what was written: people write numbers at which they want to be called."""
    return _known(Secret("Phone", message.phone), Secret("Text", message.text))


def _known(*secrets: Secret) -> list[Secret]:
    return [secret for secret in secrets if secret.text]


def _body(callback: Callback) -> list[Secret]:
    return [Secret("As it came", without_tokens(callback.body))]


def _raw(row: InboundMessage | DeliveryReport) -> list[Secret]:
    return [Secret("As it came", without_tokens(encode(row.raw)))]


def _sight_of_number(secrets: Callable[..., list[Secret]]) -> Sight:
    return Sight("number", "Show the number", "visibility", REVEAL_PHONE, secrets)


def _sight_of_raw(secrets: Callable[..., list[Secret]]) -> Sight:
    return Sight("raw", "Show it as it came", "data_object", SEE_RAW, secrets)


SIGHTS: dict[type[models.Model], tuple[Sight, ...]] = {
    Party: (_sight_of_number(_number),),
    Payment: (_sight_of_number(_numbers),),
    Transfer: (_sight_of_number(_number),),
    Deposit: (_sight_of_number(_number),),
    Message: (_sight_of_number(_number),),
    InboundMessage: (_sight_of_number(_sender), _sight_of_raw(_raw)),
    DeliveryReport: (_sight_of_raw(_raw),),
    Callback: (_sight_of_raw(_body),),
}
