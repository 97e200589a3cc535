"""The numbers with a fixed fate, which make every outcome of the rails reachable without a hand on the phone.

+254711000000 to +254711000010, as payer and as payee, on both rails: the daily, purse and rule-17 limits do not hold
for them. +254711000101 to +254711000109, as receiver of an SMS: Africa's Talking's answer 401 to 409. +254711000120 to
+254711000123: an SMS whose answer takes longer than its SDK waits, and one that is reported failed, twice, and not at
all.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Answer(StrEnum):
    """What a hand can do with a prompt; `EXPIRE` and `REFUSE` are the network's own."""

    APPROVE = "approve"
    CANCEL = "cancel"
    WRONG_PIN = "wrong_pin"
    IGNORE = "ignore"
    EXPIRE = "expire"
    REFUSE = "refuse"


HANDS = frozenset({Answer.APPROVE, Answer.CANCEL, Answer.WRONG_PIN, Answer.IGNORE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """How a keyed payer answers, and what happens to the callback about it.

    `code` is the result whatever the answer; `lie` is added to the amount that the callback states; `pays_later` lets
    the money move after all, so long after the failure was told.
    """

    answer: Answer = Answer.APPROVE
    code: str = ""
    callbacks: int = 1
    callback_after: timedelta = timedelta(0)
    before_acknowledgement: bool = False
    acknowledgement_lost: bool = False
    lie: int = 0
    pays_later: timedelta | None = None

    @property
    def is_poor(self) -> bool:
        """Whether the purse lacks the money, also for a payment by hand."""
        return self.code == "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    code: str = ""
    result_lost: bool = False
    queue_timeout: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Texted:
    """What becomes of an SMS to this number: the answer's code, and how often its delivery report comes.

    A `failure` is the report's reason that it did not arrive.
    """

    status_code: int = 101
    answered_late: bool = False
    failure: str = ""
    reports: int = 1


KEYED = frozenset(f"254711000{serial:03d}" for serial in range(11))

PAYERS: dict[str, Payer] = {
    "254711000001": Payer(code="1", before_acknowledgement=True),
    "254711000002": Payer(answer=Answer.IGNORE),
    "254711000003": Payer(answer=Answer.CANCEL),
    "254711000004": Payer(answer=Answer.WRONG_PIN),
    "254711000005": Payer(callbacks=0),
    "254711000006": Payer(callback_after=timedelta(minutes=6)),
    "254711000007": Payer(callbacks=3),
    "254711000008": Payer(code="1037", pays_later=timedelta(seconds=60)),
    "254711000009": Payer(lie=1),
    "254711000010": Payer(acknowledgement_lost=True),
}

PAYEES: dict[str, Payee] = {
    "254711000001": Payee(code="2040"),
    "254711000002": Payee(result_lost=True),
    "254711000005": Payee(queue_timeout=True),
}


TEXTED: dict[str, Texted] = {
    "254711000101": Texted(status_code=401),
    "254711000103": Texted(status_code=403),
    "254711000104": Texted(status_code=404),
    "254711000105": Texted(status_code=405),
    "254711000106": Texted(status_code=406),
    "254711000107": Texted(status_code=407),
    "254711000109": Texted(status_code=409),
    "254711000120": Texted(answered_late=True),
    "254711000121": Texted(failure="DeliveryFailure"),
    "254711000122": Texted(reports=2),
    "254711000123": Texted(reports=0),
}


def payer(msisdn: str) -> Payer:
    """The fate of this number as payer; of a number without one, the plain one."""
    return PAYERS.get(msisdn, Payer())


def texted(msisdn: str) -> Texted:
    return TEXTED.get(msisdn, Texted())


def payee(msisdn: str) -> Payee:
    return PAYEES.get(msisdn, Payee())
