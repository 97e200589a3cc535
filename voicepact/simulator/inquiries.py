"""Daraja's two asynchronous questions: how a transaction stands, and what the shortcode's accounts hold."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from voicepact.simulator import fields, identities, results, wire
from voicepact.simulator.ground import Ground
from voicepact.simulator.jobs import Post
from voicepact.simulator.payouts import NO_RECEIPT, Payout, Payouts, is_authorised
from voicepact.simulator.prompts import Prompt, Prompts
from voicepact.simulator.purses import CHARGES
from voicepact.simulator.refusals import invalid

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
    def __init__(self, ground: Ground, prompts: Prompts, payouts: Payouts) -> None:
        self._ground = ground
        self._prompts = prompts
        self._payouts = payouts

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
        initiator = fields.text(body, "Initiator")
        credential = fields.text(body, "SecurityCredential", longest=1000)
        fields.one_of(body, "PartyA", self._ground.config.shortcode)
        fields.one_of(body, "IdentifierType", "4")
        fields.text(body, "Remarks", shortest=2, longest=100)
        fields.url(body, "QueueTimeOutURL")
        question = Question(
            originator_id=identities.merchant_id(),
            conversation_id=identities.conversation_id(at=self._ground.clock()),
            result_url=fields.url(body, "ResultURL"),
            authorised=is_authorised(self._ground, initiator=initiator, credential=credential),
            about_receipt=about_receipt,
            about_conversation=about_conversation,
        )
        self._ground.jobs.put(kind, question.to_text(), after=self._ground.config.delay)
        return question

    def _status(self, asked: Question) -> Post:
        if not asked.authorised:
            return self._refusal(asked, "2001")
        payout = self._payouts.by_receipt(asked.about_receipt) or self._payouts.find(asked.about_conversation)
        if payout is not None:
            return self._answer(asked, self._of_payout(payout))
        prompt = self._prompts.by_receipt(asked.about_receipt)
        if prompt is not None:
            return self._answer(asked, self._of_collection(prompt))
        return self._refusal(asked, "R000002")

    def _of_payout(self, payout: Payout) -> list[wire.Pair]:
        shortcode = self._ground.config.shortcode
        status = "Initiated" if not payout.code else "Completed" if payout.code == "0" else "Declined"
        finished = identities.long_date(payout.finished_at) if payout.finished_at else wire.NO_VALUE
        return [
            ("DebitPartyName", f"{shortcode} - SIMULATED PAY BILL"),
            ("CreditPartyName", f"{payout.msisdn} - SIMULATED CUSTOMER"),
            ("OriginatorConversationID", payout.originator_id),
            ("InitiatedTime", identities.long_date(payout.made_at)),
            ("DebitAccountType", "Utility Account"),
            ("DebitPartyCharges", wire.NO_VALUE),
            ("TransactionReason", results.words(payout.code) if status == "Declined" else wire.NO_VALUE),
            ("ReasonType", "Business Payment to Customer via API"),
            ("TransactionStatus", status),
            ("FinalisedTime", finished),
            ("Amount", f"{payout.amount}.00"),
            ("ConversationID", payout.conversation_id),
            ("ReceiptNo", payout.receipt or wire.NO_VALUE),
            ("DebitPartyName", f"{payout.msisdn} - SIMULATED CUSTOMER"),
        ]

    def _of_collection(self, prompt: Prompt) -> list[wire.Pair]:
        shortcode = self._ground.config.shortcode
        movement = self._ground.movements.find(prompt.receipt)
        finished = identities.long_date(movement.at) if movement else wire.NO_VALUE
        return [
            ("DebitPartyName", f"{prompt.msisdn} - SIMULATED CUSTOMER"),
            ("CreditPartyName", f"{shortcode} - SIMULATED PAY BILL"),
            ("OriginatorConversationID", prompt.merchant_id),
            ("InitiatedTime", identities.long_date(prompt.made_at)),
            ("DebitAccountType", "MMF Account For Customer"),
            ("DebitPartyCharges", wire.NO_VALUE),
            ("TransactionReason", wire.NO_VALUE),
            ("ReasonType", "Pay Utility Online"),
            ("TransactionStatus", "Completed"),
            ("FinalisedTime", finished),
            ("Amount", f"{prompt.amount}.00"),
            ("ConversationID", wire.NO_VALUE),
            ("ReceiptNo", prompt.receipt),
            ("DebitPartyName", f"{shortcode} - SIMULATED PAY BILL"),
        ]

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
