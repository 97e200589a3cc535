"""What people answer by SMS: `YES-AG-2026-000123` and the like, each tied to a party by the phone it came from.

A command without a deal, of a stranger, or that we do not know changes nothing and gets a helpful answer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import transaction

from contracts import agreements, disputes
from contracts.audit import party_actor
from contracts.errors import WrongState
from contracts.models import Contract, Party
from notifications import texts
from notifications.gsm import ONE_SMS, cut
from notifications.models import InboundMessage, Message
from payments import escrow
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.errors import Refusal
from voicepact.kernel.locking import claim

log = structlog.get_logger()
CHANNEL = "sms"
BATCH = 100
ATTEMPTS = 5
PATIENCE = timedelta(seconds=5)
STRANGER_SILENCE = timedelta(hours=24)
SHOWN_DEALS = 3
OVER = (Contract.Status.COMPLETED, Contract.Status.CANCELLED, Contract.Status.EXPIRED)
DEAL_ID = re.compile(r"[A-Z0-9-]{4,20}")


@dataclass(frozen=True, slots=True)
class Command:
    """One party's word about one deal; `words` is what followed the deal's id."""

    verb: str
    party: Party
    words: str

    @property
    def deal(self) -> str:
        return self.party.contract_id


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer: the name of a text, empty when an announcement tells the same person in the same moment."""

    text: str = ""
    needs_staff: bool = False


def _yes(command: Command) -> Reply:
    contract = agreements.agree(command.deal, phone=command.party.phone, channel=CHANNEL)
    return Reply("" if contract.status == Contract.Status.CONFIRMED else "reply_agreed")


def _no(command: Command) -> Reply:
    agreements.decline(command.deal, phone=command.party.phone, channel=CHANNEL)
    return Reply()


def _pay(command: Command) -> Reply:
    contract = Contract.objects.get(pk=command.deal)
    actor = party_actor(command.party, CHANNEL)
    escrow.open_checkout(contract.pk, phone=command.party.phone, money=contract.money, actor=actor)
    return Reply("reply_prompt_coming")


def _delivered(command: Command) -> Reply:
    contract = escrow.deliver(command.deal, phone=command.party.phone, channel=CHANNEL)
    return Reply(_by_state(contract, completed="reply_paying_you", waiting="reply_delivered"))


def _accept(command: Command) -> Reply:
    contract = escrow.accept(command.deal, phone=command.party.phone, channel=CHANNEL)
    return Reply(_by_state(contract, completed="reply_paying_seller", waiting="reply_accepted"))


def _by_state(contract: Contract, *, completed: str, waiting: str) -> str:
    if contract.status == Contract.Status.DISPUTED:
        return "reply_noted_in_dispute"
    return completed if contract.status == Contract.Status.COMPLETED else waiting


def _dispute(command: Command) -> Reply:
    try:
        disputes.open_dispute(command.deal, phone=command.party.phone, reason=command.words, channel=CHANNEL)
    except WrongState:
        if Contract.objects.get(pk=command.deal).status == Contract.Status.COMPLETED:
            return Reply("reply_dispute_too_late", needs_staff=True)
        raise
    return Reply()


def _cancel(command: Command) -> Reply:
    awaiting = escrow.cancel(command.deal, phone=command.party.phone, channel=CHANNEL)
    return Reply("reply_seller_asked" if awaiting else "")


HANDLERS: dict[str, Callable[[Command], Reply]] = {
    "YES": _yes,
    "NO": _no,
    "PAY": _pay,
    "LIPA": _pay,
    "DELIVERED": _delivered,
    "ACCEPT": _accept,
    "DISPUTE": _dispute,
    "CANCEL": _cancel,
}


def read_due() -> int:
    """Every SMS that was due has been read, acted upon and answered; returns how many were."""
    done = 0
    while done < BATCH and _read_next():
        done += 1
    return done


