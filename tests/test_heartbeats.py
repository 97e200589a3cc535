"""The processes of a running stack tell that they live, and one that died is missed."""

from tests.stack import Stack
from voicepact.kernel import heartbeat
from voicepact.kernel.heartbeat import BEAT, WORKER, Life
from voicepact.stack.readiness import wait_until


def _life(kind: str) -> Life | None:
    return next((life for life in heartbeat.lives() if life.kind == kind), None)


def _is_well(kind: str) -> bool:
    life = _life(kind)
    return life is not None and life.is_alive and not life.is_idle


def test_worker_and_beat_tell_that_they_live(stack: Stack) -> None:
    wait_until(lambda: _is_well(WORKER), what="The worker told of no work", within_s=30)
    wait_until(lambda: _is_well(BEAT), what="Beat did not tell that it lives", within_s=30)


def test_a_worker_that_ends_in_good_order_is_forgotten_at_once(stack: Stack) -> None:
    wait_until(lambda: _is_well(WORKER) and _is_well(BEAT), what="Not both were alive", within_s=30)
    stack.stop("worker")
    try:
        assert _life(WORKER) is None
        life = _life(BEAT)
        assert life is not None
        assert life.is_alive
    finally:
        stack.start("worker")
    wait_until(lambda: _is_well(WORKER), what="The worker did not tell that it is back", within_s=30)
