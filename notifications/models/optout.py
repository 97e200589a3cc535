"""Who has told us to stop."""

from django.db import models

from voicepact.kernel.clock import now


class OptOut(models.Model):
    """A phone that wants no SMS but those that its deals need. It is gone once the phone asks for all of them again."""

    phone = models.CharField(max_length=20, unique=True)
    since = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "phone that said stop"
        verbose_name_plural = "phones that said stop"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Stopped {self.since:%Y-%m-%d %H:%M}"
