"""Which calls may be repeated: those that move nothing.

A push, a payout or a reversal is never repeated; a question, or the wish for a token, is.
"""

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_exponential

from payments.gateways.base import GatewayUnavailable, NotTold, OutcomeUnknown

T = TypeVar("T")
ATTEMPTS = 3
SHORTEST_WAIT_S, LONGEST_WAIT_S = 1, 10
PATIENCE_S = 15  # a rail that is silent for longer is asked again by the schedule, and holds up no worker


def repeated(function: Callable[..., T], *args: object) -> T:
    """The first answer of up to three calls, or the last one's error. Only for calls that move nothing."""
    return RETRYING.copy()(function, *args)


def _may_pass(error: BaseException) -> bool:
    """Whether a moment may be all that it takes: a rail that names a longer one is left alone for so long."""
    if isinstance(error, GatewayUnavailable):
        return error.rails_fault and error.retry_after <= LONGEST_WAIT_S
    return isinstance(error, OutcomeUnknown) and not isinstance(error, NotTold)


RETRYING = Retrying(
    stop=stop_after_attempt(ATTEMPTS) | stop_after_delay(PATIENCE_S),
    wait=wait_exponential(multiplier=1, min=SHORTEST_WAIT_S, max=LONGEST_WAIT_S),
    retry=retry_if_exception(_may_pass),
    reraise=True,
)
