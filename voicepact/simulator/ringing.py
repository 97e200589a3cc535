"""Prompts on phones, whichever rail sent them: they ring, are answered or expire, and the network settles them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from voicepact.simulator import limits, outcomes
from voicepact.simulator.ground import Ground
from voicepact.simulator.jobs import Post
from voicepact.simulator.outcomes import Answer
from voicepact.simulator.prompts import Prompt, Prompts
from voicepact.simulator.refusals import SubscriberBusy

EXPIRE = "expire_prompt"
SETTLE = "settle_prompt"
PAY_AFTER_ALL = "pay_prompt_after_all"

_CODE_OF_ANSWER = {
    Answer.CANCEL: "1032",
    Answer.WRONG_PIN: "2001",
    Answer.IGNORE: "1037",
    Answer.EXPIRE: "1037",
    Answer.REFUSE: "17",
}


class News(Protocol):
    """How a rail tells the application of a finished prompt."""

    def word(self, prompt: Prompt) -> Post:
        """The callback about it."""

    def tell(self, prompt: Prompt, *, after: timedelta = timedelta(0), copies: int = 1) -> None:
        """The callback is on its way, `after` from now and so many times."""


@dataclass(frozen=True, slots=True)
class Rung:
    """The prompt as it rang. `post_first` goes out before the acknowledgement does, which may get lost itself."""

    prompt: Prompt
    post_first: Post | None = None
    acknowledgement_lost: bool = False


class Ringing:
    """`news` has the rail of each account that prompts pay into."""

    def __init__(self, ground: Ground, prompts: Prompts, news: Mapping[str, News]) -> None:
        self._ground = ground
        self._prompts = prompts
        self._news = news

    def ring(self, prompt: Prompt) -> Rung:
        """The prompt is on the phone, or refused by rule 17 before it rang.

        Raises SubscriberBusy while the phone has another prompt open.
        """
        with self._ground.books.transaction():
            if self._prompts.has_open(prompt.msisdn):
                raise SubscriberBusy
            ruled_out = self._is_too_soon(prompt)
            self._prompts.add(prompt)
            if prompt.msisdn in outcomes.KEYED:
                return self._answer_as_fated(prompt)
            if ruled_out:
                self._answer(prompt, Answer.REFUSE)
            elif self._ground.config.auto_approve:
                self._answer(prompt, Answer.APPROVE)
            else:
                self._ground.jobs.put(EXPIRE, prompt.checkout_id, after=limits.PROMPT_LIFE)
        return Rung(prompt)

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
        self._news[finished.payee].tell(finished, after=fate.callback_after, copies=fate.callbacks)
        if fate.pays_later is not None:
            self._ground.jobs.put(PAY_AFTER_ALL, checkout_id, after=fate.pays_later)

    def pay_after_all(self, checkout_id: str) -> None:
        """Money has moved for a prompt whose failure was told, and a second callback says so."""
        finished = self._finish(self._known(checkout_id), "0")
        self._news[finished.payee].tell(finished)

    def _known(self, checkout_id: str) -> Prompt:
        prompt = self._prompts.find(checkout_id)
        if prompt is None:
            raise LookupError(checkout_id)
        return prompt

    def _is_too_soon(self, prompt: Prompt) -> bool:
        return self._prompts.pushed_since(
            prompt.msisdn, prompt.amount, now=self._ground.clock(), apart=limits.SAME_AMOUNT_APART
        )

    def _answer(self, prompt: Prompt, answer: Answer) -> None:
        self._prompts.answer(prompt.checkout_id, answer)
        self._ground.jobs.put(SETTLE, prompt.checkout_id, after=self._ground.config.delay)

    def _answer_as_fated(self, prompt: Prompt) -> Rung:
        fate = outcomes.payer(prompt.msisdn)
        if not fate.before_acknowledgement:
            self._answer(prompt, fate.answer)
            return Rung(prompt, acknowledgement_lost=fate.acknowledgement_lost)
        self._prompts.answer(prompt.checkout_id, fate.answer)
        finished = self._finish(prompt, self._code(prompt))
        return Rung(prompt, post_first=self._news[finished.payee].word(finished))

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
                "collection", prompt.amount, payer=prompt.msisdn, payee=prompt.payee, reference=prompt.reference
            )
        self._prompts.finish(prompt.checkout_id, code=code, receipt=receipt)
        return self._known(prompt.checkout_id)
