"""Indexes by which the lists of staff open, made beside the traffic, since these tables are never still."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as CREATE INDEX CONCURRENTLY demands

    dependencies = [
        ("kernel", "0001_initial"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="idempotencyrecord",
            index=models.Index(fields=["key"], name="answers_by_key"),
        ),
    ]
