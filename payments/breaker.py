"""The circuits: one per gateway and operation that moves money, shared by all workers through Redis.

Five failures in a row open one; for 60 seconds nothing is called, then one call tries, and closes it or opens it again.
A failure is the rail's: an outcome that nobody knows, or a rail that cannot be reached or is busy. A refusal, or a busy
phone, is an answer. Questions are outside: they are how we learn that the rail is back.

Without Redis there is no circuit: everything is called as if all were closed. That is safe, since no circuit decides
what may be sent twice; and a rail whose shared token lives in Redis sends nothing then anyway.
"""

import math
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog
from django.db import transaction
from pybreaker import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    STATE_OPEN,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitBreakerState,
    CircuitRedisStorage,
)
from redis.exceptions import RedisError

from contracts import audit
from contracts.audit import SYSTEM, rail_actor
from contracts.models import Chain, Event
from payments.gateways.base import GatewayUnavailable, OutcomeUnknown
from voicepact.kernel import redis
from voicepact.kernel.clock import now
from voicepact.kernel.locking import lock

T = TypeVar("T")
COLLECT, PAY, REVERSE = OPERATIONS = ("collect", "pay", "reverse")
FAILURES = 5
OPEN_TIME = timedelta(seconds=60)
TRIAL_S = 120  # a trial whose worker died is forgotten after so long: more than a call and a new token can take
LOOK_AGAIN_S = 5  # while another call tries
OPENED, CLOSED = "rail.circuit_opened", "rail.circuit_closed"

log = structlog.get_logger()


class CircuitOpen(GatewayUnavailable):
    """Nothing was called: the rail is left alone for now."""


def call(gateway: str, operation: str, function: Callable[..., T], *args: Any) -> T:
    """What `function` returns or raises, and the circuit has counted it.

    Raises CircuitOpen, and then nothing was called. Precondition: no transaction is open, since the rail is outside.
    """
    storage = Storage(gateway, operation)
    circuit = CircuitBreaker(  # a new one for each call: one that is kept holds its lock while the rail answers
        fail_max=FAILURES,
        reset_timeout=OPEN_TIME.total_seconds(),
        exclude=[_is_an_answer],
        listeners=[Watch(gateway, operation, storage)],
        state_storage=storage,
        throw_new_error_on_trip=False,
    )
    try:
        return circuit.call(function, *args)
    except CircuitBreakerError as error:
        wait = storage.retry_after() or LOOK_AGAIN_S
        raise CircuitOpen("The rail's circuit is open", retry_after=wait, rails_fault=False) from error


def retry_after(gateway: str, operation: str) -> int | None:
    """For how many seconds nothing may be called; None if the rail may be."""
    return Storage(gateway, operation).retry_after()


def is_closed(gateway: str, operation: str) -> bool:
    """Whether the rail is called as usual; else it is left alone, or the next call tries it again."""
    return Storage(gateway, operation).state == STATE_CLOSED


def is_down(gateway: str) -> bool:
    """Whether any operation of the rail is left alone now."""
    return any(retry_after(gateway, operation) is not None for operation in OPERATIONS)


def _is_an_answer(error: Exception) -> bool:
    if isinstance(error, GatewayUnavailable):
        return not error.rails_fault
    return not isinstance(error, OutcomeUnknown)


class Storage(CircuitRedisStorage):
    """The library's storage in Redis, with the moment of opening on the business clock, so that a moved one counts."""

    def __init__(self, gateway: str, operation: str) -> None:
        super().__init__(STATE_CLOSED, redis.client(), namespace=f"circuit:{gateway}:{operation}")

    def _initialize_redis_state(self, state: str) -> None:
        """Nothing: a circuit of which Redis knows nothing reads as closed, with no failures."""

    @property
    def opened_at(self) -> datetime | None:
        """As long ago on the real clock, which the library reads, as it is on the business clock."""
        age = self._age()
        return None if age is None else datetime.now(UTC) - age

    @opened_at.setter
    def opened_at(self, real: datetime) -> None:
        """Precondition: `real` is the present, which the library passes."""
        with suppress(RedisError):
            self._redis.set(self._namespace("opened_at"), now().isoformat())

    def _age(self) -> timedelta | None:
        """How long ago it opened; None if never, or if the clock of whoever wrote that is ahead of ours."""
        try:
            written = self._redis.get(self._namespace("opened_at"))
        except RedisError:
            return None
        opened = written.decode() if isinstance(written, bytes) else written
        age = now() - datetime.fromisoformat(opened) if opened else None
        return age if age is None or age >= timedelta(0) else None

    def retry_after(self) -> int | None:
        """See the function of this name."""
        state = self.state
        if state == STATE_HALF_OPEN:
            return LOOK_AGAIN_S if self._is_tried() else None
        age = self._age() if state == STATE_OPEN else None
        left = OPEN_TIME - age if age is not None else timedelta(0)
        return math.ceil(left.total_seconds()) if left > timedelta(0) else None

    def take_trial(self) -> bool:
        """Whether this call is the one that tries a rail again."""
        try:
            return bool(self._redis.set(self._namespace("trial"), 1, nx=True, ex=TRIAL_S))
        except RedisError:
            return True

    def end_trial(self) -> None:
        with suppress(RedisError):
            self._redis.delete(self._namespace("trial"))

    def _is_tried(self) -> bool:
        try:
            return bool(self._redis.exists(self._namespace("trial")))
        except RedisError:
            return False


class Watch(CircuitBreakerListener):
    """Lets one call alone try a rail again, and writes down each opening and closing, once."""

    def __init__(self, gateway: str, operation: str, storage: Storage) -> None:
        self.gateway, self.operation, self.storage = gateway, operation, storage

    def before_call(self, cb: CircuitBreaker, func: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        if cb.current_state == STATE_HALF_OPEN and not self.storage.take_trial():
            raise CircuitBreakerError("another call tries the rail")

    def state_change(
        self, cb: CircuitBreaker, old_state: CircuitBreakerState | None, new_state: CircuitBreakerState
    ) -> None:
        if new_state.name == STATE_HALF_OPEN:
            return
        self.storage.end_trial()
        try:
            _tell(OPENED if new_state.name == STATE_OPEN else CLOSED, self.gateway, self.operation)
        except Exception:  # what the rail has just answered must reach its transfer all the same
            log.exception("a circuit's change could not be written down", gateway=self.gateway)


@transaction.atomic
def _tell(kind: str, gateway: str, operation: str) -> None:
    """The event exists, unless it is the last one of this circuit already: several workers may see one change."""
    Chain.objects.get_or_create(name=SYSTEM)
    lock(Chain, SYSTEM)
    payload = {"gateway": gateway, "operation": operation}
    told = Event.objects.filter(chain=SYSTEM, kind__in=(OPENED, CLOSED), payload__contains=payload)
    last = told.order_by("-serial").values_list("kind", flat=True).first()
    if (last or CLOSED) != kind:
        audit.record(kind, contract=None, actor=rail_actor(gateway), payload=payload)
