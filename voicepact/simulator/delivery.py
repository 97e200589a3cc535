"""Makes due things happen: prompts expire, money moves, callbacks are posted."""

import logging
import threading
from collections.abc import Callable, Mapping
from functools import partial

from voicepact.simulator.books import Books
from voicepact.simulator.jobs import PATIENCE, POST, Job, Jobs, Post
from voicepact.simulator.moments import Moments

log = logging.getLogger(__name__)

PAUSE_S = 0.05

# Makes one HTTP POST and returns the status of the answer; raises OSError or ValueError where none came.
Poster = Callable[[Post], int]
# Runs the call, at once or on a thread of its own.
Spawn = Callable[[Callable[[], None]], object]
# What is done with a job's subject, by the job's kind.
Rules = Mapping[str, Callable[[str], None]]


class Delivery:
    """Only one thread may run what is due."""

    def __init__(self, books: Books, jobs: Jobs, rules: Rules, *, moments: Moments, post: Poster, spawn: Spawn) -> None:
        self._books = books
        self._moments = moments
        self._jobs = jobs
        self._rules = rules
        self._post = post
        self._spawn = spawn

    def run_due(self) -> int:
        """Everything that is due has happened, or its posts are under way; returns how many jobs that was."""
        done = 0
        while job := self._jobs.next_due():
            self._run(job)
            done += 1
        return done

    def run_forever(self, stopped: threading.Event) -> None:
        """What is due happens, until `stopped`; a failure is logged and does not end it."""
        while not stopped.wait(PAUSE_S):
            try:
                self.run_due()
            except Exception:
                log.exception("delivery stumbled, and goes on")

    def post_now(self, post: Post) -> int:
        """The post was made; returns the status of the answer, or 0 where none came."""
        try:
            status = self._post(post)
        except (OSError, ValueError) as error:
            log.warning("a callback was not heard: %s", type(error).__name__)
            return 0
        if status >= 300:
            log.warning("a callback was answered with %s", status)
        return status

    def _run(self, job: Job) -> None:
        if job.kind in PATIENCE:
            self._jobs.postpone(job)
            self._spawn(partial(self._post_until_heard, job))
        elif job.kind == POST:
            self._jobs.drop(job)
            self._spawn(partial(self._post_once, job))
        else:
            self._apply(job)

    def _apply(self, job: Job) -> None:
        try:
            with self._moments.held_at(job.due_at), self._books.transaction():
                self._jobs.drop(job)
                self._rules[job.kind](job.subject)
        except Exception:
            log.exception("a job of kind %s failed and is dropped", job.kind)
            self._jobs.drop(job)

    def _post_once(self, job: Job) -> None:
        self.post_now(Post.from_text(job.subject))

    def _post_until_heard(self, job: Job) -> None:
        if PATIENCE[job.kind].is_heard(self.post_now(Post.from_text(job.subject))):
            self._jobs.drop(job)
