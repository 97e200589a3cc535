"""Indexes by which the lists of staff open, made beside the traffic, since these tables are never still."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as CREATE INDEX CONCURRENTLY demands

    dependencies = [
        ("contracts", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="confirmation",
            index=models.Index(
                condition=models.Q(("kind__in", ["declined", "cancelled"])),
                fields=["kind", "-id"],
                name="confirmations_against",
            ),
        ),
        AddIndexConcurrently(
            model_name="confirmation",
            index=models.Index(
                condition=models.Q(("channel__in", ["api", "rail", "clock", "staff"])),
                fields=["channel", "-id"],
                name="confirmations_not_by_phone",
            ),
        ),
        AddIndexConcurrently(
            model_name="contract",
            index=models.Index(fields=["amount"], name="contracts_by_amount"),
        ),
        AddIndexConcurrently(
            model_name="deadline",
            index=models.Index(fields=["-due_at", "-id"], name="deadlines_last_first"),
        ),
        AddIndexConcurrently(
            model_name="deadline",
            index=models.Index(fields=["kind", "-due_at", "-id"], name="deadlines_by_kind"),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(fields=["-at", "-id"], name="events_newest_first"),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(fields=["channel", "-at", "-id"], name="events_by_channel"),
        ),
    ]
