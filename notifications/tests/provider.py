"""An SMS provider in a thread: it speaks real HTTP, answers as it is told, and remembers what it was asked."""

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Reply:
    body: bytes
    status: int = 201
    content_type: str = "application/json"


Act = Callable[[str], Reply | None]
"""The answer about one phone; None hangs up without an answer."""


def answers(code: int | str, status: str = "Success", message_id: str = "ATXid_1", cost: str = "KES 0.8000") -> Act:
    """Africa's Talking's answer about one recipient."""

    def act(phone: str) -> Reply | None:
        recipient = {"statusCode": code, "number": phone, "status": status, "cost": cost, "messageId": message_id}
        return says({"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [recipient]}})(phone)

    return act


def says(body: Any, *, status: int = 201, content_type: str = "application/json") -> Act:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _: Reply(raw, status, content_type)


def hangs_up(_: str) -> None:
    """The request was read, the connection is closed without an answer."""


class Provider:
    """`url` is its address, `asked` the forms of all requests so far; `acts` says what it does about a phone."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.acts: dict[str, Act] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def texts_to(self, phone: str) -> list[str]:
        return [form["message"] for form in self.asked if form["to"] == phone]

    def answer(self, form: dict[str, str]) -> Reply | None:
        self.asked.append(form)
        phone = form["to"]
        return self.acts.get(phone, answers(101, message_id=f"ATXid_{phone}"))(phone)


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(raw)) | {"path": self.path, "apiKey": self.headers.get("apiKey", "")}
            reply = provider.answer(form)
            if reply is None:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            with suppress(ConnectionError):  # whoever asked waits no longer, as some tests want it
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler
