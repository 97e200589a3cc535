"""Indexes by which the front page's figures are counted: made beside the traffic, since these tables are never still."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as CREATE INDEX CONCURRENTLY demands

    dependencies = [
        ("contracts", "0004_figures_by_index"),
        ("notifications", "0004_lists_by_index"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="inboundmessage",
            index=models.Index(condition=models.Q(("needs_staff", True)), fields=["id"], name="inbound_for_staff"),
        ),
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(condition=models.Q(("status", "failed")), fields=["contract"], name="messages_failed"),
        ),
    ]
