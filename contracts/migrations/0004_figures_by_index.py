"""Indexes by which the front page's figures are counted: made beside the traffic, since these tables are never still."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as CREATE INDEX CONCURRENTLY demands

    dependencies = [
        ("contracts", "0003_lists_by_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="contract",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)), fields=["ended_at"], name="contracts_by_end"
            ),
        ),
        AddIndexConcurrently(
            model_name="party",
            index=models.Index(
                condition=models.Q(("unreachable_since__isnull", False)),
                fields=["-id"],
                include=("contract",),
                name="parties_out_of_reach",
            ),
        ),
    ]
