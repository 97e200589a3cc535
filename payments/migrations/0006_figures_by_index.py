"""Indexes by which the front page's figures are counted: made beside the traffic, since these tables are never still."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as CREATE INDEX CONCURRENTLY demands

    dependencies = [
        ("contracts", "0004_figures_by_index"),
        ("payments", "0005_lists_by_index"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="balance",
            index=models.Index(condition=models.Q(("amount__gt", 0)), fields=["account"], name="balances_not_empty"),
        ),
        AddIndexConcurrently(
            model_name="callback",
            index=models.Index(fields=["gateway", "-id"], name="callbacks_of_gateway"),
        ),
        AddIndexConcurrently(
            model_name="callback",
            index=models.Index(
                condition=models.Q(("result__startswith", "quarantined")), fields=["id"], name="callbacks_in_quarantine"
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("released_at__isnull", False)), fields=["released_at"], name="payments_by_release"
            ),
        ),
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("status__in", ["requested", "submitted", "unknown"])),
                fields=["created_at"],
                name="transfers_open",
            ),
        ),
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("quarantined_at__isnull", False)),
                fields=["created_at"],
                name="transfers_in_quarantine",
            ),
        ),
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("status", "failed"), models.Q(("kind", "collection"), _negated=True)),
                fields=["created_at"],
                name="transfers_refused",
            ),
        ),
    ]
