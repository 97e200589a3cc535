"""The signed chain of what happened, and who has still to read it."""

from django.db import models

from contracts.models.contract import Contract
from contracts.models.triggers import APPEND_ONLY
from voicepact.kernel.clock import now


class Chain(models.Model):
    """The head of one chain of events: a contract's, or `system`."""

    name = models.CharField(primary_key=True, max_length=50)
    serial = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """Something that became true. Each row is hashed over the one before and signed; rows are never changed.

    Holds ids, amounts, codes and digests only: never a name, a phone number or free text.
    """

    append_only = True

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="events")
    chain = models.CharField(max_length=50)
    serial = models.PositiveIntegerField()
    kind = models.CharField(max_length=50, db_index=True)
    actor = models.CharField(max_length=60)
    channel = models.CharField(max_length=10)
    at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["chain", "serial"]
        triggers = APPEND_ONLY
        indexes = [
            models.Index(fields=["-at", "-id"], name="events_newest_first"),
            models.Index(fields=["channel", "-at", "-id"], name="events_by_channel"),
        ]
        constraints = [models.UniqueConstraint(fields=["chain", "serial"], name="one_event_per_serial")]

    def __str__(self) -> str:
        return f"{self.chain} #{self.serial} {self.kind}"


class Outbox(models.Model):
    """An event that one reader has still to read; the reader deletes the row when its own rows are made.

    One that cannot be read waits until `not_before`, each time longer.
    """

    class Reader(models.TextChoices):
        ANNOUNCEMENTS = "announcements", "Announcements"
        ALERTS = "alerts", "Alerts"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="outbox")
    reader = models.CharField(max_length=20, choices=Reader)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "outbox"
        ordering = ["id"]
        indexes = [models.Index(fields=["reader", "id"], name="outbox_of_reader")]

    def __str__(self) -> str:
        return f"{self.event} for {self.reader}"
