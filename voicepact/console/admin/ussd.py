"""USSD sessions and turns as staff see them: the screens that people were shown, and nothing that they put in."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from contracts.models import Contract
from notifications import costs
from notifications.models import UssdSession, UssdTurn
from notifications.ussd.states import State
from voicepact.console.deal.cast import LANGUAGES
from voicepact.kernel.display import NOTHING, Tone, label, link, link_to, veiled
from voicepact.kernel.filters import days
from voicepact.kernel.phones import mask
from voicepact.kernel.site import site
from voicepact.kernel.staff import FixedFilter, ReadOnlyAdmin, Table

Shown = SafeString | str
MOST_SHOWN = 60


class Ending(FixedFilter):
    title = "end"
    parameter_name = "end"
    options = {
        "over": ("Came to an end", Q(over=True)),
        "broken": ("Broke off", Q(over=False)),
        "failed": ("Failed, says the network", Q(status=UssdSession.Status.FAILED)),
    }


def _screen(turn: UssdTurn) -> SafeString:
    """What the phone showed, without the network's own word before it."""
    shown = veiled(turn.screen).removeprefix("CON ").removeprefix("END ")
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in shown.splitlines()))


def _where(turn: UssdTurn) -> str:
    """The places that led to the screen, without what was said there."""
    return ", ".join(step.place.replace("_", " ") for step in State.from_json(turn.state).path)


def _deal(turn: UssdTurn) -> Shown:
    return link_to(Contract, turn.contract_id, turn.contract_id) if turn.contract_id else NOTHING


@admin.register(UssdSession, site=site)
class UssdSessionAdmin(ReadOnlyAdmin):
    about = "Calls by USSD, with the screens that people were shown. What they put in is kept nowhere."
    list_display = ("no", "masked_phone", "spoken", "state", "hops", "price", "started_at", "lasted")
    list_filter = (Ending, days("started_at"))
    ordering = ("-started_at", "-pk")
    phone_fields = ("phone",)
    search_fields = ("session_id",)
    search_help_text = "The network's id of the session, or a phone number in any form (500 newest)"
    fieldsets = (
        (None, {"fields": ("masked_phone", "spoken", "state", "later", "started_at", "lasted")}),
        (
            "What the network says",
            {"fields": ("status", "hops", "price", "error", "last_turn_at", "ended_at"), "classes": ("collapse",)},
        ),
        ("Technical", {"fields": ("session_id", "service_code", "network_code"), "classes": ("collapse",)}),
    )

    def tables(self, row: UssdSession) -> Iterable[Table]:
        turns = row.turns.order_by("pk")[:MOST_SHOWN]
        return [
            Table(
                title="Screens",
                about="What this phone was shown, one screen after the other. What was keyed in is kept nowhere.",
                headers=("Step", "Screen", "Way there", "Contract", "Time"),
                rows=tuple((turn.number, _screen(turn), _where(turn), _deal(turn), turn.at) for turn in turns),
            )
        ]

    @admin.display(description="Phone")
    def masked_phone(self, session: UssdSession) -> str:
        return mask(session.phone)

    @admin.display(description="State")
    def state(self, session: UssdSession) -> Shown:
        if session.continued_in_id:
            return label("Continued", Tone.HELD)
        if session.over:
            return label("Ended", Tone.GOOD)
        return label("Broke off", Tone.CARE) if session.ended_at else label("Goes on, or broke off", Tone.WAITING)

    @admin.display(description="Language")
    def spoken(self, session: UssdSession) -> str:
        return LANGUAGES.get(session.language, session.language)

    @admin.display(description="Lasted")
    def lasted(self, session: UssdSession) -> str:
        return f"{session.duration_ms / 1000:.0f} s" if session.duration_ms is not None else NOTHING

    @admin.display(description="Continued in")
    def later(self, session: UssdSession) -> Shown:
        return link(session.continued_in)

    @admin.display(description="Cost")
    def price(self, session: UssdSession) -> str:
        return costs.written(session.cost_currency, session.cost) if session.cost is not None else NOTHING


@admin.register(UssdTurn, site=site)
class UssdTurnAdmin(ReadOnlyAdmin):
    about = "The screens of calls by USSD, each kept for a while. What people put in is kept nowhere."
    exportable = False
    list_display = ("no", "deal", "shown", "where", "at")
    list_filter = (days("at"),)
    list_select_related = ("session",)
    ordering = ("-at", "-pk")
    search_fields = ("contract__id",)
    search_help_text = "A contract's id"
    fields = ("call", "deal", "number", "shown", "where", "at")

    @admin.display(description="Session")
    def call(self, turn: UssdTurn) -> Shown:
        return link(turn.session)

    @admin.display(description="Contract")
    def deal(self, turn: UssdTurn) -> Shown:
        return _deal(turn)

    @admin.display(description="Screen")
    def shown(self, turn: UssdTurn) -> Shown:
        return _screen(turn)

    @admin.display(description="Way there")
    def where(self, turn: UssdTurn) -> str:
        return _where(turn)
