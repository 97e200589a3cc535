"""One-time codes by SMS: made, sent, and taken back from the phone that has them.

A code is kept nowhere. It follows from its row's salt and a key of this installation, and enters a text only when that
leaves for the network: the text that we keep has `****` in its place. So no list, page, export or second sending of
ours can show one, and nobody at the desk can speak for a party.
"""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from contracts.models import Contract, Party
from notifications import possible, proofs, texts
from notifications.commands import Command
from notifications.models import Code, InboundMessage, Message
from notifications.parsing import word_in
from voicepact.kernel.clock import now
from voicepact.kernel.crypto import get_crypto_service
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import lock

Purpose, End = Code.Purpose, Code.End
MASK = "****"
WIDE = ord("\uff10") - ord("0")  # from a digit to the wide one that some phones write
DAY = timedelta(hours=24)
DIGITS = {Purpose.ACCEPT: 4, Purpose.CANCEL: 4, Purpose.PIN: 6}
ASKING = {Purpose.ACCEPT: "reply_code_accept", Purpose.CANCEL: "reply_code_cancel"}


class Verdict(StrEnum):
    """What a number that was given for a code is."""

    RIGHT = "right"
    WRONG = "wrong"
    VOID = "void"  # wrong, and the code is good for nothing any more
    NONE = "none"  # no code waits: none was sent, or it is too old, used or void


# --- making and sending -----------------------------------------------------------------------------------------------


def send(purpose: Code.Purpose, kind: str, *, phone: str, party: Party | None, language: str, **context: Any) -> bool:
    """A new code is on its way to the phone in the text `kind`, and the one before is good for nothing.

    False, and nothing is changed, when the phone was sent as many as it may be in a day. Precondition: a transaction
    is open, in which the caller holds the contract's row, or the phone's PIN, so that there is one code at a time.
    """
    mine = _sent_for(purpose, phone=phone, party=party)
    if mine.filter(created_at__gt=now() - DAY).count() >= settings.CODES_PER_DAY:
        return False
    for key in mine.filter(ended_at=None).values_list("pk", flat=True):
        lock(Code, key).finish(End.REPLACED)
    message = Message.objects.create(
        contract_id=party.contract_id if party else None,
        party=party,
        kind=kind,
        phone=phone,
        language=language,
        text=texts.render(kind, language=language, code=MASK, **context),
    )
    Code.objects.create(
        phone=phone,
        purpose=purpose,
        party=party,
        message=message,
        salt=secrets.token_hex(16),
        expires_at=now() + settings.CODE_TIME,
    )
    nudge(Task.SEND)
    return True


def as_sent(message: Message) -> str:
    """The message's text as it leaves for the network: with the code, where it carries one."""
    if MASK not in message.text:
        return message.text
    code = Code.objects.filter(message=message).first()
    return message.text.replace(MASK, digits(code)) if code else message.text


def digits(code: Code) -> str:
    """The number itself: for the one SMS that carries it, and to compare with what comes back."""
    bound = f"code:{code.salt}:{code.purpose}:{code.phone}:{code.party_id}"
    length = DIGITS[Purpose(code.purpose)]
    return str(int(get_crypto_service().derive_token(bound), 16) % 10**length).zfill(length)


# --- taking back ------------------------------------------------------------------------------------------------------


def take(
    purpose: Code.Purpose, given: str, *, phone: str, party: Party | None, sent_after: datetime | None = None
) -> Verdict:
    """What the number is. The right one is used up by it; wrong ones are counted, and the last one voids the code.

    A code that we had sent by `sent_after` counts no more. Precondition: a transaction is open that is committed
    whatever the verdict.
    """
    code = _waiting(purpose, phone=phone, party=party)
    if code is not None and sent_after is not None and code.created_at <= sent_after:
        return Verdict.NONE
    verdict = _judged(code, given)
    if code is not None and verdict == Verdict.RIGHT:
        code.finish(End.USED)
    return verdict


def check(purpose: Code.Purpose, given: str, *, phone: str, party: Party | None) -> Verdict:
    """What the number is, as `take` says; but the right one stays good. Precondition: as there."""
    return _judged(_waiting(purpose, phone=phone, party=party), given)


def _waiting(purpose: Code.Purpose, *, phone: str, party: Party | None) -> Code | None:
    """The code that would be taken from this phone now, locked."""
    good = _sent_for(purpose, phone=phone, party=party).filter(ended_at=None, expires_at__gt=now())
    key = good.filter(phone=phone).values_list("pk", flat=True).first()
    code = lock(Code, key) if key is not None else None
    return code if code is not None and not code.ended_at else None


