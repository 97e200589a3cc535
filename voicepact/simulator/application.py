"""The application as the simulator meets it: addresses to post to, and one question."""

from collections.abc import Callable
from dataclasses import dataclass

import requests

from voicepact.simulator.jobs import Post
from voicepact.simulator.refusals import ControlRefused

CONNECT_TIMEOUT_S = 3.05
TIMEOUT_S = (CONNECT_TIMEOUT_S, 10.0)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: str


# Makes one HTTP POST and returns what was answered within so many seconds; raises OSError or ValueError where nothing.
Ask = Callable[[Post, float], Reply]


class Application:
    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    def post(self, post: Post) -> int:
        """The status that the application answered with. Raises OSError where it did not answer."""
        return self.ask(post, TIMEOUT_S[1]).status

    def ask(self, post: Post, patience_s: float) -> Reply:
        """What the application answered. Raises OSError where it did not answer in time."""
        answer = requests.post(
            post.url,
            data=post.body.encode(),
            headers=dict(post.headers),
            timeout=(CONNECT_TIMEOUT_S, patience_s),
            allow_redirects=False,
        )
        return Reply(answer.status_code, answer.text)

    def check_no_postings(self) -> None:
        """Raises ControlRefused unless the application says that its ledger is empty."""
        try:
            answer = requests.get(f"{self._public_url}/readyz", timeout=TIMEOUT_S).json()
        except (OSError, ValueError):
            raise ControlRefused("The application does not say whether its ledger is empty.", http=409) from None
        if not isinstance(answer, dict) or answer.get("postings") is not False:
            raise ControlRefused(
                "The application's ledger has postings, which a new statement would not fit.", http=409
            )
