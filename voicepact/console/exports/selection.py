"""Which rows a list shows under its filters and its search: the list itself is asked, so that a file holds the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.apps import apps
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, QueryDict

from voicepact.console.exports.columns import Rows
from voicepact.console.exports.rows import ROWS
from voicepact.console.rights import EXPORT
from voicepact.kernel.display import veiled
from voicepact.kernel.errors import Refusal
from voicepact.kernel.models import User
from voicepact.kernel.phones import InvalidPhone, mask, parse
from voicepact.kernel.posted_search import Unreadable, unsealed
from voicepact.kernel.site import site
from voicepact.kernel.staff import ReadOnlyAdmin

BATCH = 2000
COUNTED = 1000
"""Up to so many rows are counted; beyond them the planner's guess is enough."""
OF_THE_PAGE = ("p", "all", "o", "_facets", "_changelist_filters", "_popup", "_to_field")


class ListUnreadable(Refusal):
    code = "list_unreadable"

    def __init__(self) -> None:
        super().__init__("This list cannot be read under these filters. Open it again.")


class ListForbidden(Refusal):
    code = "list_forbidden"

    def __init__(self) -> None:
        super().__init__("You may no longer see this list, or no longer have lists written to files.")


@dataclass(frozen=True, slots=True)
class Guess:
    """How many rows there are: counted when there are few, else as the planner guesses."""

    rows: int
    exact: bool

    def __str__(self) -> str:
        return f"{self.rows:,}" if self.exact else f"about {self.rows:,}"


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of the list of `model` under `query` as `user` sees them now."""

    model: type[Model]
    query: str
    user: User

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def columns(self) -> Rows:
        return ROWS[self.model]()

    def check(self) -> None:
        """The user may see the list, and take it away. Raises ListForbidden."""
        sees = site._registry[self.model].has_view_permission(_request(self.user, self.query))
        if not self.user.is_active or not self.user.has_perm(EXPORT) or not sees:
            raise ListForbidden

    def queryset(self) -> QuerySet[Any]:
        """The whole list, in its own order. Raises ListForbidden, ListUnreadable."""
        self.check()
        request = _request(self.user, self.query)
        admin = site._registry[self.model]
        try:
            rows: QuerySet[Any] = admin.get_changelist_instance(request).get_queryset(request)
        except (IncorrectLookupParameters, ValueError) as error:
            raise ListUnreadable from error
        related = ROWS[self.model].related
        return rows.select_related(*related) if related else rows

    def guess(self) -> Guess:
        """How many rows there are; no big table is counted. Raises ListForbidden, ListUnreadable."""
        rows = self.queryset()
        counted = len(rows.order_by().select_related(None).prefetch_related(None).values_list("pk")[: COUNTED + 1])
        if counted <= COUNTED:
            return Guess(counted, exact=True)
        return Guess(max(_planned(rows), counted), exact=False)

    def batches(self) -> Iterator[list[Any]]:
        """All rows, some at a time, each batch found by the last row of the one before.

        No transaction stays open between two batches; a row that changes its place meanwhile may be missed.
        Raises ListForbidden, ListUnreadable.
        """
        rows = self.queryset()
        order = _total_order(rows)
        rows = rows.order_by(*order)
        after = Q()
        while batch := list(rows.filter(after)[:BATCH]):
            yield batch
            if len(batch) < BATCH:
                return
            after = _after(batch[-1], order)

    def words(self) -> str:
        """What narrows the list down, in words; a phone that was searched for is masked."""
        parts = [(_word(name), self._veiled(value)) for name, value in parse_qsl(self.query)]
        return ", ".join(f"{name}: {value}" for name, value in parts)

    def _veiled(self, value: str) -> str:
        try:
            plain = unsealed(value, reader=self.user)
        except Unreadable:
            return "somebody else's"
        try:
            return mask(parse(plain))
        except InvalidPhone:
            return veiled(plain)


def selection(label: str, query: str, user: User) -> Selection:
    """The list called `label` (`payments.Payment`). Raises LookupError where no file can be had of it."""
    model = apps.get_model(label)
    if model not in ROWS or not isinstance(site._registry.get(model), ReadOnlyAdmin):
        raise LookupError(label)
    return Selection(model, clean(query), user)


def clean(query: str) -> str:
    """The filters and the search of a list's address, without what concerns its pages only."""
    kept = [(name, value) for name, value in parse_qsl(query) if name not in OF_THE_PAGE and "\0" not in value]
    return urlencode(kept)


def _request(user: User, query: str) -> HttpRequest:
    """What the list is asked with: its own address, opened by this member of staff."""
    request = HttpRequest()
    request.method, request.user, request.GET = "GET", user, QueryDict(query)
    return request


def _planned(rows: QuerySet[Any]) -> int:
    sql, parameters = rows.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        plan: list[dict[str, Any]] = cursor.fetchone()[0]
    return int(plan[0]["Plan"]["Plan Rows"])


def _total_order(rows: QuerySet[Any]) -> list[str]:
    """The list's order, made one in which no two rows are equal."""
    order = [str(name) for name in rows.query.order_by]
    if {"pk", "-pk", "id", "-id", rows.model._meta.pk.name} & set(order):
        return order
    return [*order, "-pk" if order and order[0].startswith("-") else "pk"]


def _after(row: Any, order: list[str]) -> Q:
    """The rows that follow `row` in this order; its first column alone tells an index where to go on."""
    first, *_ = order
    path, forwards = first.removeprefix("-"), not first.startswith("-")
    return Q(**{f"{path}__{'gte' if forwards else 'lte'}": _value(row, path)}) & _strictly_after(row, order)


def _strictly_after(row: Any, order: list[str]) -> Q:
    first, *rest = order
    path = first.removeprefix("-")
    beyond = Q(**{f"{path}__{'lt' if first.startswith('-') else 'gt'}": _value(row, path)})
    return beyond | (Q(**{path: _value(row, path)}) & _strictly_after(row, rest)) if rest else beyond


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _word(name: str) -> str:
    return "search" if name == "q" else name.removesuffix("__exact").replace("__", " ").replace("_", " ")
