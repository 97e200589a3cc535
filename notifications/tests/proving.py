"""What a phone shows its owner: the codes in its newest SMS, and a PIN that was set with one."""

import re

from contracts.models import Contract
from notifications import announcements, codes, pins
from notifications.models import Code, Message
from tests.factories import locked

GOOD_PIN = "4826"


def read(phone: str) -> str:
    """The newest SMS of the phone, as it leaves for the network."""
    return codes.as_sent(Message.objects.filter(phone=phone).order_by("pk").last() or Message())


def code_in(text: str) -> str:
    """The code in an SMS: six digits to set a PIN, else four behind a deal's id."""
    found = re.search(r"(?<=: )\d{6}(?=\.)|(?<=\d{6} )\d{4}", text)
    assert found, f"no code in {text!r}"
    return found[0]


def another(code: str) -> str:
    """A number of as many digits that is not the code."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def with_pin(phone: str, pin: str = GOOD_PIN) -> None:
    """The phone has a PIN, set as people do."""
    assert pins.send_code(phone, language="en")
    assert pins.set_pin(phone, code=code_in(read(phone)), pin=pin) == pins.Setting.SET


def funded(**terms: object) -> Contract:
    """A deal whose money is locked, and of which everything so far has been told."""
    contract = locked(**terms).contract
    announcements.announce_due()
    return Contract.objects.get(pk=contract.pk)


def open_codes(phone: str) -> list[str]:
    """The codes that would be taken from the phone now."""
    return [codes.digits(code) for code in Code.objects.filter(phone=phone, ended_at=None)]
