"""STOP and START: a phone that says stop is told of its money, asked for its word and answered, and no more.

What is kept from it stays as a message that was withheld (see `holding`); START brings none of that back.
"""

from notifications.models import OptOut


def stop(phone: str) -> None:
    """From now on `phone` (E.164) is reminded of nothing; since when is the first time that it said so.

    Said twice, it is said once.
    """
    OptOut.objects.get_or_create(phone=phone)


def start(phone: str) -> None:
    """`phone` gets every SMS again; nothing changes where it never said stop."""
    OptOut.objects.filter(phone=phone).delete()


def has_stopped(phone: str) -> bool:
    return OptOut.objects.filter(phone=phone).exists()
