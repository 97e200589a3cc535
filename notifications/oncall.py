"""Alerts leave, by each road on its own: claimed, sent with no transaction open, and written down when taken.

An alert that was perhaps taken is sent again: twice is better than never.
"""

import json
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction

from notifications.models import Alert, AlertDelivery
from notifications.transports import mail, webhook
from notifications.transports.base import NotTaken
from voicepact.kernel.clock import now
from voicepact.kernel.locking import claim, lock

log = structlog.get_logger()
BATCH = 20
LEASE = timedelta(minutes=1)
"""Longer than one attempt takes, and the first pause before the next."""
DOUBLINGS = 6  # then the pause is as long as it gets: about an hour


def send_due() -> int:
    """The alerts that were due have been sent by each road; returns how many were taken.

    A road on which one fails is left alone until the next sweep, so that a dead one costs one time-out at a time.
    """
    return sum(_send_by(road, send) for road, send in ROADS.items())


def _send_by(road: AlertDelivery.Road, send: Callable[[Alert], None]) -> int:
    taken = 0
    while taken < BATCH and (delivery := _claim(road)):
        try:
            send(delivery.alert)
        except NotTaken as error:
            _note_failure(delivery, str(error))
            break
        except Exception as error:  # one alert that cannot be sent must not stop the other road
            log.exception("an alert could not be sent", alert=delivery.alert_id, road=road.value)
            _note_failure(delivery, type(error).__name__)
            break
        _note_taken(delivery)
        taken += 1
    return taken


@transaction.atomic
def _claim(road: AlertDelivery.Road) -> AlertDelivery | None:
    """The alert that has waited longest is in our hands, and is due again if nothing is heard of it."""
    due = AlertDelivery.objects.filter(road=road, taken_at=None, not_before__lte=now()).order_by("not_before", "id")
    delivery = claim(due.select_related("alert__event")).first()
    if delivery is None:
        return None
    delivery.not_before = now() + LEASE * 2 ** min(delivery.attempts, DOUBLINGS)
    delivery.attempts += 1
    delivery.save(update_fields=["not_before", "attempts"])
    return delivery


@transaction.atomic
def _note_taken(claimed: AlertDelivery) -> None:
    delivery = lock(AlertDelivery, claimed.pk)
    delivery.taken_at, delivery.failure_reason = delivery.taken_at or now(), ""
    delivery.save(update_fields=["taken_at", "failure_reason"])


@transaction.atomic
def _note_failure(claimed: AlertDelivery, why: str) -> None:
    log.warning("an alert was not taken", alert=claimed.alert_id, road=claimed.road, why=why)
    delivery = lock(AlertDelivery, claimed.pk)
    delivery.failure_reason = why[:100]
    delivery.save(update_fields=["failure_reason"])


# --- roads ------------------------------------------------------------------------------------------------------------


def _mail(alert: Alert) -> None:
    mail.send(subject=alert.subject, body=alert.body)


def _post(alert: Alert) -> None:
    event = alert.event
    data = {"alert": alert.pk, "contract_id": event.contract_id, "subject": alert.subject, "body": alert.body}
    body = {"type": event.kind, "timestamp": event.at.isoformat(), "data": data}
    webhook.post(
        settings.ALERT_WEBHOOK_URL,
        secret=settings.ALERT_WEBHOOK_SECRET,
        message_id=f"alert-{alert.pk}",
        body=json.dumps(body),
    )


ROADS: dict[AlertDelivery.Road, Callable[[Alert], None]] = {
    AlertDelivery.Road.EMAIL: _mail,
    AlertDelivery.Road.WEBHOOK: _post,
}
