"""A phone that dials: each turn goes in as Africa's Talking sends it, and the screen comes back."""

import secrets

from django.test import Client

from notifications.tests.conftest import SECRET

NETWORK = Client(raise_request_exception=False)  # one for all: making it takes longer than a turn


class Dialled:
    """One call of the phone; `screen` is what it shows now."""

    def __init__(self, phone: str, *, text: str = "", session_id: str = "") -> None:
        self.phone, self.text = phone, text
        self.session_id = session_id or f"ATUid_{secrets.token_hex(16)}"
        self.screen = self.turn(text)

    def key(self, *inputs: str) -> str:
        """The person keys this in, one answer after the other; returns the screen after the last."""
        for given in inputs:
            self.text = f"{self.text}*{given}" if self.text else given
            self.screen = self.turn(self.text)
        return self.screen

    def choose(self, *labels: str) -> str:
        """The person looks for these words on the screen, on further pages too, and keys what stands before them."""
        for label in labels:
            self.key(self._key_of(label))
        return self.screen

    def _key_of(self, label: str) -> str:
        while True:
            for line in self.screen.splitlines():
                key, _, words = line.partition(" ")
                if label in words and key.isdigit():
                    return key
            assert "98 " in self.screen, f"no choice {label!r} on {self.screen!r}"
            self.key("98")

    def turn(self, text: str) -> str:
        """The turn with this whole text, whatever was sent before."""
        answer = post(self.phone, text, session_id=self.session_id)
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"].startswith("text/plain")
        return str(answer.content.decode())

    def hang_up(self, status: str = "Incomplete", **fields: str) -> None:
        """The network tells that the call is over."""
        form = {**_form(self.phone, self.text, self.session_id), "status": status, "input": self.text, **fields}
        del form["text"]
        assert NETWORK.post(f"/api/v1/ussd/events/{SECRET}", form).status_code == 200


def post(phone: str, text: str, *, session_id: str, secret: str = SECRET):
    return NETWORK.post(f"/api/v1/ussd/{secret}", _form(phone, text, session_id))


def _form(phone: str, text: str, session_id: str) -> dict[str, str]:
    return {
        "sessionId": session_id,
        "phoneNumber": phone,
        "networkCode": "63902",
        "serviceCode": "*384*1234#",
        "text": text,
    }
