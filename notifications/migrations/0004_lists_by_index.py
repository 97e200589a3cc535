"""Indexes by which the lists of staff open, made beside the traffic, since these tables are never still."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as CREATE INDEX CONCURRENTLY demands

    dependencies = [
        ("contracts", "0003_lists_by_index"),
        ("notifications", "0003_said_by_staff"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="deliveryreport",
            index=models.Index(fields=["-received_at", "-id"], name="reports_newest_first"),
        ),
        AddIndexConcurrently(
            model_name="inboundmessage",
            index=models.Index(fields=["-received_at", "-id"], name="inbound_newest_first"),
        ),
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(fields=["-created_at", "-id"], name="messages_newest_first"),
        ),
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("status__in", ["failed", "unknown"])),
                fields=["status", "-created_at", "-id"],
                name="messages_not_delivered",
            ),
        ),
    ]
