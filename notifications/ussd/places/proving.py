"""The PIN: asked for before money moves; set, or set anew, with a code that goes to the phone by SMS.

What is put in here is kept nowhere: where a later turn needs it, it is read from the call itself (`code_at` is where
in the call the code was).
"""

import re

from django.conf import settings

from notifications import codes, pins, proofs
from notifications.models import Pin, Standing
from notifications.parsing import word_in
from notifications.pins import Setting, Verdict
from notifications.ussd.places.acts import held, obey, send_code
from notifications.ussd.screens import Screen
from notifications.ussd.visits import Elsewhere, Heard, Shown, Visit

FOUR, SIX = re.compile(r"[0-9]{4}"), re.compile(r"[0-9]{6}")


def pin(visit: Visit) -> Screen:
    """The PIN is asked for, with what it does and the tries that are left: the old one, while a new one does not count.

    Not where none counts now, as may be after a call that broke off.
    """
    row = Pin.objects.get(phone=visit.phone)
    row.settle()
    if row.standing != Standing.SET:
        return visit.end(visit.deal(), f"pin_{row.standing.value}")
    forgot = visit.option("forgot", visit.here.to("pin_forgotten"))
    facts = {"left": settings.PIN_TRIES - row.tries, "gives_back": visit.here.notes["verb"] == proofs.CANCEL}
    return visit.about(visit.deal(), "pin", forgot, **facts, cooling=row.is_cooling)


def pin_said(visit: Visit, answer: str) -> Heard:
    """With the right PIN the command is obeyed; a wrong one is counted."""
    if not FOUR.fullmatch(answer):
        return "not_four_digits"
    deal = held(visit)
    verdict = pins.check(visit.phone, answer, contract=deal.contract)
    if verdict == Verdict.RIGHT:
        return obey(visit, deal)
    if verdict == Verdict.WRONG:
        return "wrong_pin"
    return send_code(visit) if verdict == Verdict.NONE else visit.end(deal, f"pin_{verdict.value}")


def forgotten(visit: Visit) -> Screen:
    """What a new PIN means: it counts later, and by SMS the matter can be settled now."""
    yes = visit.option("yes", visit.here.to("pin_send"))
    return visit.about(visit.deal(), "pin_forgotten", yes, **_meanwhile(visit))


def _meanwhile(visit: Visit) -> dict[str, str | int]:
    """For how long a new PIN does not count, and what to send by SMS instead of it."""
    word = word_in(visit.here.notes["verb"], visit.language)
    return {"hours": int(settings.COOLING_OFF.total_seconds()) // 3600, "reply": f"{word}-{visit.here.deal}"}


def send(visit: Visit) -> Shown:
    """A code is on its way, for the first time or again.

    Not again where another call has set the first PIN meanwhile: to set it once more would be to reset it.
    """
    again = visit.path[-2].place == "pin_code"
    is_first = all(step.place != "pin_forgotten" for step in visit.path)
    if is_first and pins.standing(visit.phone) == Standing.SET:
        return Elsewhere((*visit.path[:-2], visit.here.to("pin")))
    sent = send_code(visit)
    return Elsewhere(visit.path[:-1], "code_sent") if again and isinstance(sent, Elsewhere) else sent


def code(visit: Visit) -> Screen:
    return visit.about(visit.deal(), "pin_code", visit.option("send_again", visit.here.to("pin_send")))


def code_said(visit: Visit, answer: str) -> Heard:
    """A wrong code is told at once, and counted; the right one is used up only when the PIN is set."""
    if not SIX.fullmatch(answer):
        return "not_six_digits"
    verdict = pins.check_code(visit.phone, answer)
    if verdict != codes.Verdict.RIGHT:
        return "wrong_code" if verdict == codes.Verdict.WRONG else "code_over"
    return visit.here.to("pin_new", code_at=str(len(visit.inputs) - 1))


def new(visit: Visit) -> Screen:
    return visit.about(visit.deal(), "pin_new")


def new_said(visit: Visit, answer: str) -> Heard:
    if not FOUR.fullmatch(answer):
        return "not_four_digits"
    return "weak_pin" if pins.is_weak(answer, visit.phone) else visit.here.to("pin_again")


def again(visit: Visit) -> Screen:
    return visit.about(visit.deal(), "pin_again")


def again_said(visit: Visit, answer: str) -> Heard:
    """The PIN is set, if it is the same twice and the code still good; the first counts at once, for this command.

    Another counts later, and nothing is done now.
    """
    if answer != visit.inputs[-2].strip():
        return Elsewhere(visit.path[:-1], "pins_differ")
    deal = held(visit)
    said = visit.inputs[int(visit.here.notes["code_at"])].strip()
    done = pins.set_pin(visit.phone, code=said, pin=answer)
    if done == Setting.COOLING:
        return visit.end(deal, "pin_cooling", **_meanwhile(visit))
    if done != Setting.SET:
        return Elsewhere(visit.path[:-2], "code_over")
    verdict = pins.check(visit.phone, answer, contract=deal.contract)
    return obey(visit, deal) if verdict == Verdict.RIGHT else visit.end(deal, f"pin_{verdict.value}")