@transaction.atomic
def _read_next() -> bool:
    due = InboundMessage.objects.filter(worked_at=None, not_before__lte=now()).order_by("not_before", "id")
    message = claim(due).first()
    if message is None:
        return False
    try:
        with transaction.atomic():
            _read(message)
        message.worked_at = now()
    except Exception:  # one SMS that cannot be worked must not stop the others
        log.exception("an SMS could not be worked", inbound=message.pk)
        message.attempts += 1
        message.not_before = now() + PATIENCE * message.attempts
        if message.attempts >= ATTEMPTS:
            message.worked_at, message.needs_staff, message.result = now(), True, "our own fault: see the log"
    message.save()
    return True


def _read(message: InboundMessage) -> None:
    verb, deal, words = parse(message.text)
    message.command = verb if verb in HANDLERS else ""
    parties = Party.objects.filter(phone=message.phone)
    if not parties.exists():
        _answer_stranger(message)
    elif not message.command:
        message.result, message.needs_staff = "not a command", True
        _answer(message, texts.render("reply_help", language=_language(message.phone)))
    elif not deal:
        message.result = "no deal named"
        _answer(message, _which_deal(message))
    else:
        party = parties.select_related("contract").filter(contract_id=deal).first()
        _obey(message, Command(verb, party, words)) if party else _answer_unknown_deal(message, deal)


def parse(text: str) -> tuple[str, str, str]:
    """Verb, deal and words of a reply: `accept-ag-2026-000123 thanks` is `ACCEPT`, `AG-2026-000123`, `thanks`."""
    head, dash, rest = text.strip().partition("-")
    if not dash:
        return head.strip().upper(), "", ""
    deal, _, words = rest.strip().partition(" ")
    return head.strip().upper(), deal.upper().rstrip(".,;!"), words.strip()


def _obey(message: InboundMessage, command: Command) -> None:
    message.contract, message.party = command.party.contract, command.party
    try:
        with transaction.atomic():
            reply = HANDLERS[command.verb](command)
    except Refusal as refusal:
        message.result = f"refused: {refusal.code}"
        _answer(message, cut(refusal.detail, ONE_SMS))
        return
    message.result, message.needs_staff = "done", reply.needs_staff
    if reply.text:
        contract = Contract.objects.get(pk=command.deal)
        _answer(message, texts.render(reply.text, language=command.party.language, **texts.about(contract)))


def _which_deal(message: InboundMessage) -> str:
    """The exact reply to send, for up to three of the phone's open deals."""
    mine = Contract.objects.filter(parties__phone=message.phone).exclude(status__in=OVER).order_by("-created_at")
    deals = list(mine.values_list("pk", flat=True)[:SHOWN_DEALS])
    name = "reply_which_deal" if deals else "reply_no_open_deal"
    replies = [f"{message.command}-{deal}" for deal in deals]
    return texts.render(name, language=_language(message.phone), replies=replies, command=message.command)


def _answer_unknown_deal(message: InboundMessage, deal: str) -> None:
    """The same words for a deal that does not exist and for somebody else's."""
    message.result = "no such deal under this number"
    shown = deal if DEAL_ID.fullmatch(deal) else ""
    _answer(message, texts.render("reply_unknown_deal", language=_language(message.phone), deal=shown))


def _answer_stranger(message: InboundMessage) -> None:
    """One answer in 24 hours, so that two machines never talk to each other for ever."""
    message.result = "a stranger"
    told = Message.objects.filter(phone=message.phone, kind="reply_stranger")
    if not told.filter(created_at__gt=now() - STRANGER_SILENCE).exists():
        _queue(message, "reply_stranger", texts.render("reply_stranger", language=texts.FALLBACK))


def _answer(message: InboundMessage, text: str) -> None:
    _queue(message, "reply", text)


def _queue(message: InboundMessage, kind: str, text: str) -> None:
    Message.objects.create(contract=message.contract, party=message.party, kind=kind, phone=message.phone, text=text)
    nudge(Task.SEND)


def _language(phone: str) -> str:
    newest = Party.objects.filter(phone=phone).order_by("-pk").values_list("language", flat=True).first()
    return newest or texts.FALLBACK
