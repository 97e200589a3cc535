"""What the simulator says no with: the rails' error codes, and the control calls' plain words."""

from typing import Literal

Family = Literal["stk", "b2c", "status"]


class Refused(Exception):
    """A request to Daraja got its error envelope. Codes: Safaricom's Daraja portal, error codes of each API."""

    def __init__(self, code: str, message: str, *, http: int) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.http = http


class CredentialsRefused(Exception):
    """Daraja's token service got a key and secret that it does not know: HTTP 400 with an empty body."""


class PlainRefused(Exception):
    """Africa's Talking answers these in plain text, not JSON, on every one of its APIs."""

    def __init__(self, message: str, *, http: int) -> None:
        super().__init__(message)
        self.message = message
        self.http = http


class SubscriberBusy(Exception):
    """The phone has another prompt open."""


class NothingRegistered(Exception):
    """No addresses are registered for payments by hand, so nobody could hear of one."""


class NoScreen(Exception):
    """The application gave a USSD turn no screen; the text says how."""


class ControlRefused(Exception):
    """A control call asked for something impossible; the message says what."""

    def __init__(self, message: str, *, http: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.http = http


def invalid(field: str) -> Refused:
    return Refused("400.002.02", f"Bad Request - Invalid {field}", http=400)


def malformed() -> Refused:
    return Refused("400.002.05", "Invalid Request Payload", http=400)


def wrong_token(family: Family) -> Refused:
    """Each family of Daraja's APIs refuses a dead token in its own way."""
    if family == "stk":
        return Refused("404.001.03", "Invalid Access Token", http=404)
    if family == "b2c":
        return Refused("401.002.01", "Error Occurred - Invalid Access Token", http=401)
    return Refused("400.003.01", "Invalid Access Token", http=400)


def wrong_credentials() -> Refused:
    return Refused("500.001.1001", "Wrong credentials", http=500)


def no_such_merchant() -> Refused:
    return Refused("500.001.1001", "Merchant does not exist", http=500)


def subscriber_locked() -> Refused:
    message = "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    return Refused("500.001.1001", message, http=500)


def no_such_transaction() -> Refused:
    return Refused("500.001.1001", "The transaction does not Exist", http=500)


def no_information() -> Refused:
    """What a query answers now and then about a transaction that is perfectly well."""
    return Refused("500.001.1001", "", http=500)


def duplicate_originator() -> Refused:
    return Refused("500.002.1001", "Duplicate OriginatorConversationID.", http=500)


def spike_arrest() -> Refused:
    return Refused("500.003.02", "Error Occurred: Spike Arrest Violation", http=500)


def no_urls() -> Refused:
    """Our own wording: what Daraja says to a simulated payment before any URL is registered is not documented."""
    return Refused("400.003.02", "Bad Request - no URLs are registered for this ShortCode", http=400)


def internal_error() -> Refused:
    return Refused("500.003.1001", "Internal Server Error", http=500)
