"""Phone numbers: read as people write them, kept in E.164, masked wherever they are shown or logged."""

import hashlib
import hmac

import phonenumbers
from django.conf import settings

REGION = "KE"


class InvalidPhone(ValueError):
    """The text is not a phone number."""


def parse(text: str) -> str:
    """The number in E.164 (`+254712345678`), from any way of writing it; without a country code it is Kenyan.

    Raises InvalidPhone.
    """
    if not isinstance(text, str) or len(text) > 40:
        raise InvalidPhone("not a phone number")
    digits = text.strip().removeprefix("00") if text.strip().startswith("00254") else text.strip()
    if digits.startswith("254") and digits.isdigit():
        digits = f"+{digits}"
    try:
        number = phonenumbers.parse(digits, REGION)
    except phonenumbers.NumberParseException as error:
        raise InvalidPhone("not a phone number") from error
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise InvalidPhone("not a phone number in use")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def local(phone: str) -> str:
    """A number in E.164 as its own country writes it: `0712345678`."""
    written = phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.NATIONAL)
    return written.replace(" ", "")


def mask(phone: str) -> str:
    """`+2547*****678`: enough to recognise one's own number, not enough to call a stranger's."""
    return f"{phone[:5]}{'*' * max(len(phone) - 8, 0)}{phone[-3:]}" if len(phone) > 8 else "*" * len(phone)


def digest(phone: str) -> str:
    """A keyed digest of a number, for records that outlive the person's data (16 hex characters)."""
    return hmac.new(settings.PAYMENT_REFERENCE_KEY.encode(), phone.encode(), hashlib.sha256).hexdigest()[:16]
