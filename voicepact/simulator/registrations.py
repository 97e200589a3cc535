"""The addresses that the shortcode's owner registered for payments by hand (C2B)."""

import json
from dataclasses import asdict, dataclass

from voicepact.simulator import fields
from voicepact.simulator.books import Books
from voicepact.simulator.refusals import NothingRegistered

NOTE = "c2b"
COMPLETED = "Completed"
CANCELLED = "Cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """`response_type` is what becomes of a payment that nobody validates; an empty `validation_url` asks nobody."""

    response_type: str
    confirmation_url: str
    validation_url: str

    @classmethod
    def read(cls, body: fields.Body, *, shortcode: str) -> "Registration":
        """Raises Refused for whatever Daraja would refuse about it."""
        fields.one_of(body, "ShortCode", shortcode)
        response_type = fields.one_of(body, "ResponseType", COMPLETED, CANCELLED)
        confirmation_url = fields.url(body, "ConfirmationURL")
        validation_url = fields.url(body, "ValidationURL") if body.get("ValidationURL") else ""
        return cls(response_type=response_type, confirmation_url=confirmation_url, validation_url=validation_url)


class Registrations:
    """Production takes a registration once; here the newest counts."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def write(self, registration: Registration) -> None:
        self._books.write_note(NOTE, json.dumps(asdict(registration)))

    def find(self) -> Registration | None:
        text = self._books.read_note(NOTE)
        return Registration(**json.loads(text)) if text else None

    def read(self) -> Registration:
        """Raises NothingRegistered."""
        registration = self.find()
        if registration is None:
            raise NothingRegistered
        return registration
