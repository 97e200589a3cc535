"""Reversals: a collection goes back whole to whoever paid it. The rail takes no id of the caller's for them."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from voicepact.simulator import fields, identities, initiators, limits, outcomes, results, wire
from voicepact.simulator.books import moment, stamp
from voicepact.simulator.ground import Ground
from voicepact.simulator.movements import Movement
from voicepact.simulator.payouts import NO_RECEIPT

REVERSE = "do_reversal"
SHORTCODE_THAT_REVERSES = "11"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalRequest:
    """`original` is the receipt number of the collection that is to go back."""

    original: str
    amount: int
    result_url: str
    timeout_url: str
    authorised: bool

    @classmethod
    def read(cls, body: fields.Body, ground: Ground) -> "ReversalRequest":
        """Raises Refused for whatever Daraja would refuse about it. `Reciever…` is Daraja's own spelling."""
        authorised = initiators.is_known(body, ground)
        fields.one_of(body, "CommandID", "TransactionReversal")
        original = fields.text(body, "TransactionID")
        amount = fields.amount(body, lowest=limits.PUSH_MINIMUM, highest=limits.PER_TRANSACTION)
        fields.one_of(body, "ReceiverParty", ground.config.shortcode)
        fields.one_of(body, "RecieverIdentifierType", SHORTCODE_THAT_REVERSES)
        fields.text(body, "Remarks", shortest=2, longest=100)
        return cls(
            original=original,
            amount=amount,
            result_url=fields.url(body, "ResultURL"),
            timeout_url=fields.url(body, "QueueTimeOutURL"),
            authorised=authorised,
        )


@dataclass(frozen=True, slots=True)
class Reversal:
    """`code` is empty until it was tried; `receipt`, its own number, is there when it is "0"."""

    conversation_id: str
    originator_id: str
    original: str
    amount: int
    result_url: str
    made_at: datetime
    authorised: bool
    code: str
    receipt: str
    finished_at: datetime | None


class Reversals:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def request(self, request: ReversalRequest) -> Reversal:
        """The reversal is accepted and will be tried; the same collection may be named again and again."""
        now = self._ground.clock()
        originator_id, conversation_id = identities.merchant_id(), identities.conversation_id(at=now)
        notice = wire.queue_timeout(request.timeout_url, originator_id=originator_id, conversation_id=conversation_id)
        with self._ground.books.transaction() as db:
            db.execute(
                "INSERT INTO reversal (conversation_id, originator_id, original, amount, result_url, made_at,"
                " authorised) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    conversation_id,
                    originator_id,
                    request.original,
                    request.amount,
                    request.result_url,
                    stamp(now),
                    request.authorised,
                ),
            )
            put = self._ground.queue.hold_up if self._fate(request.original).queue_timeout else self._ground.queue.put
            put(REVERSE, conversation_id, notice=notice)
        return self._known(conversation_id)

    def find(self, conversation: str) -> Reversal | None:
        """The reversal of this id, either of the two that its acknowledgement named."""
        question = "SELECT * FROM reversal WHERE conversation_id = ? OR originator_id = ?"
        with self._ground.books.transaction() as db:
            row = db.execute(question, (conversation, conversation)).fetchone()
        return _reversal(row) if row else None

    def by_receipt(self, receipt: str) -> Reversal | None:
        with self._ground.books.transaction() as db:
            row = db.execute("SELECT * FROM reversal WHERE receipt = ? AND receipt != ''", (receipt,)).fetchone()
        return _reversal(row) if row else None

    def collection(self, reversal: Reversal) -> Movement | None:
        """The money that is to go back, where there is such money."""
        return self._collected(reversal.original)

    def reverse(self, conversation_id: str) -> None:
        """The reversal has its result, the payer has the money back if that is 0, and the result is on its way."""
        reversal = self._known(conversation_id)
        if reversal.code:
            return
        finished = self._finish(reversal, self._code(reversal))
        if not self._fate(reversal.original).result_lost:
            self._ground.mail.send(wire.result(finished.result_url, self._outcome(finished)))

    def _collected(self, receipt: str) -> Movement | None:
        return self._ground.movements.collection(receipt, payee=self._ground.config.shortcode)

    def _fate(self, original: str) -> outcomes.Payee:
        collected = self._collected(original)
        return outcomes.payee(collected.payer) if collected else outcomes.Payee()

    def _known(self, conversation_id: str) -> Reversal:
        reversal = self.find(conversation_id)
        if reversal is None:
            raise LookupError(conversation_id)
        return reversal

    def _code(self, reversal: Reversal) -> str:
        """Another amount than the collection's is refused as if there were none: Daraja reverses whole ones only."""
        ground = self._ground
        if not reversal.authorised:
            return "2001"
        collected = self._collected(reversal.original)
        if collected is None or collected.amount != reversal.amount:
            return "R000002"
        if ground.movements.is_reversed(reversal.original):
            return "R000001"
        return "0" if ground.purses.read(ground.config.shortcode).covers(reversal.amount) else "1"

    def _finish(self, reversal: Reversal, code: str) -> Reversal:
        receipt = self._move(reversal) if code == "0" else ""
        with self._ground.books.transaction() as db:
            db.execute(
                "UPDATE reversal SET code = ?, receipt = ?, finished_at = ? WHERE conversation_id = ?",
                (code, receipt, stamp(self._ground.clock()), reversal.conversation_id),
            )
        return self._known(reversal.conversation_id)

    def _move(self, reversal: Reversal) -> str:
        collected = self._collected(reversal.original)
        assert collected is not None
        return self._ground.movements.move(
            "reversal", reversal.amount, payer=collected.payee, payee=collected.payer, reference=reversal.original
        )

    def _outcome(self, reversal: Reversal) -> wire.Outcome:
        return wire.Outcome(
            code=reversal.code,
            words=results.words(reversal.code),
            originator_id=reversal.originator_id,
            conversation_id=reversal.conversation_id,
            receipt=reversal.receipt or NO_RECEIPT,
            pairs=self._parameters(reversal) if reversal.receipt else (),
            codes_as_text=True,
        )

    def _parameters(self, reversal: Reversal) -> tuple[wire.Pair, ...]:
        shortcode = self._ground.config.shortcode
        held = f"{self._ground.purses.read(shortcode).balance}.00"
        collected = self._collected(reversal.original)
        return (
            ("DebitAccountBalance", f"Utility Account|KES|{held}|{held}|0.00|0.00"),
            ("Amount", wire.cents(reversal.amount)),
            ("TransCompletedTime", identities.short_date(reversal.finished_at or reversal.made_at)),
            ("OriginalTransactionID", reversal.original),
            ("Charge", wire.cents(0)),
            ("CreditPartyPublicName", f"{collected.payer if collected else ''} - SIMULATED CUSTOMER"),
            ("DebitPartyPublicName", f"{shortcode} - SIMULATED PAY BILL"),
        )


def _reversal(row: sqlite3.Row) -> Reversal:
    finished_at = moment(row["finished_at"]) if row["finished_at"] else None
    values = dict(row) | {"made_at": moment(row["made_at"]), "finished_at": finished_at}
    return Reversal(**values | {"authorised": bool(row["authorised"])})
