"""What a party says about its deal: asked once more where it cannot be undone, proven where it moves money, then done.

What is done is the same command as by SMS (`notifications.commands`), so that the two cannot differ.
"""

import re

from django.db import transaction

from contracts import disputes
from contracts.models import Confirmation, Contract, Party
from notifications import pins, proofs, refusals
from notifications.commands import HANDLERS, Command
from notifications.gsm import cut
from notifications.models import Standing
from notifications.ussd.deals import Deal
from notifications.ussd.places.deal import REASONS, reason_told
from notifications.ussd.screens import Screen, ending
from notifications.ussd.visits import Elsewhere, Heard, NoSuchDeal, Shown, Visit
from voicepact.kernel.errors import Refusal
from voicepact.kernel.locking import lock

CHANNEL = "ussd"
LONGEST_WORDS = 100
LETTERS = re.compile(r"[^\W\d_]{2}")


def sure(visit: Visit) -> Screen:
    """Whether it is really meant, in words that say what follows."""
    deal = visit.deal()
    question = _question(deal, visit.here.notes["verb"])
    yes = visit.option("yes", visit.here.to("act", asked=question))
    why = reason_told(visit.here.notes.get("words", ""), visit.language)
    return visit.about(deal, question, yes, why=why, final=not disputes.may_take_back(deal.contract, deal.party))


def _question(deal: Deal, verb: str) -> str:
    if verb == "DISPUTE" and deal.dispute:
        return "sure_answer"
    if verb == "WITHDRAW" and deal.role == Party.Role.BUYER and deal.has_said(Confirmation.Kind.ACCEPTED):
        return "sure_withdraw_accepted"
    if verb != "CANCEL":
        return f"sure_{verb.lower()}"
    if deal.contract.locked_at is None:
        return "sure_cancel"
    return "sure_cancel_buyer" if deal.role == Party.Role.BUYER else "sure_cancel_seller"


def reasons(visit: Visit) -> Screen:
    """What is wrong: a short list, and what is not on it in words of one's own."""
    deal = visit.deal()
    listed = [visit.option(name, visit.here.to("sure", words=reason)) for reason, name in REASONS.items()]
    other = visit.option("other", visit.here.to("words"))
    return visit.about(deal, "reasons_answer" if deal.dispute else "reasons", *listed, other)


def words(visit: Visit) -> Screen:
    return visit.about(visit.deal(), "words")


def words_said(visit: Visit, answer: str) -> Heard:
    """What is wrong, in plain letters and no more than staff read at a glance."""
    said = cut(answer, LONGEST_WORDS)
    return visit.here.to("sure", words=said) if LETTERS.search(said) else "not_words"


def act(visit: Visit) -> Shown:
    """It is done, or refused and nothing changed; before that, what moves money is proven by the PIN.

    The contract's row is held until then, so that a deal asks for no more than was proven. What would have another
    consequence by now than the person was asked about is asked anew.
    """
    deal = held(visit)
    verb, asked = visit.here.notes["verb"], visit.here.notes.get("asked")
    if asked and asked != _question(deal, verb):
        return Elsewhere(visit.path[:-1])
    if not proofs.needed(deal.contract, deal.party, verb):
        return obey(visit, deal)
    stands = pins.standing(visit.phone)
    if stands == Standing.NONE:
        return send_code(visit)
    if stands == Standing.SET:
        return visit.instead(visit.here.to("pin"))
    return visit.end(deal, f"pin_{stands.value}")


def held(visit: Visit) -> Deal:
    """The deal, with its contract's row held. Raises NoSuchDeal."""
    try:
        lock(Contract, visit.here.deal)
    except Contract.DoesNotExist:
        raise NoSuchDeal from None
    return visit.deal()


def send_code(visit: Visit) -> Shown:
    """The code by which the PIN is set is on its way to the phone, and is asked for."""
    if pins.send_code(visit.phone, language=visit.language):
        return visit.instead(visit.here.to("pin_code"))
    return ending("pin_no_code")


def obey(visit: Visit, deal: Deal) -> Screen:
    """The command has been carried out and the call is over; the screen says what was done and what comes next.

    Precondition: caller holds the contract's row.
    """
    notes = visit.here.notes
    command = Command(notes["verb"], deal.party, notes.get("words", ""), CHANNEL)
    try:
        with transaction.atomic():
            reply = HANDLERS[command.verb](command)
    except Refusal as refusal:
        return ending("refused", words=refusals.words(refusal, command))
    return visit.end(visit.deal(), f"done_{reply.text}")
