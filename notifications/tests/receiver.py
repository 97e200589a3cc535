"""Somebody's system in a thread, which takes what is posted to it: over real HTTP, answering as it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass(frozen=True, slots=True)
class Posted:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Receiver:
    """`url` is its address, `posted` all requests so far; `act` says what it answers."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.act: Callable[[Posted], Answer] = lambda _: Answer()
        self._closing = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}/alerts"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def answers(self, status: int, **headers: str) -> None:
        self.act = lambda _: Answer(status, headers)

    def stays_silent(self) -> None:
        """It reads what is posted, and does not answer while the test lasts."""

        def wait(_: Posted) -> Answer:
            self._closing.wait(10)
            return Answer()

        self.act = wait

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            posted = Posted(self.path, headers, body)
            receiver.posted.append(posted)
            answer = receiver.act(posted)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler
