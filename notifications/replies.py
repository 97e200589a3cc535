"""What people answer by SMS: `YES-AG-2026-000123` and the like, each tied to a party by the phone it came from.

A command without a deal, of a stranger, or that we do not know changes nothing and gets a helpful answer.
"""

import re
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from contracts import contact
from contracts.models import Contract, Event, Party
from notifications import announcements, codes, refusals, texts
from notifications.commands import HANDLERS, Command
from notifications.models import InboundMessage, Message
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.errors import Refusal
from voicepact.kernel.locking import claim

log = structlog.get_logger()
BATCH = 100
ATTEMPTS = 5
PATIENCE = timedelta(seconds=5)
DAY = timedelta(hours=24)
HELP_PER_DAY = 10
ASKING_FOR_WORDS = ("phone_changes", "phone_changes_to_this", "phone_changes_theirs", "pin_resets")
WORDS_COUNT = timedelta(days=2)  # after we asked for them
SHOWN_DEALS = 3
OVER = (Contract.Status.COMPLETED, Contract.Status.CANCELLED, Contract.Status.EXPIRED)
DEAL_ID = re.compile(r"[A-Z0-9-]{4,20}")
DASHES = str.maketrans("\u2010\u2011\u2013\u2014\u2212", "-----")  # what phones make of a dash
SPACE_BEFORE_DEAL = re.compile(r"^\s*(\w+)\s+(?=[a-z]+-\d{4}-\d)", re.IGNORECASE)


def read_due() -> int:
    """The SMS that were due have been read, acted upon and answered, a batch of them; returns how many were."""
    done = 0
    while done < BATCH and (read := _read_round(at_most=BATCH - done)):
        done += read
    if done == BATCH:
        nudge(Task.READ_REPLIES)
    return done


def _read_round(*, at_most: int) -> int:
    """Of each phone that has written, one SMS has been read; returns how many were."""
    return sum(map(_read_one, list(_next_in_line().values_list("pk", flat=True)[:at_most])))


def _next_in_line() -> QuerySet[InboundMessage]:
    """The SMS that are due, of each phone the oldest: its words are read in the order in which they came."""
    unread = InboundMessage.objects.filter(worked_at=None)
    ahead = unread.filter(phone=OuterRef("phone"), id__lt=OuterRef("id"))
    return unread.filter(~Exists(ahead), not_before__lte=now()).order_by("not_before", "id")


@transaction.atomic
def _read_one(message_id: int) -> bool:
    """The SMS has been worked, or put off; False if another worker has it."""
    message = claim(_next_in_line().filter(pk=message_id)).first()
    if message is None:
        return False
    message.attempts += 1
    try:
        with transaction.atomic():
            _read(message)
        message.worked_at = now()
    except Exception:  # one SMS that cannot be worked must not stop the others
        log.exception("an SMS could not be worked", inbound=message.pk)
        _put_off(message)
    worked = ["contract", "party", "command", "result", "needs_staff", "attempts", "not_before", "worked_at"]
    message.save(update_fields=[*worked, "text"])
    return True


def _put_off(message: InboundMessage) -> None:
    """It is read again later or, after the last attempt, waits for staff; whoever wrote it is told."""
    message.result = "our own fault: see the log"
    message.not_before = now() + PATIENCE * message.attempts
    if message.attempts >= ATTEMPTS:
        message.worked_at, message.needs_staff = now(), True
        _answer(message, "reply_our_fault")


def _read(message: InboundMessage) -> None:
    verb, deal, words = parse(message.text)
    message.command = verb if verb in HANDLERS else ""
    parties = Party.objects.filter(phone=message.phone)
    if not message.command and (asked := _asked_for_words(message.phone)):
        message.result, message.needs_staff, message.contract_id = "words for staff", True, asked.contract_id
        _answer_sparingly(message, "reply_for_staff", times=1)
    elif not parties.exists():
        message.result = "a stranger"
        _answer_sparingly(message, "reply_stranger", times=1)
    elif not message.command:
        message.result = "not a command"
        _answer_sparingly(message, "reply_help", times=HELP_PER_DAY)
    elif not deal:
        message.result = "no deal named"
        _say_which_deals(message)
    elif (party := parties.filter(contract_id=deal).first()) is None:
        message.result = "no such deal under this number"  # in the same words for somebody else's deal
        _answer(message, "reply_unknown_deal", deal=deal if DEAL_ID.fullmatch(deal) else "")
    else:
        _obey(message, Command(verb, party, words))


def _asked_for_words(phone: str) -> Message | None:
    """What we wrote to the phone lately that asks whoever has doubts to reply, in words that a person reads."""
    lately = Message.objects.filter(phone=phone, kind__in=ASKING_FOR_WORDS, created_at__gt=now() - WORDS_COUNT)
    return lately.order_by("-pk").first()


def parse(text: str) -> tuple[str, str, str]:
    """Verb, deal and words of a reply: `accept-ag-2026-000123 thanks` is `ACCEPT`, `AG-2026-000123`, `thanks`."""
    head, dash, rest = SPACE_BEFORE_DEAL.sub(r"\1-", text.translate(DASHES)).partition("-")
    if not dash:
        return (head.split() or [""])[0].upper(), "", ""
    deal, words = [*rest.split(maxsplit=1), "", ""][:2]
    return head.strip().upper(), *codes.unstick(deal.upper().rstrip(".,;!"), words.strip())


def _obey(message: InboundMessage, command: Command) -> None:
    """The command has been carried out, or refused and nothing changed; its sender reads which."""
    contract_id, party = command.deal, command.party
    message.contract_id, message.party = contract_id, party
    chain = Event.objects.filter(chain=contract_id)
    before = chain.aggregate(last=Max("serial"))["last"]
    try:
        with transaction.atomic():
            if codes.stops(message, command):
                return
            reply = HANDLERS[command.verb](command)
    except Refusal as refusal:
        message.result = f"refused: {refusal.code}"
        _queue(message, "reply_refused", refusals.words(refusal, command), language=party.language)
        return
    message.result, message.needs_staff = "done", reply.needs_staff
    events = chain.filter(serial__gt=before).select_related("contract")
    if not any(announcements.will_hear(party, event) for event in events):
        _answer(message, reply.text, **texts.about(Contract.objects.get(pk=contract_id), language=party.language))


# --- answers ----------------------------------------------------------------------------------------------------------


def _say_which_deals(message: InboundMessage) -> None:
    """The exact reply to send, for up to three of the phone's open deals."""
    mine = Contract.objects.filter(parties__phone=message.phone).exclude(status__in=OVER).order_by("-created_at")
    deals = list(mine.values_list("pk", flat=True)[:SHOWN_DEALS])
    if deals:
        _answer(message, "reply_which_deal", replies=[f"{message.command}-{deal}" for deal in deals])
    else:
        _answer(message, "reply_no_open_deal")


def _answer_sparingly(message: InboundMessage, name: str, *, times: int) -> None:
    """At most so many times in 24 hours, so that two machines never talk to each other for ever."""
    told = Message.objects.filter(phone=message.phone, kind=name, created_at__gt=now() - DAY)
    if told.count() < times:
        _answer(message, name)


def _answer(message: InboundMessage, name: str, **context: Any) -> None:
    language = message.party.language if message.party else contact.language_of(message.phone)
    _queue(message, name, texts.render(name, language=language, **context), language=language)


def _queue(message: InboundMessage, kind: str, text: str, *, language: str) -> None:
    Message.objects.create(
        contract_id=message.contract_id,
        party=message.party,
        kind=kind,
        phone=message.phone,
        language=language,
        text=text,
    )
    nudge(Task.SEND)
