"""What we said to people and what they said to us, as staff see it: to read, never to edit."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from contracts.census import UNDER_WAY
from contracts.models import Contract
from notifications import costs, tables
from notifications.models import Alert, AlertDelivery, DeliveryReport, InboundMessage, Message, OptOut
from voicepact.kernel.display import LINK, NOTHING, Tone, label, link, link_to, list_address, pretty, veiled
from voicepact.kernel.filters import days
from voicepact.kernel.phones import mask
from voicepact.kernel.site import site
from voicepact.kernel.staff import FixedFilter, ReadOnlyAdmin, Table

Shown = SafeString | str


class Origin(FixedFilter):
    title = "origin"
    parameter_name = "origin"
    options = {
        "event": ("Announcement of an event", Q(event__isnull=False)),
        "reply": ("Answer to an SMS", Q(event=None, original=None)),
        "again": ("Sent again by staff", Q(original__isnull=False, retry=0)),
        "retry": ("Tried again by itself", Q(retry__gt=0)),
    }


TRIED_SINCE = Exists(
    Message.objects.filter(original=Coalesce(OuterRef("original_id"), OuterRef("pk")), pk__gt=OuterRef("pk"))
)


class Undelivered(FixedFilter):
    title = "attention"
    parameter_name = "attention"
    failed = Q(~TRIED_SINCE, status=Message.Status.FAILED, contract__status__in=UNDER_WAY)
    options = {
        "failed": ("Failed, not sent again, in a deal under way", failed),
        "held": ("Held back for now", Q(status=Message.Status.QUEUED, attempts=0, failure_reason__gt="")),
        "withheld": ("Withheld for good", Q(status=Message.Status.WITHHELD)),
    }


class Attention(FixedFilter):
    title = "attention"
    parameter_name = "attention"
    options = {
        "staff": ("Waits for a person", Q(needs_staff=True)),
        "unread": ("Not yet read", Q(worked_at=None)),
        "answered": ("Dealt with by staff", Q(answered_at__isnull=False)),
    }


class Worked(FixedFilter):
    title = "state"
    parameter_name = "state"
    options = {"waiting": ("Waiting", Q(worked_at=None)), "worked": ("Worked", Q(worked_at__isnull=False))}


ON_ITS_WAY = Exists(AlertDelivery.objects.filter(alert=OuterRef("pk"), taken_at=None))


class Sent(FixedFilter):
    title = "state"
    parameter_name = "state"
    options = {"waiting": ("Not yet taken", Q(ON_ITS_WAY)), "over": ("Taken, or shown here only", ~Q(ON_ITS_WAY))}


class OfDealAdmin(ReadOnlyAdmin):
    """SMS that may belong to a deal and one of its parties, with the way back to both."""

    list_select_related = ("party",)
    phone_fields = ("phone",)

    @admin.display(description="Contract")
    def deal(self, row: Message | InboundMessage) -> Shown:
        return link_to(Contract, row.contract_id, row.contract_id) if row.contract_id else NOTHING

    @admin.display(description="Party")
    def person(self, row: Message | InboundMessage) -> Shown:
        return link(row.party, row.party.get_role_display()) if row.party else NOTHING

    @admin.display(description="Phone")
    def masked_phone(self, row: Message | InboundMessage) -> str:
        return mask(row.phone)

    @admin.display(description="Text")
    def words(self, row: Message | InboundMessage) -> str:
        return veiled(row.text)


@admin.register(Message, site=site)
class MessageAdmin(OfDealAdmin):
    about = (
        "The SMS that we send. Sent means that the provider has it, delivered that the phone has it; "
        "one that was perhaps sent is unknown and is not sent again. Withheld is what we kept from a phone on purpose."
    )
    list_display = ("what", "deal", "person", "masked_phone", "words", "state", "created_at")
    list_filter = ("status", Undelivered, days("created_at"), Origin)
    ordering = ("-created_at", "-pk")
    search_fields = ("contract__id", "provider_id")
    search_help_text = "A contract's id, the provider's id, or a phone number in any form (500 newest)"
    fieldsets = (
        (None, {"fields": ("what", "deal", "reason", "person", "masked_phone", "language", "words", "state", "first")}),
        ("Dates", {"fields": ("created_at", "sent_at", "finished_at")}),
        (
            "Technical",
            {
                "fields": ("sender", "provider_id", "price", "attempts", "not_before", "claimed_at"),
                "classes": ("collapse",),
            },
        ),
    )

    def tables(self, row: Message) -> Iterable[Table]:
        """Every try of the text, where there is more than one."""
        tries = list(Message.objects.filter(Q(pk=row.first_id) | Q(original=row.first_id)).order_by("pk"))
        if len(tries) > 1:
            yield Table(
                title="Every try",
                about="A text that the network could not deliver is tried again by itself a few times, or by staff.",
                headers=("Try", "State", "Made", "Not before", "Sender"),
                rows=tuple(
                    (
                        link(one, tables.which_try(one)),
                        tables.message_status(one),
                        one.created_at,
                        one.not_before,
                        one.sender or NOTHING,
                    )
                    for one in tries
                ),
            )

    @admin.display(description="Message")
    def what(self, message: Message) -> str:
        return message.kind.replace("_", " ").capitalize()

    @admin.display(description="Because of")
    def reason(self, message: Message) -> Shown:
        return link(message.event)

    @admin.display(description="Status")
    def state(self, message: Message) -> Shown:
        return tables.message_status(message)

    @admin.display(description="Sent again from")
    def first(self, message: Message) -> Shown:
        if not message.original:
            return NOTHING
        return format_html("{}, {}", link(message.original), tables.which_try(message).lower())

    @admin.display(description="Cost")
    def price(self, message: Message) -> str:
        return costs.written(message.cost_currency, message.cost) if message.cost is not None else NOTHING


@admin.register(InboundMessage, site=site)
class InboundMessageAdmin(OfDealAdmin):
    about = "The SMS that people sent us, what we took them for, and what came of it."
    list_display = ("no", "deal", "person", "masked_phone", "words", "state", "received_at")
    list_filter = (Attention, days("received_at"))
    ordering = ("-received_at", "-pk")
    search_fields = ("contract__id", "message_id")
    search_help_text = "A contract's id, the network's id, or a phone number in any form (500 newest)"
    fieldsets = (
        (None, {"fields": ("deal", "person", "masked_phone", "words", "command", "state", "answered", "received_at")}),
        (
            "Technical",
            {"fields": ("message_id", "attempts", "not_before", "worked_at", "as_it_came"), "classes": ("collapse",)},
        ),
    )

    @admin.display(description="Result")
    def state(self, message: InboundMessage) -> Shown:
        return tables.inbound_state(message)

    @admin.display(description="Answer of staff")
    def answered(self, message: InboundMessage) -> Shown:
        if not message.answered_at:
            return NOTHING
        what = link(message.answer, veiled(message.answer.text)) if message.answer else veiled(message.closed_because)
        return format_html("{}, on {}: {}", message.answered_by, localize(localtime(message.answered_at)), what)

    @admin.display(description="As it came")
    def as_it_came(self, message: InboundMessage) -> Shown:
        return pretty(message.raw)


@admin.register(DeliveryReport, site=site)
class DeliveryReportAdmin(ReadOnlyAdmin):
    about = "What the network says became of our SMS, as it came."
    list_display = ("no", "message", "status", "why", "state", "received_at")
    list_filter = (Worked, days("received_at"))
    ordering = ("-received_at", "-pk")
    search_fields = ("provider_id",)
    search_help_text = "The provider's id of the message"
    fields = ("message", "status", "why", "state", "received_at", "attempts", "not_before", "as_it_came")

    @admin.display(description="Message")
    def message(self, report: DeliveryReport) -> Shown:
        return format_html(LINK, list_address("notifications.Message", q=report.provider_id), report.provider_id)

    @admin.display(description="Failure reason")
    def why(self, report: DeliveryReport) -> str:
        return veiled(report.failure_reason) or NOTHING

    @admin.display(description="State")
    def state(self, report: DeliveryReport) -> Shown:
        return label("Worked", Tone.GOOD) if report.worked_at else label("Waiting", Tone.WAITING)

    @admin.display(description="As it came")
    def as_it_came(self, report: DeliveryReport) -> Shown:
        return pretty(report.raw)


@admin.register(OptOut, site=site)
class OptOutAdmin(ReadOnlyAdmin):
    about = "Phones that said STOP: until they say START they get only what their deals need, and no reminders."
    list_display = ("no", "masked_phone", "since")
    list_filter = (days("since"),)
    ordering = ("-pk",)
    phone_fields = ("phone",)
    search_help_text = "A phone number in any form"
    fields = ("masked_phone", "since")

    @admin.display(description="Phone")
    def masked_phone(self, row: OptOut) -> str:
        return mask(row.phone)


@admin.register(Alert, site=site)
class AlertAdmin(ReadOnlyAdmin):
    about = "What somebody on call must know at once. Each is sent by e-mail and to a webhook until it is taken."
    list_display = ("no", "subject", "deal", "state", "created_at")
    list_filter = (Sent, days("created_at"))
    list_select_related = ("event",)
    ordering = ("-pk",)
    search_fields = ("event__contract__id",)
    search_help_text = "A contract's id"
    fields = ("subject", "body", "deal", "reason", "created_at")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Alert]":
        rows: QuerySet[Alert] = super().get_queryset(request).prefetch_related("deliveries")
        return rows

    def tables(self, row: Alert) -> Iterable[Table]:
        return [
            Table(
                title="On its way",
                about="By each road it is sent until it is taken.",
                headers=("Road", "State", "Attempts", "Taken", "Again not before"),
                rows=tuple(
                    (
                        each.get_road_display(),
                        _delivery_state(each),
                        each.attempts,
                        each.taken_at or NOTHING,
                        each.not_before,
                    )
                    for each in row.deliveries.all()
                ),
            )
        ]

    @admin.display(description="Contract")
    def deal(self, alert: Alert) -> Shown:
        key = alert.event.contract_id
        return link_to(Contract, key, key) if key else NOTHING

    @admin.display(description="Because of")
    def reason(self, alert: Alert) -> Shown:
        return link(alert.event)

    @admin.display(description="State")
    def state(self, alert: Alert) -> Shown:
        deliveries = list(alert.deliveries.all())
        if not deliveries:
            return label("Shown here only", Tone.CARE)
        states = ((delivery.get_road_display(), _delivery_state(delivery)) for delivery in deliveries)
        return format_html_join(" ", "{} {}", states)


def _delivery_state(delivery: AlertDelivery) -> Shown:
    if delivery.taken_at:
        return label("Taken", Tone.GOOD)
    return label(f"Waiting: {delivery.failure_reason}" if delivery.failure_reason else "Waiting", Tone.WAITING)
