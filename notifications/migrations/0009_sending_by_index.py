"""Indexes by which it is counted how much a phone was sent, and listed what was withheld: made beside the traffic."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as CREATE INDEX CONCURRENTLY demands

    dependencies = [
        ("notifications", "0008_sending"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(fields=["phone", "claimed_at"], name="messages_pace"),
        ),
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("status", "withheld")), fields=["-created_at", "-id"], name="messages_withheld"
            ),
        ),
    ]
