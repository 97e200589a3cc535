"""The application as the simulator meets it: addresses to post to, and one question."""

import requests

from voicepact.simulator.jobs import Post
from voicepact.simulator.refusals import ControlRefused

TIMEOUT_S = (3.05, 10.0)


class Application:
    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    def post(self, post: Post) -> int:
        """The status that the application answered with. Raises OSError where it did not answer."""
        answer = requests.post(
            post.url, data=post.body.encode(), headers=dict(post.headers), timeout=TIMEOUT_S, allow_redirects=False
        )
        return answer.status_code

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
