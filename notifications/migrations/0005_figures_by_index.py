"""Indexes by which the front page's figures are counted: made beside the traffic, since these tables are never still."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as CREATE INDEX CONCURRENTLY demands

    dependencies = [
        ("contracts", "0003_figures_by_index"),
        ("notifications", "0003_said_by_staff"),
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
