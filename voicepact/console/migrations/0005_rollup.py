"""Where the figures of the front page are kept."""

import django.contrib.postgres.fields
from django.db import migrations, models

import voicepact.kernel.api.decimals


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("console", "0004_sight_of_acts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Day",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("is_final", models.BooleanField(default=False)),
                (
                    "figures",
                    models.JSONField(
                        decoder=voicepact.kernel.api.decimals.DecimalJSONDecoder,
                        default=dict,
                        encoder=voicepact.kernel.api.decimals.DecimalJSONEncoder,
                    ),
                ),
                (
                    "payout_seconds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rollup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(null=True)),
                ("took_ms", models.PositiveIntegerField(default=0)),
                (
                    "figures",
                    models.JSONField(
                        decoder=voicepact.kernel.api.decimals.DecimalJSONDecoder,
                        default=dict,
                        encoder=voicepact.kernel.api.decimals.DecimalJSONEncoder,
                    ),
                ),
            ],
        ),
    ]
