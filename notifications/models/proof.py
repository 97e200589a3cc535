"""How a phone proves that the party itself speaks: its PIN, and the codes that we sent to it."""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from contracts.models import Party
from notifications.models.message import Message
from voicepact.kernel.clock import now


class Standing(StrEnum):
    NONE = "none"
    SET = "set"
    LOCKED = "locked"


class Pin(models.Model):
    """The PIN of one phone, in all its deals; only hashes of it are kept.

    `new_hash` counts from `counts_at` on, and `hash` until then: a reset that is still cooling off. `tries` are the
    wrong ones since the last right one.
    """

    phone = models.CharField(max_length=20, unique=True)
    hash = models.CharField(max_length=200, blank=True)
    set_at = models.DateTimeField(null=True, blank=True)
    new_hash = models.CharField(max_length=200, blank=True)
    counts_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "PIN"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"PIN no. {self.pk}"

    @property
    def standing(self) -> Standing:
        """How it stands at this moment."""
        if self.counts_at and not self.is_cooling:
            return Standing.SET
        if self.locked_until and self.locked_until > now():
            return Standing.LOCKED
        return Standing.SET if self.hash else Standing.NONE

    @property
    def is_cooling(self) -> bool:
        """Whether another PIN has been set that does not count yet."""
        return self.counts_at is not None and self.counts_at > now()

    def settle(self) -> None:
        """What time has brought about is so: a reset that has cooled off counts, and a lock that is over is gone."""
        if self.counts_at and not self.is_cooling:
            self.hash, self.set_at, self.new_hash, self.counts_at = self.new_hash, self.counts_at, "", None
            self.tries, self.locked_until = 0, None
        if self.locked_until and self.locked_until <= now():
            self.tries, self.locked_until = 0, None

    def keep(self) -> None:
        """The row is as this copy says. Precondition: caller holds it."""
        self.save(update_fields=["hash", "set_at", "new_hash", "counts_at", "tries", "locked_until"])


class Code(models.Model):
    """A number that we sent to a phone by SMS, good once: for one command of one party, or to set the phone's PIN.

    The number itself is kept nowhere, nor a hash of it, from which so few digits are found in no time: it follows from
    `salt` and a secret of this installation. `tries` are the wrong ones.
    """

    class Purpose(models.TextChoices):
        ACCEPT = "accept", "Accept the delivery"
        CANCEL = "cancel", "Call the deal off"
        PIN = "pin", "Set the PIN"

    class End(models.TextChoices):
        USED = "used", "Used"
        VOID = "void", "Void after wrong tries"
        REPLACED = "replaced", "Replaced by another"

    phone = models.CharField(max_length=20, db_index=True)
    purpose = models.CharField(max_length=10, choices=Purpose)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="codes")
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="code")
    salt = models.CharField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=10, choices=End, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["phone", "purpose"], condition=Q(ended_at=None, party=None), name="one_open_code_of_phone"
            ),
            models.UniqueConstraint(
                fields=["party", "purpose"],
                condition=Q(ended_at=None, party__isnull=False),
                name="one_open_code_of_party",
            ),
        ]

    def __str__(self) -> str:
        return f"Code no. {self.pk}, {self.created_at:%Y-%m-%d %H:%M}"

    def finish(self, end: End) -> None:
        """It is good for nothing any more. Precondition: caller holds the row."""
        self.ended_at, self.end = now(), end
        self.save(update_fields=["ended_at", "end"])
