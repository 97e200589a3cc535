"""Indexes by which the lists of staff open, made beside the traffic, since these tables are never still."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as CREATE INDEX CONCURRENTLY demands

    dependencies = [
        ("contracts", "0003_lists_by_index"),
        ("payments", "0004_reasons_of_stops"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="callback",
            index=models.Index(fields=["-received_at", "-id"], name="callbacks_newest_first"),
        ),
        AddIndexConcurrently(
            model_name="deposit",
            index=models.Index(fields=["-created_at", "-id"], name="deposits_newest_first"),
        ),
        AddIndexConcurrently(
            model_name="deposit",
            index=models.Index(
                condition=models.Q(("phone", ""), _negated=True), fields=["phone"], name="deposits_of_phone"
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(fields=["-created_at", "-id"], name="payments_newest_first"),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(fields=["status", "-created_at", "-id"], name="payments_by_status"),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(fields=["amount"], name="payments_by_amount"),
        ),
        AddIndexConcurrently(
            model_name="posting",
            index=models.Index(fields=["-at", "-id"], name="postings_newest_first"),
        ),
        AddIndexConcurrently(
            model_name="posting",
            index=models.Index(fields=["amount"], name="postings_by_amount"),
        ),
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(fields=["status", "-created_at", "-id"], name="transfers_by_status"),
        ),
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(fields=["kind", "-created_at", "-id"], name="transfers_by_kind"),
        ),
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(fields=["amount"], name="transfers_by_amount"),
        ),
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("kind", "collection"), ("rail_confirmed_at", None), ("status", "succeeded")),
                fields=["-created_at", "-id"],
                name="transfers_unconfirmed",
            ),
        ),
    ]
