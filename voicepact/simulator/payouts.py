"""B2C: money from the shortcode's Utility account to a phone, under an id that the caller chose."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from voicepact.simulator import fields, identities, initiators, limits, outcomes, results, tariffs, wire
from voicepact.simulator.books import moment, stamp
from voicepact.simulator.ground import Ground
from voicepact.simulator.purses import CHARGES
from voicepact.simulator.refusals import duplicate_originator

PAY = "pay_payout"
NO_RECEIPT = "UKN0000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRequest:
    """`authorised` says whether initiator and credential were right: if not, it is refused by a result, not at once."""

    originator_id: str
    msisdn: str
    amount: int
    result_url: str
    timeout_url: str
    authorised: bool

    @classmethod
    def read(cls, body: fields.Body, ground: Ground) -> "PayoutRequest":
        """Raises Refused for whatever Daraja would refuse about it."""
        originator_id = fields.text(body, "OriginatorConversationID")
        authorised = initiators.is_known(body, ground, called="InitiatorName")
        fields.one_of(body, "CommandID", "BusinessPayment", "SalaryPayment", "PromotionPayment")
        amount = fields.amount(body, lowest=limits.PAYOUT_MINIMUM, highest=limits.PER_TRANSACTION)
        fields.one_of(body, "PartyA", ground.config.shortcode)
        msisdn = fields.msisdn(body, "PartyB")
        fields.text(body, "Remarks", shortest=2, longest=100)
        fields.text(body, "Occassion", shortest=0, longest=100)
        return cls(
            originator_id=originator_id,
            msisdn=msisdn,
            amount=amount,
            timeout_url=fields.url(body, "QueueTimeOutURL"),
            result_url=fields.url(body, "ResultURL"),
            authorised=authorised,
        )


@dataclass(frozen=True, slots=True)
class Payout:
    """`code` is empty until it was tried; `receipt` is there when it is "0"."""

    originator_id: str
    conversation_id: str
    msisdn: str
    amount: int
    result_url: str
    timeout_url: str
    made_at: datetime
    authorised: bool
    code: str
    receipt: str
    finished_at: datetime | None


class Payouts:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def request(self, request: PayoutRequest) -> Payout:
        """The payout is accepted and will be tried; Raises Refused if its OriginatorConversationID was ever used."""
        now = self._ground.clock()
        with self._ground.books.transaction() as db:
            if self.find(request.originator_id) is not None:
                raise duplicate_originator()
            db.execute(
                "INSERT INTO payout (originator_id, conversation_id, msisdn, amount, result_url, timeout_url, made_at,"
                " authorised) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    request.originator_id,
                    identities.conversation_id(at=now),
                    request.msisdn,
                    request.amount,
                    request.result_url,
                    request.timeout_url,
                    stamp(now),
                    request.authorised,
                ),
            )
            payout = self._known(request.originator_id)
            self._put_to_work(payout)
            return payout

    def find(self, conversation: str) -> Payout | None:
        """The payout of this id, the caller's or ours."""
        question = "SELECT * FROM payout WHERE originator_id = ? OR conversation_id = ?"
        with self._ground.books.transaction() as db:
            row = db.execute(question, (conversation, conversation)).fetchone()
        return _payout(row) if row else None

    def by_receipt(self, receipt: str) -> Payout | None:
        with self._ground.books.transaction() as db:
            row = db.execute("SELECT * FROM payout WHERE receipt = ? AND receipt != ''", (receipt,)).fetchone()
        return _payout(row) if row else None

    def pay(self, originator_id: str) -> None:
        """The payout has its result, money has moved if that is 0, and the result is on its way."""
        payout = self._known(originator_id)
        if payout.code:
            return
        finished = self._finish(payout, self._code(payout))
        if not outcomes.payee(payout.msisdn).result_lost:
            self._ground.mail.send(wire.result(finished.result_url, self._outcome(finished)))

    def _put_to_work(self, payout: Payout) -> None:
        notice = wire.queue_timeout(
            payout.timeout_url, originator_id=payout.originator_id, conversation_id=payout.conversation_id
        )
        queue = self._ground.queue
        put = queue.hold_up if outcomes.payee(payout.msisdn).queue_timeout else queue.put
        put(PAY, payout.originator_id, notice=notice)

    def _known(self, originator_id: str) -> Payout:
        payout = self.find(originator_id)
        if payout is None:
            raise LookupError(originator_id)
        return payout

    def _code(self, payout: Payout) -> str:
        ground = self._ground
        if not payout.authorised:
            return "2001"
        return limits.code_for_payout(
            payout.msisdn,
            payout.amount,
            payer=ground.config.shortcode,
            purses=ground.purses,
            movements=ground.movements,
        )

    def _finish(self, payout: Payout, code: str) -> Payout:
        receipt = self._move(payout) if code == "0" else ""
        with self._ground.books.transaction() as db:
            db.execute(
                "UPDATE payout SET code = ?, receipt = ?, finished_at = ? WHERE originator_id = ?",
                (code, receipt, stamp(self._ground.clock()), payout.originator_id),
            )
        return self._known(payout.originator_id)

    def _move(self, payout: Payout) -> str:
        ground = self._ground
        shortcode, reference = ground.config.shortcode, payout.originator_id
        receipt = ground.movements.move(
            "payout", payout.amount, payer=shortcode, payee=payout.msisdn, reference=reference
        )
        fee = tariffs.payout_fee(payout.amount) if ground.config.fees else 0
        if fee:
            ground.movements.charge(fee, payer=shortcode, reference=reference)
        return receipt

    def _outcome(self, payout: Payout) -> wire.Outcome:
        return wire.Outcome(
            code=payout.code,
            words=results.words(payout.code),
            originator_id=payout.originator_id,
            conversation_id=payout.conversation_id,
            receipt=payout.receipt or NO_RECEIPT,
            pairs=self._parameters(payout) if payout.receipt else (),
        )

    def _parameters(self, payout: Payout) -> tuple[wire.Pair, ...]:
        purses, shortcode = self._ground.purses, self._ground.config.shortcode
        return (
            ("TransactionAmount", payout.amount),
            ("TransactionReceipt", payout.receipt),
            ("ReceiverPartyPublicName", f"{payout.msisdn} - SIMULATED CUSTOMER"),
            ("TransactionCompletedDateTime", identities.long_date(payout.finished_at or payout.made_at)),
            ("B2CUtilityAccountAvailableFunds", wire.cents(purses.read(shortcode).balance)),
            ("B2CWorkingAccountAvailableFunds", wire.cents(0)),
            ("B2CRecipientIsRegisteredCustomer", "Y"),
            ("B2CChargesPaidAccountAvailableFunds", wire.cents(purses.read(CHARGES).balance)),
        )


def _payout(row: sqlite3.Row) -> Payout:
    finished_at = moment(row["finished_at"]) if row["finished_at"] else None
    values = dict(row) | {"made_at": moment(row["made_at"]), "finished_at": finished_at}
    return Payout(**values | {"authorised": bool(row["authorised"])})
