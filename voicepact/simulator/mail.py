"""Puts callbacks on their way, as kind or unkind as the world is set to be."""

import secrets
from dataclasses import replace
from datetime import timedelta

from voicepact.simulator.faults import FaultBox
from voicepact.simulator.jobs import POST, POST_EACH_MINUTE, POST_UNTIL_HEARD, Jobs, Post

LONGEST_OVERTAKING_S = 5.0


class Mail:
    def __init__(self, jobs: Jobs, faults: FaultBox) -> None:
        self._jobs = jobs
        self._faults = faults

    def send(self, post: Post, *, after: timedelta = timedelta(0), copies: int = 1) -> None:
        """The post will be made once per copy, unless a fault drops or doubles it; nobody makes it again."""
        self._send(POST, post, after=after, copies=copies)

    def send_each_minute(self, post: Post, *, after: timedelta = timedelta(0), copies: int = 1) -> None:
        """The same, but each copy is posted every minute until it is heard, for six hours."""
        self._send(POST_EACH_MINUTE, post, after=after, copies=copies)

    def send_until_heard(self, post: Post, *, after: timedelta = timedelta(0)) -> None:
        """The post will be made again and again until it is answered with 200, for twelve hours."""
        copies = 2 if self._faults.strikes(self._faults.read().duplicate_callback) else 1
        for _ in range(copies):
            self._jobs.put(POST_UNTIL_HEARD, post.to_text(), after=after + self._held_back())

    def forge(self, post: Post) -> None:
        """A stranger posts this to the same place, not knowing the secret that ends the address."""
        if self._faults.strikes(self._faults.read().forge):
            url = f"{post.url.rsplit('/', 1)[0]}/{secrets.token_hex(16)}"
            self._jobs.put(POST, Post(url, post.body, post.headers).to_text())

    def forge_signature(self, post: Post, *, header: str) -> None:
        """A stranger posts this to the same place, not knowing the secret that signs it."""
        if self._faults.strikes(self._faults.read().forge):
            signed = {**post.headers, header: f"sha256={secrets.token_hex(32)}"}
            self._jobs.put(POST, replace(post, headers=signed).to_text())

    def _send(self, kind: str, post: Post, *, after: timedelta, copies: int) -> None:
        faults = self._faults.read()
        if self._faults.strikes(faults.drop_callback):
            return
        if copies and self._faults.strikes(faults.duplicate_callback):
            copies += 1
        for _ in range(copies):
            self._jobs.put(kind, post.to_text(), after=after + self._held_back())

    def _held_back(self) -> timedelta:
        faults = self._faults.read()
        overtaking_s = self._faults.pause_s(LONGEST_OVERTAKING_S) if self._faults.strikes(faults.reorder) else 0.0
        return timedelta(seconds=faults.delay_callback_s + overtaking_s)
