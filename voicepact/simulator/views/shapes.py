"""The things of this world as the control calls write them in JSON."""

from datetime import datetime

from voicepact.simulator.faults import Faults
from voicepact.simulator.messages import Message, SentMessage
from voicepact.simulator.movements import Movement
from voicepact.simulator.phones import Phone
from voicepact.simulator.prompts import Prompt
from voicepact.simulator.recent import RecentPhone
from voicepact.simulator.ussd import Session

Shape = dict[str, object]


def phone(msisdn: str, phone: Phone) -> Shape:
    return {
        "msisdn": msisdn,
        "balance": phone.purse.balance,
        "bottomless": phone.purse.bottomless,
        "standing": phone.purse.standing,
        "prompts": [prompt(one) for one in phone.prompts],
        "messages": [_message(one) for one in phone.messages],
        "sent": [_sent(one) for one in phone.sent],
        "movements": [movement(one) for one in phone.movements],
        "ussd": _session(phone.session) if phone.session else None,
    }


def prompt(prompt: Prompt) -> Shape:
    """`expires_at` is when the network stops waiting for an answer, null once there is one."""
    return {
        "id": prompt.checkout_id,
        "amount": prompt.amount,
        "account_reference": prompt.reference,
        "status": prompt.status,
        "at": time(prompt.made_at),
        "expires_at": time(prompt.expires_at) if prompt.expires_at else None,
    }


def movement(movement: Movement) -> Shape:
    return {
        "receipt": movement.receipt,
        "kind": movement.kind,
        "from": movement.payer,
        "to": movement.payee,
        "amount": movement.amount,
        "reference": movement.reference,
        "at": time(movement.at),
    }


def recent(phone: RecentPhone) -> Shape:
    return {"msisdn": phone.msisdn, "at": time(phone.at), "pays": phone.pays}


def faults(faults: Faults) -> dict[str, float]:
    return {name: getattr(faults, name) for name in Faults.__dataclass_fields__}


def time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"


def _message(message: Message) -> Shape:
    return {"id": message.id, "from": message.sender, "text": message.text, "at": time(message.at)}


def _sent(message: SentMessage) -> Shape:
    return {"id": message.id, "to": message.receiver, "text": message.text, "at": time(message.at)}


def _session(session: Session) -> Shape:
    """`silent_at` is when the network ends it for lack of input; `ending` stays empty as long as it goes on."""
    return {
        "session": session.name,
        "text": session.text,
        "screen": session.screen,
        "ending": session.ending,
        "silent_at": time(session.silent_at) if session.silent_at else None,
    }
