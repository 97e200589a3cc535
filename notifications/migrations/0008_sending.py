"""Phones that said stop; by which sender, and as which try, a message leaves; and one that was withheld."""

from django.db import migrations, models

import voicepact.kernel.clock


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0006_proofs"),
        ("notifications", "0007_ussd"),
    ]

    operations = [
        migrations.CreateModel(
            name="OptOut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phone", models.CharField(max_length=20, unique=True)),
                ("since", models.DateTimeField(default=voicepact.kernel.clock.now)),
            ],
            options={
                "verbose_name": "phone that said stop",
                "verbose_name_plural": "phones that said stop",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="message",
            name="retry",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="message",
            name="sender",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name="message",
            name="status",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("sent", "Sent"),
                    ("delivered", "Delivered"),
                    ("failed", "Failed"),
                    ("unknown", "Unknown"),
                    ("withheld", "Withheld"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("retry__gt", 0)), fields=("original", "retry"), name="each_retry_once"
            ),
        ),
    ]
