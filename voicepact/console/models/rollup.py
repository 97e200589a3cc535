"""The figures of the front page, worked out once a minute so that opening the page reads one row."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from voicepact.kernel.api.decimals import DecimalJSONDecoder, DecimalJSONEncoder


class Rollup(models.Model):
    """The figures as they stood at `at`: one row, `voicepact.console.front.figures.Figures` as JSON."""

    ONLY = 1

    at = models.DateTimeField(null=True)
    took_ms = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict, encoder=DecimalJSONEncoder, decoder=DecimalJSONDecoder)

    def __str__(self) -> str:
        return f"Figures of {self.at:%Y-%m-%d %H:%M:%S}" if self.at else "No figures yet"


class Day(models.Model):
    """The figures of one day in Nairobi, `voicepact.console.front.figures.DayFigures` as JSON.

    `payout_seconds` is how long each payment released on that day had waited. Once `is_final` it does not change any
    more: postings are only added, and always with the time at which they are.
    """

    day = models.DateField(primary_key=True)
    is_final = models.BooleanField(default=False)
    figures = models.JSONField(default=dict, encoder=DecimalJSONEncoder, decoder=DecimalJSONDecoder)
    payout_seconds = ArrayField(models.IntegerField(), default=list)

    def __str__(self) -> str:
        return self.day.isoformat()
