"""What people answer by SMS: `YES-AG-2026-000123` and the like, each tied to a party by the phone it came from.

Only a whole command about a deal of that phone is obeyed. What is nearly one changes nothing, and is answered with the
exact reply to send; what is none waits for staff, and so do words that somebody has added to a command.
A stranger hears nothing of anybody's deals.
"""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from contracts import contact
from contracts.models import Contract, Event, Party
from notifications import (
    announcements,
    codes,
    inquiries,
    optouts,
    overtaken,
    parsing,
    pins,
    portions,
    possible,
    refusals,
    texts,
)
from notifications.commands import HANDLERS, Command
from notifications.models import InboundMessage, Message
from notifications.parsing import OF_THE_PHONE, QUESTIONS, Reading, Sense
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
UNCLEAR_PER_DAY = 3
ASKING_FOR_WORDS = ("phone_changes", "phone_changes_to_this", "phone_changes_theirs", "pin_resets")
WORDS_COUNT = timedelta(days=2)  # after we asked for them
ANSWERS = {"STATUS": ("reply_status", inquiries.status), "STATEMENT": ("reply_statement", inquiries.statement)}


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
            codes.conceal(message)
            pins.conceal(message)
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
    _take(message)
    if message.needs_staff and message.party is None and (party := _of_the_deal_named(message)):
        message.contract_id, message.party = party.contract_id, party


def _of_the_deal_named(message: InboundMessage) -> Party | None:
    """The phone's part in the one deal that its words name: they wait for staff on that deal's page."""
    return Party.objects.filter(phone=message.phone, contract_id=parsing.only_deal(message.text)).first()


def _take(message: InboundMessage) -> None:
    """The SMS has been obeyed or answered, or waits for staff.

    Of words that wait the answers count per phone: whoever names one deal after another gets no more of them.
    """
    reading = portions.settled(parsing.read(message.text), message.phone)
    message.command = reading.word if reading.sense in (Sense.EXACT, Sense.MEANT) else ""
    parties = Party.objects.filter(phone=message.phone)
    if not _is_whole(reading) and (asked := _asked_for_words(message.phone)):
        message.result, message.needs_staff, message.contract_id = "words for staff", True, asked.contract_id
        _answer_sparingly(message, "reply_for_staff", times=1)
    elif not parties.exists():
        message.result = "a stranger"
        _answer_sparingly(message, "reply_stranger", times=1, language=reading.language, ussd=settings.AT_USSD_CODE)
    elif not message.command and not reading.talk:
        message.result = "no words"
        _help(message)
    elif not message.command:
        message.result, message.needs_staff = f"not a command: {reading.sense}", True
        _say_who_reads(message, reading)
    elif reading.verb in OF_THE_PHONE:
        _serve_phone(message, reading)
    elif reading.sense == Sense.EXACT and (party := _meant(message.phone, reading)):
        _work(message, reading, party)
    else:
        message.result = "asked back"
        message.needs_staff = not _ask_back(message, reading) and reading.talk


def _is_whole(reading: Reading) -> bool:
    """Whether it is a command that needs nothing besides: `NO` alone is none, and may answer what we asked."""
    return reading.sense == Sense.EXACT and bool(reading.deal or reading.verb in (*QUESTIONS, *OF_THE_PHONE))


def _meant(phone: str, reading: Reading) -> Party | None:
    """The party of the deal that the command names; of the only one there is, where it names none and only asks."""
    if reading.deal:
        return Party.objects.filter(phone=phone, contract_id=reading.deal).first()
    if reading.verb not in QUESTIONS or reading.half:
        return None
    mine = possible.open_deals(phone)
    newest = Party.objects.filter(phone=phone).order_by("-contract__created_at").first()
    return newest if not mine else mine[0] if len(mine) == 1 else None


def _work(message: InboundMessage, reading: Reading, party: Party) -> None:
    """The command of this party has been obeyed or refused, or its question answered."""
    if reading.verb in QUESTIONS:
        message.contract_id, message.party, message.result = party.contract_id, party, InboundMessage.DONE
        kind, answer = ANSWERS[reading.verb]
        _queue(message, kind, answer(party), language=party.language)
    elif overtaken.is_overtaken(message, party, reading.verb):
        message.contract_id, message.party, message.result = party.contract_id, party, "overtaken by later words"
        _ask_back(message, reading)
    else:
        _obey(message, Command(reading.verb, party, reading.words))


