"""Daraja's queue: a request is worked after its delay, or waits longer and its sender is told of that first."""

from datetime import timedelta

from voicepact.simulator.config import Config
from voicepact.simulator.faults import FaultBox
from voicepact.simulator.jobs import Jobs, Post
from voicepact.simulator.mail import Mail

NOTICE_THEN_WORKED = timedelta(seconds=10)


class Queue:
    def __init__(self, config: Config, jobs: Jobs, mail: Mail, faults: FaultBox) -> None:
        self._config = config
        self._jobs = jobs
        self._mail = mail
        self._faults = faults

    def put(self, kind: str, subject: str, *, notice: Post) -> None:
        """The job will be done; now and then `notice`, the word of a time-out, goes out before it is."""
        if self._faults.strikes(self._faults.read().queue_timeout):
            self.hold_up(kind, subject, notice=notice)
        else:
            self._jobs.put(kind, subject, after=self._config.delay)

    def hold_up(self, kind: str, subject: str, *, notice: Post) -> None:
        """`notice` goes out, and the job is done after it all the same."""
        self._mail.send(notice, after=self._config.delay)
        self._jobs.put(kind, subject, after=self._config.delay + NOTICE_THEN_WORKED)
