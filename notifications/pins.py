"""The PIN of a phone, by which a party proves itself on USSD: set with a code that we sent to that phone by SMS.

The phone is the first proof: the network vouches for the number that dials. The PIN guards against somebody who has
borrowed the phone: so it is never asked for by SMS, three wrong tries stop it for an hour, by SMS too, and a new one
counts only after `COOLING_OFF`. Until then the old one does, so that nobody holds up a deal by asking for a new one.
None of that stops the deal itself: clocks go on, a dispute needs no PIN, and a lock ends by itself.

Every function locks the phone's row for the caller's transaction and says what it found; none raises, so that a wrong
try stays counted. A caller that acts upon the verdict holds the contract's row already.
"""

import re
from enum import StrEnum

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password

from contracts import audit, contact
from contracts.audit import Actor, party_actor, phone_actor
from contracts.models import Contract
from notifications import codes, texts
from notifications.models import Code, InboundMessage, Message, Pin, Standing
from notifications.parsing import DEAL, WRITTEN
from voicepact.kernel import phones
from voicepact.kernel.clock import now
from voicepact.kernel.crypto import get_crypto_service
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.locking import lock

__all__ = [
    "Setting",
    "Standing",
    "Verdict",
    "call_off",
    "check",
    "check_code",
    "conceal",
    "is_weak",
    "send_code",
    "set_pin",
    "standing",
]

FORM = re.compile(r"[0-9]{4}")
ALONE = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])")
MOST_LOOKED_AT = 5  # each takes 50 ms
RUNS = "01234567890", "09876543210"
CHANNEL = "ussd"


class Hasher(PBKDF2PasswordHasher):
    """Django's own, with a fifth of its rounds: 50 ms on a small machine instead of 250.

    Of four digits all are tried in minutes at any number of rounds. What keeps them from a thief of the database is
    the key that goes in first (`CryptoService.pepper`); what keeps them from anybody else are three tries.
    """

    iterations = 200_000


HASHER = Hasher()


class Setting(StrEnum):
    """What became of a PIN that was to be set."""

    SET = "set"
    COOLING = "cooling"  # it counts later, and the one before until then
    WRONG_CODE = "wrong_code"
    WEAK_PIN = "weak_pin"


class Verdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    NONE = "none"


def standing(phone: str) -> Standing:
    """How the PIN of the phone stands."""
    pin = Pin.objects.filter(phone=phone).first()
    return pin.standing if pin else Standing.NONE


def send_code(phone: str, *, language: str) -> bool:
    """A code by which the phone's PIN can be set or reset goes to it by SMS; False when too many were sent today.

    Precondition: a transaction is open.
    """
    _hold(phone)
    minutes = int(settings.CODE_TIME.total_seconds()) // 60
    return codes.send(Code.Purpose.PIN, "pin_code", phone=phone, party=None, language=language, minutes=minutes)


def check_code(phone: str, code: str) -> codes.Verdict:
    """What the code is that was put in to set a PIN. It stays good for `set_pin`; wrong ones are counted.

    Precondition: a transaction is open that is committed whatever the verdict.
    """
    _hold(phone)
    return codes.check(Code.Purpose.PIN, code, phone=phone, party=None)


def set_pin(phone: str, *, code: str, pin: str) -> Setting:
    """With the right code the phone has this PIN: the first at once, another after `COOLING_OFF`, told to the phone.

    A weak PIN uses up nothing of the code. Precondition: a transaction is open.
    """
    if is_weak(pin, phone):
        return Setting.WEAK_PIN
    row = _hold(phone)
    if codes.take(Code.Purpose.PIN, code, phone=phone, party=None) != codes.Verdict.RIGHT:
        return Setting.WRONG_CODE
    if row.hash:
        _reset(row, pin)
        return Setting.COOLING
    row.hash, row.set_at = _hash(phone, pin), now()
    row.tries, row.locked_until = 0, None
    row.keep()
    _record("pin.set", row)
    return Setting.SET


