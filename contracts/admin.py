"""What two people agreed, as staff see it: to read, never to edit.

A contract and a dispute have their pages in `voicepact.console`, above all apps, because they show the money as well.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q
from django.utils.safestring import SafeString

from contracts import tables
from contracts.actors import name, names
from contracts.census import UNDER_WAY
from contracts.models import (
    Chain,
    Confirmation,
    Contract,
    ContractSerial,
    Deadline,
    Dispute,
    Event,
    Evidence,
    Outbox,
    Party,
)
from voicepact.kernel.display import NOTHING, link, link_to, one_line, pretty, veiled
from voicepact.kernel.filters import days
from voicepact.kernel.phones import mask
from voicepact.kernel.site import site
from voicepact.kernel.staff import FixedFilter, ReadOnlyAdmin

Shown = SafeString | str


class OpenOrClosed(FixedFilter):
    title = "state"
    parameter_name = "state"
    options = {"open": ("Open", Q(closed_at=None)), "closed": ("Closed", Q(closed_at__isnull=False))}


class Reach(FixedFilter):
    title = "reach"
    parameter_name = "reach"
    out_of_reach = Q(unreachable_since__isnull=False, contract__status__in=UNDER_WAY)
    options = {"none": ("Cannot be reached, in a deal under way", out_of_reach)}


class Silence(FixedFilter):
    """Who was reminded or warned already, and is still waited for: the last timer runs, the first one has run."""

    title = "silence"
    parameter_name = "silence"
    ends = (Deadline.Kind.ACCEPTANCE, Deadline.Kind.DELIVERY_WORD, Deadline.Kind.DELIVERY)
    first = Q(kind__in=[Deadline.Kind.BUYER_REMINDER, Deadline.Kind.SELLER_REMINDER], subject="1")
    first |= Q(kind=Deadline.Kind.SELLER_WARNING)
    to_come = Deadline.objects.filter(first, closed_at=None, contract=OuterRef("contract"))
    options = {
        "silent": ("Reminded or warned, and silent", Q(kind__in=ends, closed_at=None) & ~Q(Exists(to_come))),
    }


class Channel(FixedFilter):
    title = "channel"
    parameter_name = "by"
    options = {name: (words, Q(channel=name)) for name, words in tables.CHANNELS.items()}


class Topic(FixedFilter):
    title = "topic"
    parameter_name = "topic"
    options = {
        topic: (topic.capitalize(), Q(kind__startswith=f"{topic}."))
        for topic in ("contract", "party", "payment", "transfer", "collection", "payout", "refund", "dispute")
    }


class OfContractAdmin(ReadOnlyAdmin):
    """Rows of a contract, with the way back to it."""

    search_fields = ("contract__id",)
    phone_fields = ("contract__parties__phone",)
    search_help_text = "A contract's id, or a party's phone number in any form (500 newest deals)"

    @admin.display(description="Contract")
    def deal(self, row: Party | Confirmation | Dispute | Deadline | Event) -> Shown:
        return link_to(Contract, row.contract_id, row.contract_id) if row.contract_id else NOTHING


class ByActorAdmin(ReadOnlyAdmin):
    """Rows that hold in these fields the ids of who did something: staff read names, looked up once for a list."""

    actor_fields: tuple[str, ...] = ("actor",)

    def prepare(self, rows: Sequence[Any]) -> None:
        found = names(getattr(row, field) for row in rows for field in self.actor_fields)
        for row in rows:
            row.names = found

    def name_of(self, row: Any, field: str = "actor") -> str:
        actor = getattr(row, field)
        return getattr(row, "names", {}).get(actor) or name(actor) if actor else NOTHING


@admin.register(Party, site=site)
class PartyAdmin(OfContractAdmin):
    about = "The people in the deals. Each is known by phone number: what comes from another number counts for nothing."
    list_display = ("who", "deal", "called", "masked_phone", "language", "unreachable_since")
    list_filter = ("role", Reach)
    ordering = ("-pk",)
    phone_fields = ("phone",)
    fields = ("deal", "role", "called", "masked_phone", "language", "unreachable_since")

    @admin.display(description="Role")
    def who(self, party: Party) -> str:
        return party.get_role_display()

    @admin.display(description="Name")
    def called(self, party: Party) -> str:
        return veiled(party.name) or NOTHING

    @admin.display(description="Phone")
    def masked_phone(self, party: Party) -> str:
        return mask(party.phone)


@admin.register(Confirmation, site=site)
class ConfirmationAdmin(OfContractAdmin):
    about = "What the parties have said, each from the own phone: agreed, delivered, accepted, or that the deal is off."
    list_display = ("said", "deal", "by", "channel", "at")
    list_filter = ("kind", Channel)
    list_select_related = ("party",)
    ordering = ("-pk",)
    fields = ("deal", "by", "said", "channel", "at")

    @admin.display(description="Said")
    def said(self, row: Confirmation) -> Shown:
        return tables.said(row)

    @admin.display(description="By")
    def by(self, row: Confirmation) -> Shown:
        return link(row.party, row.party.get_role_display())


@admin.register(Evidence, site=site)
class EvidenceAdmin(ByActorAdmin):
    about = "What was brought forward in disputes. A file is known by its SHA-256: the same sum, the same file."
    list_display = ("no", "of_dispute", "deal", "by", "channel", "words", "file_name", "added_at")
    list_filter = (Channel, days("added_at"))
    list_select_related = ("dispute", "party")
    ordering = ("-pk",)
    search_fields = ("dispute__contract__id", "sha256")
    phone_fields = ("dispute__contract__parties__phone",)
    search_help_text = "A contract's id, a file's SHA-256, or a party's phone number in any form (500 newest deals)"
    fields = ("of_dispute", "deal", "by", "channel", "words", "file_name", "content_type", "size", "sha256", "added_at")

    @admin.display(description="Dispute")
    def of_dispute(self, row: Evidence) -> Shown:
        return link(row.dispute, row.dispute_id)

    @admin.display(description="Contract")
    def deal(self, row: Evidence) -> Shown:
        return link_to(Contract, row.dispute.contract_id, row.dispute.contract_id)

    @admin.display(description="Brought by")
    def by(self, row: Evidence) -> Shown:
        return link(row.party, row.party.get_role_display()) if row.party else self.name_of(row)

    @admin.display(description="Text")
    def words(self, row: Evidence) -> str:
        return veiled(row.text) or NOTHING


@admin.register(Deadline, site=site)
class DeadlineAdmin(OfContractAdmin):
    about = "The timers that run for each deal. What happens when one is due happens by itself."
    list_display = ("kind", "deal", "state", "due_at", "closed_at")
    list_filter = (OpenOrClosed, Silence, days("due_at"), "kind")
    ordering = ("-due_at", "-pk")
    fields = ("deal", "kind", "state", "due_at", "closed_at", "subject")

    @admin.display(description="State")
    def state(self, row: Deadline) -> Shown:
        return tables.deadline_state(row)


@admin.register(Event, site=site)
class EventAdmin(ByActorAdmin, OfContractAdmin):
    about = (
        "Everything that became true, in order. Each entry is sealed over the one before it, so that no change hides."
    )
    list_display = ("entry", "what", "by", "channel", "details", "at")
    list_filter = (Topic, days("at"), Channel)
    ordering = ("-at", "-pk")
    fieldsets = (
        (None, {"fields": ("deal", "chain", "serial", "what", "by", "channel", "at", "content")}),
        ("Seal", {"fields": ("previous_hash", "hash", "signature"), "classes": ("collapse",)}),
    )

    @admin.display(description="Entry")
    def entry(self, event: Event) -> Shown:
        return one_line(f"{event.chain} #{event.serial}")

    @admin.display(description="What")
    def what(self, event: Event) -> str:
        return tables.what(event)

    @admin.display(description="By")
    def by(self, event: Event) -> Shown:
        kind, _, key = event.actor.partition(":")
        words = self.name_of(event)
        return link_to(Party, key, words) if kind == "party" else words

    @admin.display(description="Details")
    def details(self, event: Event) -> str:
        return tables.details(event)

    @admin.display(description="Details")
    def content(self, event: Event) -> Shown:
        return pretty(event.payload)


@admin.register(Outbox, site=site)
class OutboxAdmin(ReadOnlyAdmin):
    about = "Events that still have to be told to somebody. In good health this list is empty within seconds."
    list_display = ("no", "reader", "what", "deal", "at")
    list_filter = ("reader",)
    list_select_related = ("event",)
    ordering = ("-pk",)
    search_fields = ("event__contract__id",)
    fields = ("reader", "what", "deal", "at")

    @admin.display(description="Event")
    def what(self, row: Outbox) -> Shown:
        return link(row.event, tables.what(row.event))

    @admin.display(description="Contract")
    def deal(self, row: Outbox) -> Shown:
        key = row.event.contract_id
        return link_to(Contract, key, key) if key else NOTHING

    @admin.display(description="Since")
    def at(self, row: Outbox) -> object:
        return row.event.at


@admin.register(Chain, site=site)
class ChainAdmin(ReadOnlyAdmin):
    about = "The last entry of each deal's time-line, and of the chain of what belongs to no deal (system)."
    list_display = ("name", "serial", "short_head")
    ordering = ("-pk",)
    search_fields = ("name",)
    fields = ("name", "serial", "head")

    @admin.display(description="Hash of the last entry")
    def short_head(self, chain: Chain) -> str:
        return f"{chain.head[:16]}…"


@admin.register(ContractSerial, site=site)
class ContractSerialAdmin(ReadOnlyAdmin):
    about = "The last number given to a contract of each kind and year."
    list_display = ("series", "last")
    ordering = ("series",)
