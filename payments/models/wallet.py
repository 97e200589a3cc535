"""A rail's last word on our own money there."""

from decimal import Decimal

from django.db import models


class Wallet(models.Model):
    """A rail's last word on our own money there.

    `charges_paid` is the rail's running total of what it has charged us, below zero; `charges_opening` is what it was
    at the first report, before which nothing was ours to post. `charges_expected` is what the tariffs expect of the
    payouts since then that had ended by `charges_expected_at`. `charges_gap` is by how much the rail was last found to
    charge more (or, below zero, less) than that. `short_since` is set while it does not cover what is to leave.
    """

    gateway = models.CharField(primary_key=True, max_length=30)
    currency = models.CharField(max_length=3, default="KES")
    available = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    charges_paid = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    charges_opening = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    charges_expected = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal(0))
    charges_expected_at = models.DateTimeField(null=True)
    charges_gap = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal(0))
    short_since = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Wallet at {self.gateway}"
