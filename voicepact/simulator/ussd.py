"""USSD sessions of phones, as Africa's Talking carries them: turns whose answer is a screen, and an event at the end.

Source: Africa's Talking's USSD documentation. The text of a turn is everything that was put in so far, joined by `*`.
"""

import json
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from voicepact.simulator.application import Ask, Reply
from voicepact.simulator.books import moment, stamp
from voicepact.simulator.ground import Ground
from voicepact.simulator.jobs import Post
from voicepact.simulator.messaging import FORM, SAFARICOM
from voicepact.simulator.refusals import NoScreen

FALL_SILENT = "ussd_fall_silent"
SERVICE_CODE = "*384*1234#"
PATIENCE_S = 10.0
INACTIVE_AFTER = timedelta(seconds=30)  # Safaricom's
GOES_ON, ENDS = "CON ", "END "

Ending = Literal["Success", "Incomplete", "Failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`name` is the caller's, `id` the network's; a session that has ended answers repeated turns only.

    `turned_at` is the moment of the last turn, empty before the first; `ending` how it ended, empty until then.
    """

    name: str
    id: str
    msisdn: str
    started_at: str
    hops: int = 0
    text: str = ""
    screen: str = ""
    ended: bool = False
    turned_at: str = ""
    ending: str = ""

    @property
    def silent_at(self) -> datetime | None:
        """When the network ends it unless something is put in; None once it has ended."""
        return None if self.ended or not self.turned_at else moment(self.turned_at) + INACTIVE_AFTER


class Ussd:
    def __init__(self, ground: Ground, ask: Ask) -> None:
        self._ground = ground
        self._ask = ask

    def turn(self, msisdn: str, *, name: str, text: str) -> str:
        """The application's screen for this turn, its `CON` or `END` included.

        Asks over HTTP: never inside a transaction. Raises NoScreen, which ends the session.
        """
        session = replace(self._open(msisdn, name=name, text=text), text=text)
        try:
            screen = self._screen(session)
        except NoScreen as problem:
            self._end(replace(session, hops=session.hops + 1), "Failed", problem=str(problem))
            raise
        turned_at = stamp(self._ground.clock())
        self._went_on(replace(session, hops=session.hops + 1, screen=screen, turned_at=turned_at))
        return screen

    def hang_up(self, msisdn: str, *, name: str) -> None:
        """The phone has left this session; one that is over, or never was, changes nothing."""
        with self._ground.books.transaction():
            session = self._find(msisdn, name=name)
            if session is not None:
                self._end(session, "Incomplete")

    def latest(self, msisdn: str) -> Session | None:
        """The session in which the phone was last."""
        name = self._ground.books.read_note(_latest(msisdn))
        return self._find(msisdn, name=name) if name else None

    def fall_silent(self, subject: str) -> None:
        """A session in which nothing happened since the turn that the subject tells of is over, incomplete."""
        then = Session(**json.loads(subject))
        now = self._find(then.msisdn, name=then.name)
        if now == then:
            self._end(then, "Incomplete")

    def _open(self, msisdn: str, *, name: str, text: str) -> Session:
        """The session of this name, or a new one: dialling anew after an end, with nothing put in, is one too."""
        session = self._find(msisdn, name=name)
        if session is not None and (text or not session.ended):
            return session
        started_at = stamp(self._ground.clock())
        return Session(name=name, id=f"ATUid_{uuid.uuid4().hex}", msisdn=msisdn, started_at=started_at)

    def _screen(self, session: Session) -> str:
        fields = {
            "sessionId": session.id,
            "phoneNumber": f"+{session.msisdn}",
            "networkCode": SAFARICOM,
            "serviceCode": SERVICE_CODE,
            "text": session.text,
        }
        try:
            reply = self._ask(self._post("", fields), PATIENCE_S)
        except (OSError, ValueError):
            raise NoScreen("The application did not answer.") from None
        return _read(reply)

    def _went_on(self, session: Session) -> None:
        with self._ground.books.transaction():
            kept = self._find(session.msisdn, name=session.name)
            if kept is not None and kept.id == session.id and kept.ended:
                return None  # the phone left while the application was asked
            if session.screen.startswith(ENDS):
                return self._end(session, "Success")
            self._keep(session)
            self._ground.jobs.put(FALL_SILENT, json.dumps(asdict(session)), after=INACTIVE_AFTER)
        return None

    def _end(self, session: Session, ending: Ending, *, problem: str = "") -> None:
        """The session is over and the event of that is on its way; one that was over already is told of no more."""
        if session.ended:
            return
        now = self._ground.clock()
        lasted = now - moment(session.started_at)
        fields = {
            "date": f"{now:%Y-%m-%d %H:%M:%S}",
            "sessionId": session.id,
            "serviceCode": SERVICE_CODE,
            "networkCode": SAFARICOM,
            "phoneNumber": f"+{session.msisdn}",
            "status": ending,
            "cost": "KES 0.0000",
            "durationInMillis": str(lasted // timedelta(milliseconds=1)),
            "hopsCount": str(session.hops),
            "input": session.text,
            "lastAppResponse": session.screen,
        }
        if problem:
            fields["errorMessage"] = problem
        with self._ground.books.transaction():
            self._keep(replace(session, ended=True, ending=ending))
            self._ground.mail.send(self._post("events/", fields), after=self._ground.config.delay)

    def _find(self, msisdn: str, *, name: str) -> Session | None:
        text = self._ground.books.read_note(_note(msisdn, name))
        return Session(**json.loads(text)) if text else None

    def _keep(self, session: Session) -> None:
        with self._ground.books.transaction():
            self._ground.books.write_note(_note(session.msisdn, session.name), json.dumps(asdict(session)))
            self._ground.books.write_note(_latest(session.msisdn), session.name)

    def _post(self, kind: str, fields: dict[str, str]) -> Post:
        config = self._ground.config
        return Post(f"{config.public_url}/api/v1/ussd/{kind}{config.callback_secret}", urlencode(fields), FORM)


def _read(reply: Reply) -> str:
    """Raises NoScreen where the network would end the session: another status than 200, another prefix."""
    if reply.status != 200:
        raise NoScreen(f"The application answered a USSD turn with {reply.status} and no screen.")
    if not reply.body.startswith((GOES_ON, ENDS)):
        raise NoScreen("The application's answer to a USSD turn starts with neither 'CON ' nor 'END '.")
    return reply.body


def _note(msisdn: str, name: str) -> str:
    return f"ussd:{msisdn}:{name}"


def _latest(msisdn: str) -> str:
    return f"ussd-latest:{msisdn}"
