"""E-mail to the people on call, by whatever `EMAIL_URL` says."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from notifications.transports.base import NotTaken


def send(*, subject: str, body: str) -> None:
    """One e-mail to everybody on call has left. Raises NotTaken."""
    if not settings.ALERT_EMAILS:
        raise NotTaken("nobody is on call by e-mail")
    try:
        EmailMessage(f"[VoicePact] {subject}", body, to=settings.ALERT_EMAILS).send()
    except (smtplib.SMTPException, OSError) as error:
        raise NotTaken(type(error).__name__) from error
