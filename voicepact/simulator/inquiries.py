"""Daraja's two asynchronous questions: how a transaction stands, and what the shortcode's accounts hold."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from voicepact.simulator import fields, identities, initiators, results, standings, wire
from voicepact.simulator.ground import Ground
from voicepact.simulator.jobs import Post
from voicepact.simulator.payouts import NO_RECEIPT, Payouts
from voicepact.simulator.prompts import Prompts
from voicepact.simulator.purses import CHARGES
from voicepact.simulator.refusals import invalid
from voicepact.simulator.reversals import Reversals

TELL_STATUS = "tell_status"
TELL_BALANCE = "tell_balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`conversation_id` and `originator_id` are the question's own; `about_*` name the transaction asked about."""

    originator_id: str
    conversation_id: str
    result_url: str
    authorised: bool
    about_receipt: str = ""
    about_conversation: str = ""

    def to_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Question":
        return cls(**json.loads(text))


class Inquiries:
    def __init__(self, ground: Ground, prompts: Prompts, *, payouts: Payouts, reversals: Reversals) -> None:
        self._ground = ground
        self._prompts = prompts
        self._payouts = payouts
        self._reversals = reversals

    def ask_status(self, body: fields.Body) -> Question:
        """The question is accepted; its answer will be posted. Raises Refused for a wrong field."""
        fields.one_of(body, "CommandID", "TransactionStatusQuery")
        receipt = fields.text(body, "TransactionID", shortest=0)
        conversation = fields.text(body, "OriginalConversationID", shortest=0)
        if not receipt and not conversation:
            raise invalid("TransactionID")
        return self._accept(TELL_STATUS, body, about_receipt=receipt, about_conversation=conversation)

    def ask_balance(self, body: fields.Body) -> Question:
        fields.one_of(body, "CommandID", "AccountBalance")
        return self._accept(TELL_BALANCE, body, about_receipt="", about_conversation="")

    def tell_status(self, question: str) -> None:
        """The answer about the transaction, as it stands now, is on its way."""
        asked = Question.from_text(question)
        self._ground.mail.send(self._status(asked))

    def tell_balance(self, question: str) -> None:
        asked = Question.from_text(question)
        if not asked.authorised:
            return self._ground.mail.send(self._refusal(asked, "2001"))
        pairs = (
            ("AccountBalance", self._accounts()),
            ("BOCompletedTime", identities.short_date(self._ground.clock())),
        )
        return self._ground.mail.send(self._answer(asked, pairs, codes_as_text=True))

    def _accept(self, kind: str, body: fields.Body, *, about_receipt: str, about_conversation: str) -> Question:
        authorised = initiators.is_known(body, self._ground)
        fields.one_of(body, "PartyA", self._ground.config.shortcode)
        fields.one_of(body, "IdentifierType", "4")
        fields.text(body, "Remarks", shortest=2, longest=100)
        timeout_url = fields.url(body, "QueueTimeOutURL")
        question = Question(
            originator_id=identities.merchant_id(),
            conversation_id=identities.conversation_id(at=self._ground.clock()),
            result_url=fields.url(body, "ResultURL"),
            authorised=authorised,
            about_receipt=about_receipt,
            about_conversation=about_conversation,
        )
        notice = wire.queue_timeout(
            timeout_url, originator_id=question.originator_id, conversation_id=question.conversation_id
        )
        self._ground.queue.put(kind, question.to_text(), notice=notice)
        return question

    def _status(self, asked: Question) -> Post:
        if not asked.authorised:
            return self._refusal(asked, "2001")
        pairs = self._of_outgoing(asked) or self._of_collection(asked.about_receipt)
        return self._answer(asked, pairs) if pairs else self._refusal(asked, "R000002")

    def _of_outgoing(self, asked: Question) -> list[wire.Pair]:
        """How the payout or reversal stands, known by receipt number or by either id; empty where there is none."""
        shortcode = self._ground.config.shortcode
        payout = self._payouts.by_receipt(asked.about_receipt) or self._payouts.find(asked.about_conversation)
        if payout is not None:
            return standings.of_payout(payout, shortcode=shortcode)
        reversal = self._reversals.by_receipt(asked.about_receipt) or self._reversals.find(asked.about_conversation)
        if reversal is not None:
            return standings.of_reversal(reversal, self._reversals.collection(reversal), shortcode=shortcode)
        return []

    def _of_collection(self, receipt: str) -> list[wire.Pair]:
        """The collection of this receipt number, by a prompt or by hand; one that was reversed stays completed."""
        collected = self._ground.movements.collection(receipt, payee=self._ground.config.shortcode)
        if collected is None:
            return []
        prompt = self._prompts.by_receipt(receipt)
        if prompt is None:
            return standings.of_collection(collected, by_prompt="", made_at=collected.at)
        return standings.of_collection(collected, by_prompt=prompt.merchant_id, made_at=prompt.made_at)

    def _accounts(self) -> str:
        purses = self._ground.purses
        held = (
            ("Working Account", 0),
            ("Float Account", 0),
            ("Utility Account", purses.read(self._ground.config.shortcode).balance),
            ("Charges Paid Account", purses.read(CHARGES).balance),
            ("Organization Settlement Account", 0),
        )
        return "&".join(f"{name}|KES|{amount}.00|{amount}.00|0.00|0.00" for name, amount in held)

    def _answer(self, asked: Question, pairs: Sequence[wire.Pair], *, codes_as_text: bool = False) -> Post:
        outcome = wire.Outcome(
            code="0",
            words=results.words("0"),
            originator_id=asked.originator_id,
            conversation_id=asked.conversation_id,
            receipt=identities.receipt_number(),
            pairs=pairs,
            codes_as_text=codes_as_text,
        )
        return wire.result(asked.result_url, outcome)

    def _refusal(self, asked: Question, code: str) -> Post:
        outcome = wire.Outcome(
            code=code,
            words=results.words(code),
            originator_id=asked.originator_id,
            conversation_id=asked.conversation_id,
            receipt=NO_RECEIPT,
        )
        return wire.result(asked.result_url, outcome)