def _judged(code: Code | None, given: str) -> Verdict:
    """What the number is, beside the code that waits; a wrong one is counted."""
    if code is None:
        return Verdict.NONE
    if hmac.compare_digest(digits(code).encode(), given.encode()):
        return Verdict.RIGHT
    code.tries += 1
    code.save(update_fields=["tries"])
    if code.tries < settings.CODE_TRIES:
        return Verdict.WRONG
    code.finish(End.VOID)
    return Verdict.VOID


def _sent_for(purpose: Code.Purpose, *, phone: str, party: Party | None) -> "QuerySet[Code]":
    """A party's codes stay its own when it gets another phone; those for a PIN are the phone's."""
    whose = Q(party=party) if party else Q(party=None, phone=phone)
    return Code.objects.filter(whose, purpose=purpose)


# --- commands by SMS --------------------------------------------------------------------------------------------------


def stops(message: InboundMessage, command: Command) -> bool:
    """Whether the command is not obeyed, for want of its code or for a number that is none: its sender has been
    answered, and nothing moved.

    Precondition: a transaction is open, in which the command is obeyed otherwise: if it is refused, its code is not
    used up. Caller saves `message`, from whose text the code is gone.
    """
    if command.verb not in proofs.MAY_BE_NEEDED:
        return False
    if command.words:
        hide(message, command.words)
    contract = lock(Contract, command.deal)
    purpose = proofs.purpose(contract, command.party, command.verb)
    if purpose is None:
        return bool(command.words) and _is_no_code(message, contract, command)
    if proofs.is_suspended(message.phone):
        message.result = "the phone's PIN is locked"
        _tell(command.party, "reply_code_not_now", deal=command.deal)
        return True
    if not command.words:
        message.result = _ask(purpose, contract, command)
        return True
    said = [each.at for each in proofs.contradictions(command.party, command.verb)]
    sent_after = max(said, default=None)
    verdict = take(purpose, command.words, phone=message.phone, party=command.party, sent_after=sent_after)
    if verdict == Verdict.RIGHT:
        return False
    message.result = f"{verdict} code" if verdict != Verdict.NONE else "no code waits"
    name = "reply_code_wrong" if verdict == Verdict.WRONG else "reply_code_over"
    word = word_in(command.verb, command.party.language)
    _tell(command.party, name, reply=f"{word}-{command.deal}", deal=command.deal)
    return True


def _is_no_code(message: InboundMessage, contract: Contract, command: Command) -> bool:
    """Whether the number beside the word makes it doubtful, where no code is asked for: it may say how much came."""
    if not possible.makes_sense(command.verb, contract, command.party):
        return False
    message.result, message.needs_staff = "a number that is no code", True
    replies = [f"{word_in(command.verb, command.party.language)}-{command.deal}"]
    _tell(command.party, "reply_exactly", replies=replies, with_reason=False)
    return True


def _ask(purpose: Code.Purpose, contract: Contract, command: Command) -> str:
    """The exact reply to send is on its way, or why there is none; returns which."""
    party = command.party
    about = texts.about(contract, language=party.language)
    about["minutes"] = int(settings.CODE_TIME.total_seconds()) // 60
    about["problem"] = proofs.has_problem(party)
    if send(purpose, ASKING[purpose], phone=party.phone, party=party, language=party.language, **about):
        return "sent a code"
    _tell(party, "reply_codes_spent", deal=command.deal)
    return "too many codes"


def _tell(party: Party, name: str, **context: Any) -> None:
    text = texts.render(name, language=party.language, **context)
    Message.objects.create(
        contract_id=party.contract_id,
        party=party,
        kind=name,
        phone=party.phone,
        language=party.language,
        text=text,
    )
    nudge(Task.SEND)


def conceal(message: InboundMessage) -> None:
    """No code that still counts stands in what the phone wrote, whatever it was taken for."""
    for code in Code.objects.filter(phone=message.phone, ended_at=None, expires_at__gt=now()):
        hide(message, digits(code))


def hide(message: InboundMessage, given: str) -> None:
    """What was given for a code stands in no text of ours: it may be one that is good elsewhere, or a PIN."""
    in_any_writing = (f"[{digit}{chr(ord(digit) + WIDE)}]" if digit.isascii() else digit for digit in given)
    written = r"(?<!\d)" + r"[\W_]{0,3}".join(in_any_writing) + r"(?!\d)"
    for last in list(re.finditer(written, message.text))[-1:]:
        message.text = message.text[: last.start()] + MASK + message.text[last.end() :]