def _serve_phone(message: InboundMessage, reading: Reading) -> None:
    """What the phone asked for besides its deals has been done, if it was said exactly, or is asked back.

    Words besides a cry for help wait for staff, and so does what may be a cry about a number or PIN that changes.
    """
    language = contact.language_of(message.phone)
    may_answer_us = reading.verb in ("HELP", "STOP") and _asked_for_words(message.phone) is not None
    message.result, message.needs_staff = InboundMessage.DONE, reading.talk or may_answer_us
    if reading.verb == "HELP":
        _help(message)
    elif reading.sense != Sense.EXACT:
        told = _answer_sparingly(message, "reply_exactly", times=HELP_PER_DAY, **_exactly(reading, language))
        message.result, message.needs_staff = "asked back", may_answer_us or (reading.talk and not told)
    elif reading.verb == "LANGUAGE":
        contact.speaks(message.phone, reading.words)
        _answer(message, "reply_language")
    elif reading.verb == "STOP":
        optouts.stop(message.phone)
        _answer(message, "reply_stopped")
    else:
        optouts.start(message.phone)
        _answer(message, "reply_started")


def _help(message: InboundMessage) -> None:
    replies = inquiries.exact_replies(message.phone, contact.language_of(message.phone))
    _answer_sparingly(message, "reply_help", times=HELP_PER_DAY, replies=replies, ussd=settings.AT_USSD_CODE)


def _exactly(reading: Reading, language: str) -> dict[str, Any]:
    word = reading.word if reading.language == language else parsing.word_in(reading.verb, language)
    choices = [f"{word} EN", f"{word} SW"] if reading.verb == "LANGUAGE" else [word]
    return {"replies": choices, "with_reason": False}


def _asked_for_words(phone: str) -> Message | None:
    """What we wrote to the phone lately that asks whoever has doubts to reply, in words that a person reads."""
    lately = Message.objects.filter(phone=phone, kind__in=ASKING_FOR_WORDS, created_at__gt=now() - WORDS_COUNT)
    return lately.order_by("-pk").first()


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
    message.result, message.needs_staff = InboundMessage.DONE, reply.needs_staff
    events = chain.filter(serial__gt=before).select_related("contract")
    if not any(announcements.will_hear(party, event) for event in events):
        contract = Contract.objects.get(pk=contract_id)
        about = texts.about(contract, language=party.language, reader=party)
        about["may_withdraw"] = possible.makes_sense("WITHDRAW", contract, party)
        _answer_sparingly(message, reply.text, times=HELP_PER_DAY, **about)


# --- answers ----------------------------------------------------------------------------------------------------------


def _ask_back(message: InboundMessage, reading: Reading) -> bool:
    """Its sender reads the exact reply to send, for up to three deals in which it makes sense now.

    Returns whether that answers the words besides the command too, as it does of a quantity.
    """
    if choice := portions.offered(reading, message.phone):
        return _answer_sparingly(message, "reply_how_much", times=HELP_PER_DAY, **choice)
    if deals := possible.deals_for(reading.verb, message.phone):
        replies = [f"{reading.word}-{deal}" for deal in deals]
        why = reading.verb == "DISPUTE"
        _answer_sparingly(message, "reply_exactly", times=HELP_PER_DAY, replies=replies, with_reason=why)
    elif possible.open_deals(message.phone):
        _answer_sparingly(message, "reply_not_now", times=HELP_PER_DAY, word=reading.word)
    else:
        _answer_sparingly(message, "reply_no_open_deal", times=HELP_PER_DAY)
    return False


def _say_who_reads(message: InboundMessage, reading: Reading) -> None:
    """Its sender reads that staff will, and how such words are added to the dispute where the deal named has one."""
    party = _of_the_deal_named(message) if reading.sense == Sense.OTHER else None
    if party and possible.adds_words(party.contract, party):
        _answer_sparingly(message, "reply_in_dispute", times=UNCLEAR_PER_DAY, deal=party.contract_id)
    else:
        _answer_sparingly(message, "reply_unclear", times=UNCLEAR_PER_DAY)


def _answer_sparingly(message: InboundMessage, name: str, *, times: int, language: str = "", **context: Any) -> bool:
    """At most so many times in 24 hours about the same deal, so that two machines never talk to each other for ever.

    Returns whether it was answered.
    """
    lately = Message.objects.filter(phone=message.phone, kind=name, created_at__gt=now() - DAY)
    if lately.filter(contract=message.contract_id).count() >= times:
        return False
    _answer(message, name, language=language, **context)
    return True


def _answer(message: InboundMessage, name: str, *, language: str = "", **context: Any) -> None:
    language = language or (message.party.language if message.party else contact.language_of(message.phone))
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
