"""Why staff cannot say something to somebody."""

from voicepact.kernel.errors import Refusal


class NotSentAgain(Refusal):
    code = "not_sent_again"


class NotWaiting(Refusal):
    """The SMS does not wait for an answer of staff, or has had one."""

    code = "not_waiting"


class UnfitAnswer(Refusal):
    code = "unfit_answer"
    status = 400
