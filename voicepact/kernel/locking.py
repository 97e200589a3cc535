"""The only `select_for_update`: lock first, then look.

Rows are locked in the order contract, payment, transfer, everywhere; so no two transactions wait for each other. The
lock leaves the key free: a callback that refers to a transfer can be kept while the transfer is being worked.
"""

from typing import TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


def lock(model: type[M], pk: object) -> M:
    """A fresh copy of the row, which no other transaction can change until this one ends.

    Precondition: a transaction is open. A row is never refreshed after this; lock it again for another fresh copy.
    Raises model.DoesNotExist.
    """
    return model._default_manager.select_for_update(no_key=True).get(pk=pk)


def claim(queryset: "models.QuerySet[M]") -> "models.QuerySet[M]":
    """The rows of `queryset` that no other worker holds, locked for this transaction: how workers share a queue."""
    return queryset.select_for_update(skip_locked=True, of=("self",), no_key=True)
