"""M-Pesa Express (STK push): a push that rings on a phone, and the query about it."""

from dataclasses import dataclass
from datetime import timedelta

from voicepact.simulator import fields, identities, limits, results
from voicepact.simulator.express_news import ExpressNews
from voicepact.simulator.ground import Ground
from voicepact.simulator.prompts import Prompt, Prompts
from voicepact.simulator.refusals import (
    SubscriberBusy,
    invalid,
    no_information,
    no_such_transaction,
    subscriber_locked,
)
from voicepact.simulator.ringing import Ringing, Rung

STILL_PROCESSING = "4999"


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
class QueryAnswer:
    prompt: Prompt
    code: str
    words: str


class Express:
    def __init__(self, ground: Ground, prompts: Prompts, *, ringing: Ringing, news: ExpressNews) -> None:
        self._ground = ground
        self._prompts = prompts
        self._ringing = ringing
        self._news = news

    def push(self, request: PushRequest) -> Rung:
        """The prompt is on the phone, or refused by rule 17 before it rang; either way it is acknowledged.

        Raises Refused while the phone has another prompt open.
        """
        with self._ground.books.transaction():
            prompt = self._prompt(request)
            try:
                rung = self._ringing.ring(prompt)
            except SubscriberBusy:
                raise subscriber_locked() from None
            self._news.forge(prompt)
        return rung

    def query(self, checkout_id: str) -> QueryAnswer:
        """What the network knows of the prompt: a result code, never an amount or a receipt number.

        Raises Refused for an unknown prompt, and at the rate of the fault `query_noise`.
        """
        if self._ground.faults.strikes(self._ground.faults.read().query_noise):
            raise no_information()
        prompt = self._prompts.find(checkout_id)
        if prompt is None or prompt.payee != self._ground.config.shortcode:
            raise no_such_transaction()
        code = prompt.code or STILL_PROCESSING
        return QueryAnswer(prompt, code, results.words_of_query(code))

    def _prompt(self, request: PushRequest) -> Prompt:
        now = self._ground.clock()
        checkout_id = identities.checkout_id(request.msisdn, at=now)
        while self._prompts.find(checkout_id) is not None:
            now += timedelta(seconds=1)  # a thousand ids a second and phone: a crowded second borrows from the next
            checkout_id = identities.checkout_id(request.msisdn, at=now)
        return Prompt(
            checkout_id=checkout_id,
            merchant_id=identities.merchant_id(),
            msisdn=request.msisdn,
            payee=self._ground.config.shortcode,
            amount=request.amount,
            reference=request.reference,
            callback_url=request.callback_url,
            made_at=self._ground.clock(),
        )
