"""Where the money is, as staff see it: to read, never to edit."""

from payments.admin import books, desk, money

__all__ = ["books", "desk", "money"]
