"""Both rails in a thread: they speak real HTTP, answer as they are told, and remember what they were asked.

Told nothing, they behave: Daraja grants tokens of which only the newest counts, and both take every order.
"""

import itertools
import json
import secrets
import socket
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from django.db import connections

from payments.models import Transfer

TOKEN = "/oauth/v1/generate"
PUSH = "/mpesa/stkpush/v1/processrequest"
QUERY = "/mpesa/stkpushquery/v1/query"
PAY = "/mpesa/b2c/v3/paymentrequest"
STATUS = "/mpesa/transactionstatus/v1/query"
BALANCE = "/mpesa/accountbalance/v1/query"
REVERSE = "/mpesa/reversal/v1/request"
REGISTER = "/mpesa/c2b/v2/registerurl"
PULL = "/pulltransactions/v1/query"

AT_PUSH = "/mobile/checkout/request"
AT_PAY = "/mobile/b2c/request"
AT_FIND = "/query/transaction/find"
AT_BALANCE = "/query/wallet/balance"

STALE = {PUSH: (404, "404.001.03"), QUERY: (404, "404.001.03"), STATUS: (400, "400.003.01")}
STALE_ELSEWHERE = (401, "401.002.01")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came; `body` is the JSON of a POST."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    raw: str

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.raw)
        return body


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: JSON, or bytes as they are."""

    body: dict[str, Any] | bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Act = Callable[[Asked], Reply | None]
"""None hangs up without an answer."""


def refuses(status: int, code: str, words: str = "") -> Act:
    """Daraja's error envelope."""
    return lambda _: Reply({"requestId": "4c1e-4f0a-9b7d-1", "errorCode": code, "errorMessage": words}, status)


def says(body: dict[str, Any] | bytes, status: int = 200) -> Act:
    return lambda _: Reply(body, status)


def hangs_up(_: Asked) -> None:
    """The request was read, the connection is closed without an answer."""


def finds(code: str | int, words: str = "") -> Act:
    """The answer to an STK query."""
    return lambda asked: Reply(
        {
            "ResponseCode": "0",
            "ResponseDescription": "The service request has been accepted successfully",
            "MerchantRequestID": "5e21-4c0b-a8d1-1",
            "CheckoutRequestID": asked.body["CheckoutRequestID"],
            "ResultCode": code,
            "ResultDesc": words,
        }
    )


def has_found(transfer: Transfer, status: str = "Success", **lies: Any) -> Act:
    """Africa's Talking's answer to a question about `transfer`; `value="KES 1.0000"` makes it say something else."""
    inward = transfer.is_collection
    sides = ("source", "destination") if inward else ("destination", "source")
    truth = {
        "transactionId": transfer.external_id,
        "category": "MobileCheckout" if inward else "MobileB2C",
        "providerRefId": f"AT{secrets.token_hex(4).upper()}",
        **dict(zip(sides, (transfer.phone, "PaymentWallet"), strict=True)),
        "value": f"KES {transfer.amount:.4f}",
        "status": status,
        "requestMetadata": {"transfer_token": transfer.token},
    }
    said = {name: value for name, value in {**truth, **lies}.items() if value is not None}
    return says({"status": "Success", "data": said})


class Rail:
    """`asked` is every request so far, in order; `url` its address."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._acts: dict[str, deque[Act]] = {}
        self._lock, self._closing = Lock(), Event()
        self._numbers, self._token = itertools.count(1), ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def will(self, path: str, *acts: Act) -> None:
        """The next requests to `path` get these, one each; then it behaves again."""
        self._acts.setdefault(path, deque()).extend(acts)

    def forget(self, path: str) -> None:
        """What `path` was told to do and has not done, it does not do."""
        self._acts.pop(path, None)

    def stays_silent(self, _: Asked) -> None:
        """An act: no answer while the test lasts, then the connection is closed."""
        self._closing.wait(10)

    def to(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    def about(self, transfer: Transfer, path: str = "") -> list[Asked]:
        """What was asked about one transfer, known by any of its names."""
        names = [transfer.token, transfer.originator_conversation_id, transfer.external_id]
        mine = [asked for asked in self.asked if any(name and name in asked.raw + asked.query for name in names)]
        return [asked for asked in mine if asked.path == path or not path]

    def answer(self, asked: Asked) -> Reply | None:
        with self._lock:
            self.asked.append(asked)
            acts = self._acts.get(asked.path)
            act = acts.popleft() if acts else self._behave
        return act(asked)

    def _behave(self, asked: Asked) -> Reply:
        number = next(self._numbers)
        if asked.path in (AT_PUSH, AT_PAY, AT_FIND, AT_BALANCE):
            return self._behave_as_africastalking(asked, f"ATPid_{self._server.server_port}_{number}")
        if asked.path == TOKEN:
            self._token = f"token-{number}"
            return Reply({"access_token": self._token, "expires_in": "3599"})
        if asked.headers.get("Authorization") != f"Bearer {self._token}":
            status, code = STALE.get(asked.path, STALE_ELSEWHERE)
            return Reply({"requestId": "1", "errorCode": code, "errorMessage": "Invalid Access Token"}, status)
        if asked.path == QUERY:
            return finds("4999", "The transaction is still under processing")(asked) or Reply({})
        names = ("MerchantRequestID", "CheckoutRequestID") if asked.path == PUSH else ("", "ConversationID")
        ids = {name: f"{name[0]}-{self._server.server_port}-{number}" for name in names if name}
        return Reply({**ids, "ResponseCode": "0", "ResponseDescription": "Accept the service request successfully."})

    def _behave_as_africastalking(self, asked: Asked, transaction_id: str) -> Reply:
        if asked.path == AT_FIND:
            return Reply({"status": "Failure", "errorMessage": "No such transaction"})
        if asked.path == AT_BALANCE:
            return Reply({"status": "Success", "balance": "KES 90.0000"})
        taken = {"transactionId": transaction_id, "transactionFee": "KES 0.1000", "providerChannel": "525900"}
        if asked.path == AT_PUSH:
            return Reply({**taken, "status": "PendingConfirmation", "description": "Waiting for user input"}, 201)
        return Reply({"numQueued": 1, "entries": [{**taken, "status": "Queued", "errorMessage": None}]}, 201)


def _handler(rail: Rail) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked = Asked(self.command, path, query, dict(self.headers), raw)
            try:
                reply = rail.answer(asked)
            finally:
                connections.close_all()
            self._send(reply) if reply else self.connection.shutdown(socket.SHUT_RDWR)

        def do_POST(self) -> None:
            self.do_GET()

        def _send(self, reply: Reply) -> None:
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler
