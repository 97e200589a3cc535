"""Daraja's token service: one token lives at a time, for an hour of clock time."""

import base64
import binascii
import hmac
import json
import secrets
from datetime import timedelta

from voicepact.simulator.books import moment, stamp
from voicepact.simulator.ground import Ground
from voicepact.simulator.refusals import CredentialsRefused, Family, Refused, wrong_token

LIFE_S = 3599
NOTE = "token"


class Tokens:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def grant(self, authorization: str, *, grant_type: str) -> str:
        """A new token lives and the one before it is dead.

        Raises Refused for a wrong way of asking, CredentialsRefused for a wrong key or secret.
        """
        if grant_type != "client_credentials":
            raise Refused("400.008.02", "Invalid grant type passed", http=400)
        scheme, _, encoded = authorization.partition(" ")
        if scheme != "Basic":
            raise Refused("400.008.01", "Invalid Authentication passed", http=400)
        config = self._ground.config
        if not hmac.compare_digest(_decoded(encoded), f"{config.consumer_key}:{config.consumer_secret}".encode()):
            raise CredentialsRefused
        token = secrets.token_urlsafe(21)
        note = json.dumps({"token": token, "dies_at": stamp(self._ground.clock() + timedelta(seconds=LIFE_S))})
        self._ground.books.write_note(NOTE, note)
        return token

    def check(self, authorization: str, *, family: Family) -> None:
        """Raises Refused, with this family's own code, unless the living token was shown."""
        note = json.loads(self._ground.books.read_note(NOTE) or "{}")
        scheme, _, shown = authorization.partition(" ")
        alive = bool(note) and self._ground.clock() < moment(note["dies_at"])
        if scheme != "Bearer" or not alive or not hmac.compare_digest(shown.encode(), note["token"].encode()):
            raise wrong_token(family)


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""
