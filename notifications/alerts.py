"""Events become alerts: what happened, to which deal, and what somebody on call does next.

The words lie in `templates/alerts/`, one file per kind of event: the subject on the first line, then the body. They
hold ids, amounts and codes, as events do: never a name or a phone number of the people in a deal.
"""

from decimal import Decimal
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.template import Context, Engine

from contracts.models import Contract, Dispute, Event, Outbox
from notifications import outbox
from notifications.models import Alert, AlertDelivery, Message
from payments.models import Callback, Deposit, PayoutStop, Proposal, Transfer, Wallet
from payments.outcomes import FAILURES, NEVER_ARRIVED, NEXT_DAY, NOT_REVERSIBLE, OUR_FAULT
from voicepact.kernel.clock import NAIROBI
from voicepact.kernel.display import page_address
from voicepact.kernel.locking import claim
from voicepact.kernel.models import User
from voicepact.kernel.money import Money
from voicepact.kernel.rails import RAILS

log = structlog.get_logger()
FOLLOWED = NEXT_DAY | OUR_FAULT | {NEVER_ARRIVED, NOT_REVERSIBLE}  # what happens next, happens by itself
BATCH = 100
LONGEST_SUBJECT = 200
DIRECTORY = settings.BASE_DIR / "templates" / "alerts"
ENGINE = Engine(dirs=[str(DIRECTORY)], string_if_invalid="?")
AMOUNTS = ("amount", "available", "owed", "expected", "charged")
REASONS = {failure.code: failure.reason for failures in FAILURES.values() for failure in failures.values()}
PAGES: dict[str, type[models.Model]] = {
    "proposal": Proposal,
    "stop": PayoutStop,
    "dispute": Dispute,
    "deposit": Deposit,
    "transfer": Transfer,
    "callback": Callback,
    "message": Message,
    "event": Event,
    "user": User,
    "group": Group,
}
"""What an alert is about, by the word under which its event names it; the first that it names has the page to open."""


def make_due() -> int:
    """Every event that waited has become an alert, if it is one; returns how many events were read."""
    done = 0
    while read := _read_batch():
        done += read
    return done


@transaction.atomic
def _read_batch() -> int:
    waiting = outbox.waiting(Outbox.Reader.ALERTS).select_related("event__contract")
    read = [row.pk for row in claim(waiting)[:BATCH] if outbox.read(row, _alert)]
    Outbox.objects.filter(pk__in=read).delete()
    return len(read)


def _alert(event: Event) -> None:
    """The alert exists, once per event, and waits at every road that leads to somebody."""
    if not _needs_people(event) or Alert.objects.filter(event=event).exists():
        return
    subject, body = words(event)
    alert = Alert.objects.create(event=event, subject=subject, body=body)
    roads = open_roads()
    AlertDelivery.objects.bulk_create(AlertDelivery(alert=alert, road=road) for road in roads)
    if not roads:
        log.error("an alert that nobody is sent", alert=alert.pk, subject=subject)


def open_roads() -> list[AlertDelivery.Road]:
    """By which roads alerts reach somebody here."""
    roads = {
        AlertDelivery.Road.EMAIL: bool(settings.ALERT_EMAILS),
        AlertDelivery.Road.WEBHOOK: bool(settings.ALERT_WEBHOOK_URL),
    }
    return [road for road, is_open in roads.items() if is_open]


def _needs_people(event: Event) -> bool:
    """What is owed only until tomorrow, or until payouts leave again, which has an alert of its own, needs nobody.

    Nor does what a member of staff changed about themselves: nobody can raise their own rights.
    """
    if event.kind == "staff.changed":
        return event.actor != f"staff:{_subject(event).get('user')}"
    return not (event.kind.endswith(".owed") and event.payload.get("code") in FOLLOWED)


# --- words ------------------------------------------------------------------------------------------------------------


def words(event: Event) -> tuple[str, str]:
    """Subject and body. Raises TemplateDoesNotExist for a kind that has no words."""
    text = ENGINE.get_template(f"{event.kind}.txt").render(Context(_context(event), autoescape=False))
    subject, _, body = text.strip().partition("\n")
    at = event.at.astimezone(NAIROBI)
    signed = f"{body.strip()}\n\n{address(event)}\n{event.chain} #{event.serial}, {at:%Y-%m-%d %H:%M} in Nairobi"
    return subject[:LONGEST_SUBJECT], signed


def address(event: Event) -> str:
    """The page to open: of what the event is about, else of its deal, else of its rail, else of itself."""
    payload = event.payload | _subject(event)
    for name, model in PAGES.items():
        if payload.get(name):
            return f"{settings.PUBLIC_URL}{page_address(model, payload[name])}"
    if event.contract_id:
        return f"{settings.PUBLIC_URL}{page_address(Contract, event.contract_id)}"
    rail = payload.get("gateway")
    return f"{settings.PUBLIC_URL}{page_address(Wallet, rail) if rail else page_address(Event, event.pk)}"


def _subject(event: Event) -> dict[str, str]:
    """The row that an act of staff is about, which its event names as `user:7`."""
    word, _, key = event.payload.get("subject", "").partition(":")
    return {word: key} if key else {}


def _context(event: Event) -> dict[str, Any]:
    """The payload, with amounts as money and a code's reason in words."""
    payload = event.payload
    context = {**payload, **_subject(event), "deal": event.contract_id or "", "actor": event.actor}
    for name in AMOUNTS:
        if payload.get(name) is not None:
            context[name] = Money(Decimal(payload[name]), _currency(event))
    if code := payload.get("code"):
        context["why"] = REASONS.get(code, str(code).replace("_", " "))
    return context


def _currency(event: Event) -> str:
    if event.contract:
        return event.contract.currency
    rail = RAILS.get(event.payload.get("gateway", ""))
    return rail.currency if rail else "KES"
