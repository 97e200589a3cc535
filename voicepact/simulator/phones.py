"""The phones as the people who hold them see and use them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicepact.simulator.fields import MSISDN
from voicepact.simulator.ground import Ground
from voicepact.simulator.hand_payments import HandPaid, HandPayments
from voicepact.simulator.messages import Message, Messages, SentMessage
from voicepact.simulator.messaging import Messaging
from voicepact.simulator.movements import Movement
from voicepact.simulator.outcomes import HANDS, Answer
from voicepact.simulator.prompts import Prompt, Prompts
from voicepact.simulator.purses import Purse, Standing
from voicepact.simulator.refusals import ControlRefused, NoScreen, NothingRegistered
from voicepact.simulator.ringing import Ringing
from voicepact.simulator.ussd import Session, Ussd

LARGEST_PURSE = 100_000_000
LONGEST_TEXT = 1600
LONGEST_REFERENCE = 20
LONGEST_NAME = 100
LONGEST_INPUT = 400


@dataclass(frozen=True, slots=True)
class Phone:
    purse: Purse
    prompts: list[Prompt]
    messages: list[Message]
    sent: list[SentMessage]
    movements: list[Movement]
    session: Session | None


class Phones:
    """Every verb raises ControlRefused for what is not a Kenyan mobile number."""

    def __init__(
        self,
        ground: Ground,
        prompts: Prompts,
        messages: Messages,
        *,
        ringing: Ringing,
        sms: Messaging,
        by_hand: HandPayments,
        ussd: Ussd,
    ) -> None:
        self._ground = ground
        self._prompts = prompts
        self._messages = messages
        self._ringing = ringing
        self._sms = sms
        self._by_hand = by_hand
        self._ussd = ussd

    def read(self, msisdn: str) -> Phone:
        _check(msisdn)
        with self._ground.books.transaction():
            return Phone(
                self._ground.purses.read(msisdn),
                self._prompts.of_phone(msisdn),
                self._messages.of_phone(msisdn),
                self._messages.sent_by(msisdn),
                self._ground.movements.of_phone(msisdn),
                self._ussd.latest(msisdn),
            )

    def read_all(self, msisdns: Sequence[str]) -> list[Phone]:
        """These phones as they are at one moment."""
        with self._ground.books.transaction():
            return [self.read(msisdn) for msisdn in msisdns]

    def change(self, msisdn: str, change: Mapping[str, object]) -> None:
        """The purse holds exactly `balance` shillings, and the network knows the number as `standing` says.

        Either may be left out. Raises ControlRefused, and then neither is changed.
        """
        _check(msisdn)
        if not change or not change.keys() <= {"balance", "standing"}:
            raise ControlRefused("A phone takes a balance, a standing, or both.")
        with self._ground.books.transaction():
            if "balance" in change:
                self._fill(msisdn, change["balance"])
            if "standing" in change:
                self._stand(msisdn, change["standing"])

    def answer(self, msisdn: str, prompt_id: str, *, action: object) -> Prompt:
        """The open prompt has this answer. Raises ControlRefused (404, 409) where there is none to answer."""
        _check(msisdn)
        if not isinstance(action, str) or action not in HANDS:
            raise ControlRefused(f"action is one of: {', '.join(sorted(HANDS))}.")
        with self._ground.books.transaction():
            prompt = self._prompts.find(prompt_id)
            if prompt is None or prompt.msisdn != msisdn:
                raise ControlRefused("This phone has no such prompt.", http=404)
            if prompt.answer is not None:
                raise ControlRefused(f"This prompt is not open: {prompt.status}.", http=409)
            self._ringing.answer(prompt, Answer(action))
            return self._prompts.find(prompt_id) or prompt

    def text(self, msisdn: str, *, text: object) -> str:
        """The phone has sent this text to the application; returns the message's id."""
        _check(msisdn)
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT or not _is_unicode(text):
            raise ControlRefused(f"text is what the phone sends: 1 to {LONGEST_TEXT} characters.")
        return self._sms.receive(msisdn, text)

    def pay(self, msisdn: str, *, amount: object, reference: object) -> HandPaid:
        """The phone has paid the Pay Bill from its own menu, or was refused. Raises ControlRefused (400, 409)."""
        _check(msisdn)
        if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= LARGEST_PURSE:
            raise ControlRefused("amount is a whole number of shillings, from 1.")
        if not isinstance(reference, str) or not 0 < len(reference) <= LONGEST_REFERENCE or not reference.isprintable():
            raise ControlRefused(f"reference is the account number that is paid: 1 to {LONGEST_REFERENCE} characters.")
        try:
            return self._by_hand.pay(msisdn, amount, reference=reference)
        except NothingRegistered:
            raise ControlRefused(
                "Nobody would hear of it: the application has registered no addresses for payments by hand"
                " (POST /mpesa/c2b/v2/registerurl).",
                http=409,
            ) from None

    def dial(self, msisdn: str, *, session: object, text: object) -> str:
        """The screen after this turn of the phone's session. Raises ControlRefused (400; 502 where there is none)."""
        _check(msisdn)
        session = _name(session)
        if not isinstance(text, str) or len(text) > LONGEST_INPUT or not text.isprintable():
            raise ControlRefused(f"text is all that was put in so far, joined by *: up to {LONGEST_INPUT} characters.")
        try:
            return self._ussd.turn(msisdn, name=session, text=text)
        except NoScreen as problem:
            raise ControlRefused(str(problem), http=502) from None

    def hang_up(self, msisdn: str, *, session: object) -> None:
        """The phone is no longer in this session. Raises ControlRefused where the name can be none."""
        _check(msisdn)
        self._ussd.hang_up(msisdn, name=_name(session))

    def _fill(self, msisdn: str, balance: object) -> None:
        if isinstance(balance, bool) or not isinstance(balance, int) or not 0 <= balance <= LARGEST_PURSE:
            raise ControlRefused(f"balance is a whole number of shillings from 0 to {LARGEST_PURSE}.")
        self._ground.purses.set(msisdn, balance=balance)

    def _stand(self, msisdn: str, standing: object) -> None:
        if standing not in list(Standing):
            raise ControlRefused(f"standing is one of: {', '.join(Standing)}.")
        self._ground.purses.stand(msisdn, standing=Standing(str(standing)))


def _check(msisdn: str) -> None:
    if not MSISDN.fullmatch(msisdn):
        raise ControlRefused("A phone is named by digits only, as in 254712345678.")


def _name(session: object) -> str:
    if not isinstance(session, str) or not 0 < len(session) <= LONGEST_NAME or not session.isprintable():
        raise ControlRefused(f"session is a name of your own for the session: 1 to {LONGEST_NAME} characters.")
    return session


def _is_unicode(text: str) -> bool:
    """Whether it can be sent at all: JSON lets half a surrogate pair through."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
