"""What the rail can do to one transfer: take it, lose it, call back about it, answer a question about it, keep silent.

Every word of the rail travels its real road: over HTTP, or as a callback that is kept and worked.
"""

import re
from collections.abc import Callable
from datetime import datetime

from payments import reconciliation, submission
from payments.models import Transfer
from payments.tests import words
from payments.tests.rail import PAY, PUSH, QUERY, REVERSE, Act, finds, hangs_up, refuses
from tests.lifecycle.deal import CannotHappen
from tests.lifecycle.stage import Stage

Kind, Status = Transfer.Kind, Transfer.Status
REQUEST = {Kind.COLLECTION: PUSH, Kind.PAYOUT: PAY, Kind.REFUND: PAY, Kind.REVERSAL: REVERSE}
CALLBACK = {Kind.COLLECTION: "stk", Kind.PAYOUT: "b2c", Kind.REFUND: "b2c", Kind.REVERSAL: "reversal"}
DONE: dict[Transfer.Kind, Callable[[Transfer], str]] = {
    Kind.COLLECTION: words.prompt_paid,
    Kind.PAYOUT: words.payout_done,
    Kind.REFUND: words.payout_done,
    Kind.REVERSAL: words.reversal_done,
}
NOT_DONE: dict[Transfer.Kind, Callable[[Transfer, str], str]] = {
    Kind.COLLECTION: words.prompt_refused,
    Kind.PAYOUT: words.payout_refused,
    Kind.REFUND: words.payout_refused,
    Kind.REVERSAL: words.reversal_done,
}
RECEIPT = re.compile(r"\bT[0-9A-F]{4}\d{5}\b")
NO_SUCH_TRANSFER = "R000002"
QUESTIONS = 20  # more than any schedule has


def fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


def is_unsent(transfer: Transfer) -> bool:
    return transfer.status == Status.REQUESTED and not transfer.claimed_at


# --- it is sent -------------------------------------------------------------------------------------------------------


def send(stage: Stage, transfer: Transfer, *acts: Act) -> str:
    """The transfer, once it is due, is sent, and the rail takes it or does what `acts` say; returns a note."""
    if not is_unsent(transfer):
        raise CannotHappen
    stage.wait_until(transfer.not_before)
    path = REQUEST[Kind(transfer.kind)]
    asked = len(stage.rail.to(path))
    stage.rail.will(path, *acts)
    submission.submit(transfer.pk)
    if len(stage.rail.to(path)) > asked:
        return ""
    stage.rail.forget(path)
    return "not sent"


def lose(stage: Stage, transfer: Transfer) -> str:
    return send(stage, transfer, hangs_up)


def is_busy(stage: Stage, transfer: Transfer) -> str:
    return send(stage, transfer, refuses(503, "500.003.02", "Spike Arrest Violation"))


def reject(stage: Stage, transfer: Transfer) -> str:
    return send(stage, transfer, refuses(400, "400.002.02", "Bad Request - Invalid Amount"))


# --- it calls back ----------------------------------------------------------------------------------------------------


def calls_back_paid(transfer: Transfer, *, more: int = 0, again: bool = True) -> str:
    """The callback says that the transfer's amount has moved, or so much `more`.

    Said `again`, it names the receipt number that is known.
    """
    told = fresh(transfer)
    told.amount += more
    body = DONE[Kind(transfer.kind)](told)
    if again and told.receipt_number:
        body = RECEIPT.sub(told.receipt_number, body)
    return words.arrives(transfer, CALLBACK[Kind(transfer.kind)], body)


def calls_back_refused(transfer: Transfer, code: str) -> str:
    return words.arrives(transfer, CALLBACK[Kind(transfer.kind)], NOT_DONE[Kind(transfer.kind)](transfer, code))


def queue_times_out(transfer: Transfer) -> str:
    if transfer.is_collection:
        raise CannotHappen
    return words.arrives(transfer, f"{CALLBACK[Kind(transfer.kind)]}-timeout", '{"Result": {}}')


# --- it is asked ------------------------------------------------------------------------------------------------------


def answers(stage: Stage, transfer: Transfer, *, code: str, word: str) -> str:
    """The rail is asked when that is due, and answers: a prompt's query by `code`, any other by the status `word`.

    A question that was put before may be answered once more. Raises CannotHappen when none is put.
    """
    if transfer.is_collection:
        return _answers_query(stage, transfer, code)
    asked = _asked(stage, transfer)
    return words.arrives(asked, "status", words.status_found(asked, word, inquiry_id=asked.inquiry_id))


def ask(stage: Stage, transfer: Transfer) -> Transfer:
    """The rail was asked about the transfer, or the transfer sent again, when that was due."""
    assert transfer.next_ask_at is not None
    stage.wait_until(transfer.next_ask_at)
    reconciliation.ask(transfer.pk)
    return fresh(transfer)


def _asked(stage: Stage, transfer: Transfer) -> Transfer:
    """The rail was asked about the transfer when that was due. Raises CannotHappen when it is never asked."""
    for _ in range(2):  # a reversal whose answer was lost is sent again first
        if transfer.next_ask_at and not transfer.inquiry_id:
            transfer = ask(stage, transfer)
    if not transfer.inquiry_id:
        raise CannotHappen
    return transfer


def has_never_heard_of_it(stage: Stage, transfer: Transfer) -> str:
    """The rail, asked for hours, answers each time that it knows no such transfer. Raises CannotHappen."""
    if transfer.is_collection:
        raise CannotHappen
    note = ""
    for _ in range(QUESTIONS):
        asked = _asked(stage, transfer)
        asked.external_id, asked.next_ask_at = asked.inquiry_id, None
        note = words.arrives(transfer, "status", words.payout_refused(asked, NO_SUCH_TRANSFER))
        transfer = fresh(transfer)
        if not transfer.is_open or not transfer.next_ask_at:
            break
        transfer.inquiry_id = ""
    return note


def _answers_query(stage: Stage, transfer: Transfer, code: str) -> str:
    if not transfer.next_ask_at or not transfer.external_id:
        raise CannotHappen
    stage.wait_until(transfer.next_ask_at)
    stage.rail.will(QUERY, finds(code))
    reconciliation.ask(transfer.pk)
    return ""


def keeps_silent(stage: Stage, transfer: Transfer) -> str:
    """Time passes until nobody would ask any more, and the rail never says what became of the transfer."""
    if not _next_moment(transfer):
        raise CannotHappen
    for _ in range(QUESTIONS):
        moment = _next_moment(transfer)
        if moment is None:
            return ""
        stage.wait_until(moment)
        if transfer.kind == Kind.REVERSAL and not transfer.external_id and transfer.next_ask_at:
            stage.rail.will(REVERSE, hangs_up)
        reconciliation.ask_due()
        transfer = fresh(transfer)
    raise AssertionError("the rail is asked for ever")


def _next_moment(transfer: Transfer) -> datetime | None:
    if transfer.status == Status.REQUESTED and transfer.claimed_at:
        return transfer.claimed_at + submission.LEASE * 1.01
    return transfer.next_ask_at
