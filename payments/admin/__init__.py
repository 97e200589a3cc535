"""Where the money is, as staff see it: to read, never to edit."""

from payments.admin import desk, money

__all__ = ["desk", "money"]
