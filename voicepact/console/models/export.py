"""A list that a member of staff wants as a file, from the asking to the day on which the file is gone."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from voicepact.kernel.clock import now


class Export(models.Model):
    """The rows of the list `list` (a model, as `payments.Payment`) under the filters of `query`, as one file.

    `query` may hold a phone that was searched for, sealed, and it is shown veiled only. `expected` is the
    planner's guess while rows are written, `claimed_at` when its worker last gave a sign of life, `file` a name inside
    EXPORT_DIR.
    """

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel (XLSX)"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Deleted"

    UNDER_WAY = (Status.WAITING, Status.RUNNING)

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports")
    list = models.CharField(max_length=100)
    query = models.TextField(blank=True)
    format = models.CharField(max_length=10, choices=Format)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    rows = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    file = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [
            ("export", "Can have lists written to files"),
            ("see_exports", "Can see what everybody has had written to files"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(status__in=["waiting", "running"]), name="exports_under_way"),
            models.Index(fields=["expires_at"], condition=Q(status="done"), name="exports_to_delete"),
            models.Index(fields=["owner", "-id"], name="exports_of_owner"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(status__in=["waiting", "running"]), name="one_export_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"Export {self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.status in self.UNDER_WAY

    @property
    def is_done(self) -> bool:
        return self.status == self.Status.DONE

    @property
    def percent(self) -> int:
        """How much of what the planner expects is written; never all of it before the end is known."""
        return min(self.rows * 100 // self.expected, 99) if self.expected else 0

    def time_left(self) -> timedelta | None:
        """At the pace so far, by the planner's guess; None while nobody can tell."""
        if not self.is_under_way or not self.started_at or not self.rows or self.expected <= self.rows:
            return None
        return (now() - self.started_at) * (self.expected - self.rows) / self.rows