def check(phone: str, pin: str, *, contract: Contract) -> Verdict:
    """What the PIN is. Wrong ones are counted; the third in a row locks it, which both sides of the contract are told.

    Precondition: the phone is a party's of the contract, and a transaction is open that is committed whatever the
    verdict.
    """
    row = _hold(phone)
    stands = row.standing
    if stands != Standing.SET:
        return Verdict(stands.value)
    if HASHER.verify(_peppered(phone, pin), row.hash):
        row.tries = 0
        row.keep()
        return Verdict.RIGHT
    row.tries += 1
    if row.tries < settings.PIN_TRIES:
        row.keep()
        return Verdict.WRONG
    row.locked_until = now() + settings.PIN_LOCK_TIME
    row.keep()
    _tell_of_lock(row, contract)
    return Verdict.LOCKED


def call_off(phone: str, *, actor: Actor) -> bool:
    """The reset that is cooling off is undone and the PIN before goes on counting; False when none was."""
    row = _hold(phone)
    if not row.is_cooling:
        return False
    row.new_hash, row.counts_at = "", None
    row.keep()
    _record("pin.reset_called_off", row, actor=actor)
    _tell(row, "pin_stays")
    return True


def conceal(message: InboundMessage) -> None:
    """The phone's own PIN does not stand in what it wrote. Nobody asks for it by SMS, and people send it all the same.

    Nothing shows its sender whether a number was the PIN, so that this is no way to guess one.
    """
    pin = Pin.objects.filter(phone=message.phone).first()
    kept = [one for one in (pin.hash, pin.new_hash) if one] if pin else []
    written = DEAL.sub(" ", message.text.translate(WRITTEN))
    for given in list(dict.fromkeys(ALONE.findall(written)))[:MOST_LOOKED_AT]:
        if any(HASHER.verify(_peppered(message.phone, given), one) for one in kept):
            codes.hide(message, given)


def is_weak(pin: str, phone: str) -> bool:
    """Whether it is no four digits, or four that are guessed first: all the same, in a row, or the end of the phone."""
    return not FORM.fullmatch(pin) or len(set(pin)) == 1 or any(pin in run for run in RUNS) or phone.endswith(pin)


def _hold(phone: str) -> Pin:
    """The phone's row as it is now, locked until the caller's transaction ends: nobody guesses beside another."""
    key = Pin.objects.get_or_create(phone=phone)[0].pk
    pin = lock(Pin, key)
    pin.settle()
    return pin


def _reset(row: Pin, pin: str) -> None:
    """The PIN counts later, the one before until then, and the phone reads so and how to call it off."""
    row.new_hash, row.counts_at = _hash(row.phone, pin), now() + settings.COOLING_OFF
    row.keep()
    _record("pin.reset_asked", row, counts_at=row.counts_at.isoformat())
    _tell(row, "pin_resets", counts_at=texts.moment(row.counts_at))


def _tell(row: Pin, kind: str, **context: str) -> None:
    language = contact.language_of(row.phone)
    text = texts.render(kind, language=language, **context)
    Message.objects.create(kind=kind, phone=row.phone, language=language, text=text)
    nudge(Task.SEND)


def _tell_of_lock(row: Pin, contract: Contract) -> None:
    """Announced to both sides: whose phone it is, and the other."""
    party = contract.parties.get(phone=row.phone)
    payload = {"party": party.role, "until": _until(row)}
    audit.record("pin.locked", contract=contract, actor=party_actor(party, CHANNEL), payload=payload)


def _until(row: Pin) -> str:
    assert row.locked_until is not None, "it was locked just now"
    return row.locked_until.isoformat()


def _record(kind: str, row: Pin, *, actor: Actor | None = None, **payload: str) -> None:
    """An event of no deal, since a phone's PIN is the same in all of them; it names the phone by a digest."""
    audit.record(
        kind,
        contract=None,
        actor=actor or phone_actor(row.phone, CHANNEL),
        payload={"phone": phones.digest(row.phone), **payload},
    )


def _hash(phone: str, pin: str) -> str:
    return make_password(_peppered(phone, pin), hasher=HASHER)


def _peppered(phone: str, pin: str) -> str:
    return get_crypto_service().pepper(f"pin:{phone}:{pin}")
