"""M-Pesa Express (STK push): a prompt on a phone, its answer, its result, and the query about it."""

from dataclasses import dataclass
from datetime import timedelta

from voicepact.simulator import fields, identities, limits, outcomes, results, wire
from voicepact.simulator.ground import Ground
from voicepact.simulator.jobs import Post
from voicepact.simulator.outcomes import Answer
from voicepact.simulator.prompts import Prompt, Prompts
from voicepact.simulator.refusals import invalid, no_information, no_such_transaction, subscriber_locked

EXPIRE = "expire_prompt"
SETTLE = "settle_prompt"
PAY_AFTER_ALL = "pay_prompt_after_all"

STILL_PROCESSING = "4999"
_CODE_OF_ANSWER = {
    Answer.CANCEL: "1032",
    Answer.WRONG_PIN: "2001",
    Answer.IGNORE: "1037",
    Answer.EXPIRE: "1037",
    Answer.REFUSE: "17",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRequest:
    msisdn: str
    amount: int
    reference: str
    callback_url: str

    @classmethod
    def read(cls, body: fields.Body, *, shortcode: str, passkey: str) -> "PushRequest":
        """Raises Refused for whatever Daraja would refuse about it."""
        fields.check_password(body, shortcode=shortcode, passkey=passkey)
        fields.one_of(body, "TransactionType", "CustomerPayBillOnline")
        amount = fields.amount(body, lowest=limits.PUSH_MINIMUM, highest=limits.PER_TRANSACTION)
        msisdn = fields.msisdn(body, "PhoneNumber")
        if fields.msisdn(body, "PartyA") != msisdn:
            raise invalid("PartyA")
        fields.one_of(body, "PartyB", shortcode)
        callback_url = fields.url(body, "CallBackURL")
        reference = fields.text(body, "AccountReference", longest=12)
        fields.text(body, "TransactionDesc", longest=13, called="Remarks")
        return cls(msisdn=msisdn, amount=amount, reference=reference, callback_url=callback_url)


@dataclass(frozen=True, slots=True)
class Pushed:
    """The acknowledged prompt. `post_first` goes out before the acknowledgement does, which may get lost itself."""

    prompt: Prompt
    post_first: Post | None = None
    acknowledgement_lost: bool = False


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    prompt: Prompt
    code: str
    words: str


class Express:
    def __init__(self, ground: Ground, prompts: Prompts) -> None:
        self._ground = ground
        self._prompts = prompts

    def push(self, request: PushRequest) -> Pushed:
        """The prompt is on the phone, or refused by rule 17 before it rang; either way it is acknowledged.

        Raises Refused while the phone has another prompt open.
        """
        with self._ground.books.transaction():
            if self._prompts.has_open(request.msisdn):
                raise subscriber_locked()
            ruled_out = self._is_too_soon(request)
            prompt = self._open(request)
            self._ground.mail.forge(self._callback(prompt, code="0", receipt=identities.receipt_number()))
            if request.msisdn in outcomes.KEYED:
                return self._answer_as_fated(prompt)
            if ruled_out:
                self._answer(prompt, Answer.REFUSE)
            elif self._ground.config.auto_approve:
                self._answer(prompt, Answer.APPROVE)
            else:
                self._ground.jobs.put(EXPIRE, prompt.checkout_id, after=limits.PROMPT_LIFE)
        return Pushed(prompt)

    def answer(self, prompt: Prompt, answer: Answer) -> None:
        """A hand has answered this open prompt; the network will settle it after its delay."""
        with self._ground.books.transaction():
            self._answer(prompt, answer)

    def expire(self, checkout_id: str) -> None:
        """A prompt that nobody has answered is over; one that was answered stays as it is."""
        prompt = self._known(checkout_id)
        if prompt.answer is None:
            self._prompts.answer(checkout_id, Answer.EXPIRE)
            self.settle(checkout_id)

    def settle(self, checkout_id: str) -> None:
        """The prompt has its result, money has moved if that is 0, and the callback is on its way."""
        prompt = self._known(checkout_id)
        if prompt.code:
            return
        fate = outcomes.payer(prompt.msisdn)
        finished = self._finish(prompt, self._code(prompt))
        self._ground.mail.send(self._callback_of(finished), after=fate.callback_after, copies=fate.callbacks)
        if fate.pays_later is not None:
            self._ground.jobs.put(PAY_AFTER_ALL, checkout_id, after=fate.pays_later)

    def pay_after_all(self, checkout_id: str) -> None:
        """Money has moved for a prompt whose failure was told, and a second callback says so."""
        finished = self._finish(self._known(checkout_id), "0")
        self._ground.mail.send(self._callback_of(finished))

    def query(self, checkout_id: str) -> QueryAnswer:
        """What the network knows of the prompt: a result code, never an amount or a receipt number.

        Raises Refused for an unknown prompt, and at the rate of the fault `query_noise`.
        """
        if self._ground.faults.strikes(self._ground.faults.read().query_noise):
            raise no_information()
        prompt = self._known(checkout_id)
        code = prompt.code or STILL_PROCESSING
        return QueryAnswer(prompt, code, results.words_of_query(code))

    def _known(self, checkout_id: str) -> Prompt:
        prompt = self._prompts.find(checkout_id)
        if prompt is None:
            raise no_such_transaction()
        return prompt

    def _is_too_soon(self, request: PushRequest) -> bool:
        now = self._ground.clock()
        return self._prompts.pushed_since(request.msisdn, request.amount, now=now, apart=limits.SAME_AMOUNT_APART)

    def _open(self, request: PushRequest) -> Prompt:
        now = self._ground.clock()
        checkout_id = identities.checkout_id(request.msisdn, at=now)
        while self._prompts.find(checkout_id) is not None:
            now += timedelta(seconds=1)  # a thousand ids a second and phone: a crowded second borrows from the next
            checkout_id = identities.checkout_id(request.msisdn, at=now)
        prompt = Prompt(
            checkout_id=checkout_id,
            merchant_id=identities.merchant_id(),
            msisdn=request.msisdn,
            amount=request.amount,
            reference=request.reference,
            callback_url=request.callback_url,
            made_at=self._ground.clock(),
        )
        self._prompts.add(prompt)
        return prompt

    def _answer(self, prompt: Prompt, answer: Answer) -> None:
        self._prompts.answer(prompt.checkout_id, answer)
        self._ground.jobs.put(SETTLE, prompt.checkout_id, after=self._ground.config.delay)

    def _answer_as_fated(self, prompt: Prompt) -> Pushed:
        fate = outcomes.payer(prompt.msisdn)
        if not fate.before_acknowledgement:
            self._answer(prompt, fate.answer)
            return Pushed(prompt, acknowledgement_lost=fate.acknowledgement_lost)
        self._prompts.answer(prompt.checkout_id, fate.answer)
        finished = self._finish(prompt, self._code(prompt))
        return Pushed(prompt, post_first=self._callback_of(finished))

    def _code(self, prompt: Prompt) -> str:
        ground = self._ground
        answer = self._known(prompt.checkout_id).answer or Answer.EXPIRE
        if fated := outcomes.payer(prompt.msisdn).code:
            return fated
        if answer is not Answer.APPROVE:
            return _CODE_OF_ANSWER[answer]
        return limits.code_for_payer(prompt.msisdn, prompt.amount, purses=ground.purses, movements=ground.movements)

    def _finish(self, prompt: Prompt, code: str) -> Prompt:
        receipt = ""
        if code == "0":
            receipt = self._ground.movements.move(
                "collection",
                prompt.amount,
                payer=prompt.msisdn,
                payee=self._ground.config.shortcode,
                reference=prompt.reference,
            )
        self._prompts.finish(prompt.checkout_id, code=code, receipt=receipt)
        return self._known(prompt.checkout_id)

    def _callback_of(self, prompt: Prompt) -> Post:
        return self._callback(prompt, code=prompt.code, receipt=prompt.receipt)

    def _callback(self, prompt: Prompt, *, code: str, receipt: str) -> Post:
        stated = prompt.amount + outcomes.payer(prompt.msisdn).lie
        items: list[wire.Pair] = [
            ("Amount", wire.cents(stated)),
            ("MpesaReceiptNumber", receipt),
            ("Balance", wire.NO_VALUE),
            ("TransactionDate", identities.short_date(self._ground.clock())),
            ("PhoneNumber", int(prompt.msisdn)),
        ]
        return wire.express_callback(
            prompt.callback_url,
            shortcode=self._ground.config.shortcode,
            merchant_id=prompt.merchant_id,
            checkout_id=prompt.checkout_id,
            code=code,
            items=items if code == "0" else (),
        )
