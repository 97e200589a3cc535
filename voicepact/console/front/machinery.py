"""Whether everything works just now: the rails' circuits, the processes, and Redis; asked when the page is opened."""

from dataclasses import dataclass

from celery import current_app
from django.utils.safestring import SafeString
from redis.exceptions import RedisError

from payments import breaker
from voicepact.kernel import heartbeat, redis
from voicepact.kernel.display import Tone, label
from voicepact.kernel.heartbeat import BEAT, WORKER, Life

NAMES = {WORKER: "Worker", BEAT: "Beat"}
WORK = {WORKER: "does the work", BEAT: "is the clock that starts it"}
OPERATIONS = {breaker.COLLECT: "Prompts", breaker.PAY: "Payouts", breaker.REVERSE: "Reversals"}


@dataclass(frozen=True, slots=True)
class Process:
    """One process, or that there is none of its kind."""

    name: str
    about: str
    state: SafeString
    is_well: bool


@dataclass(frozen=True, slots=True)
class Machinery:
    """`waking` is how many nudges lie in Redis; none where Redis does not answer, and then nothing else is known."""

    processes: tuple[Process, ...]
    waking: int | None

    @property
    def answers(self) -> SafeString:
        return label("Answers", Tone.GOOD)


def machinery() -> Machinery:
    try:
        lives = heartbeat.lives()
        waking = redis.client().llen(current_app.conf.task_default_queue)
    except RedisError:
        return Machinery((), None)
    return Machinery(tuple(each for kind in NAMES for each in _processes(kind, lives)), int(waking))


def _processes(kind: str, lives: list[Life]) -> list[Process]:
    found = [_process(life) for life in lives if life.kind == kind]
    return found or [Process(NAMES[kind], WORK[kind], label("None has been seen", Tone.BAD), is_well=False)]


def _process(life: Life) -> Process:
    name = f"{NAMES[life.kind]} {life.name.rpartition('@')[2]}"
    if not life.is_alive:
        return Process(name, WORK[life.kind], label(f"Dead: last seen {_ago(life.seen_s)}", Tone.BAD), is_well=False)
    if life.is_idle:
        return Process(name, WORK[life.kind], label("There, but nothing gets done", Tone.BAD), is_well=False)
    return Process(name, WORK[life.kind], label(f"Alive, seen {_ago(life.seen_s)}", Tone.GOOD), is_well=True)


def _ago(seconds: int) -> str:
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} minutes ago"


def circuits(gateway: str) -> list[tuple[str, SafeString]]:
    """Each operation of the rail, and whether the rail is called for it as usual."""
    return [(words, _circuit(gateway, operation)) for operation, words in OPERATIONS.items()]


def _circuit(gateway: str, operation: str) -> SafeString:
    if breaker.is_closed(gateway, operation):
        return label("Works", Tone.GOOD)
    seconds = breaker.retry_after(gateway, operation)
    return label(f"Left alone for {seconds} s", Tone.BAD) if seconds else label("The next call tries it", Tone.CARE)
