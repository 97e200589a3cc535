"""By what every list may be sifted: its days in Nairobi, its amounts, the rail. No table is read to offer options."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db import models
from django.http import HttpRequest

from voicepact.kernel.clock import NAIROBI, midnight, now
from voicepact.kernel.rails import RAILS
from voicepact.kernel.staff import FixedFilter

LARGEST = Decimal(10) ** 13


class Unreadable(ValueError):
    """What was given as an end of a range is none."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range, as the form shows it."""

    name: str
    words: str
    given: str


class RangeFilter(admin.ListFilter):
    """Rows whose field at `path` lies between two ends, each of which may be left open; both ends are in.

    An end that cannot be read is left open, and a message says so. `kind` is that of the two inputs, `kept` what else
    the list's address says, and goes on saying.
    """

    template = "admin/range_filter.html"
    path: ClassVar[str]
    kind: ClassVar[str]
    kept: Sequence[tuple[str, str]] = ()

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: type[models.Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        names = (f"{self.path}_from", f"{self.path}_to")
        given = [(params.pop(name, None) or [""])[-1].strip() for name in names]
        self.ends = tuple(End(*each) for each in zip(names, ("From", "To"), given, strict=True))

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [end.name for end in self.ends]

    def bounds(self, low: str, high: str) -> dict[str, object]:
        """The conditions by lookup, of those ends that are not empty. Raises Unreadable."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        low, high = (end.given for end in self.ends)
        conditions: dict[str, object] = {}
        for given in ((low, ""), ("", high)):
            try:
                conditions |= self.bounds(*given)
            except Unreadable as error:
                messages.warning(request, f"{error} It was left out.")
        return queryset.filter(**{f"{self.path}__{lookup}": value for lookup, value in conditions.items()})

    def presets(self) -> Iterator[tuple[str, str, str]]:
        """Ranges that are one click away: words, from, to."""
        return iter(())

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        low, high = self.ends
        names = [low.name, high.name]
        self.kept = [
            (name, value)
            for name, values in changelist.filter_params.items()
            if name not in names and name != PAGE_VAR
            for value in values
        ]
        for words, first, last in [("All", "", ""), *self.presets()]:
            chosen = {end.name: value for end, value in ((low, first), (high, last)) if value}
            query = changelist.get_query_string(chosen, [name for name in names if name not in chosen])
            yield {"display": words, "query_string": query, "selected": (first, last) == (low.given, high.given)}


class Days(RangeFilter):
    """By days as they are in Nairobi."""

    title = "day"
    kind = "date"

    def bounds(self, low: str, high: str) -> dict[str, object]:
        found: dict[str, object] = {}
        if low:
            found["gte"] = midnight(_day(low))
        if high:
            found["lt"] = midnight(_day(high) + timedelta(days=1))
        return found

    def presets(self) -> Iterator[tuple[str, str, str]]:
        today = now().astimezone(NAIROBI).date()
        yield "Today", today.isoformat(), today.isoformat()
        for days in (7, 30):
            yield f"The last {days} days", (today - timedelta(days=days - 1)).isoformat(), today.isoformat()


class Amounts(RangeFilter):
    """By amounts, in whole units of their currency."""

    title = "amount"
    kind = "number"

    def bounds(self, low: str, high: str) -> dict[str, object]:
        return {lookup: _amount(text) for lookup, text in (("gte", low), ("lte", high)) if text}


def days(path: str) -> type[Days]:
    """The filter of a list by the days of this field."""
    return type(f"DaysOf{path}", (Days,), {"path": path})


def amounts(path: str = "amount") -> type[Amounts]:
    return type(f"AmountsOf{path}", (Amounts,), {"path": path})


class Gateway(FixedFilter):
    title = "gateway"
    parameter_name = "rail"
    options = {name: (rail.title, models.Q(gateway=name)) for name, rail in RAILS.items()}


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
        day + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"“{text[:20]}” is no day.") from error
    if day.year < 2000:
        raise Unreadable(f"“{text[:20]}” is before all deals.")
    return day


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise Unreadable(f"“{text[:20]}” is no amount.") from error
    if not amount.is_finite() or abs(amount) >= LARGEST:
        raise Unreadable(f"“{text[:20]}” is no amount that a deal can have.")
    return amount
