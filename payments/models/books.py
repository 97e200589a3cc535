"""The ledger: what moved from which account to which, and what lies there."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from contracts.models import APPEND_ONLY
from payments.models.payment import Payment
from payments.models.transfer import Transfer
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money


class Posting(models.Model):
    """One amount moved from one account to another: balanced by construction, never changed.

    Accounts: `outside`, `held:<payment>`, `in_transit:<transfer>`, `suspense`, `fees`, `charges:<gateway>`. What
    came into suspense has its `deposit` and no transfer.
    """

    append_only = True

    source = models.CharField(max_length=120, db_index=True)
    destination = models.CharField(max_length=120, db_index=True)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3, default="KES")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="postings")
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, null=True, related_name="postings")
    deposit = models.ForeignKey("Deposit", on_delete=models.PROTECT, null=True, related_name="postings")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        triggers = [
            *APPEND_ONLY,
            pgtrigger.Trigger(
                name="move_balances",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.source ~ '^(held|in_transit):' THEN
                        UPDATE payments_balance SET amount = amount - NEW.amount WHERE account = NEW.source;
                        IF NOT FOUND THEN
                            RAISE EXCEPTION 'account % is empty', NEW.source USING ERRCODE = 'check_violation';
                        END IF;
                    END IF;
                    IF NEW.destination ~ '^(held|in_transit):' THEN
                        INSERT INTO payments_balance AS b (account, amount, currency)
                        VALUES (NEW.destination, NEW.amount, NEW.currency)
                        ON CONFLICT (account) DO UPDATE SET amount = b.amount + NEW.amount;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="postings_newest_first"),
            models.Index(fields=["amount"], name="postings_by_amount"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="posting_amount_positive"),
            models.CheckConstraint(condition=~Q(source=F("destination")), name="posting_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.destination} {Money(self.amount, self.currency)}"


class Balance(models.Model):
    """What lies on one account of one payment or transfer; moved by the postings' trigger, never below zero."""

    account = models.CharField(primary_key=True, max_length=120)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3, default="KES")

    class Meta:
        indexes = [models.Index(fields=["account"], condition=Q(amount__gt=0), name="balances_not_empty")]
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="balance_never_negative")]

    def __str__(self) -> str:
        return f"{self.account} {Money(self.amount, self.currency)}"
