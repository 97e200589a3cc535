"""The base of every page on which staff look and change nothing: lists without counting, search by index, tables."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin import ShowFacets, SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import get_fields_from_path, unquote
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import localize
from django.utils.timezone import localtime
from unfold.enums import ActionVariant
from unfold.paginator import InfinitePaginator

from voicepact.kernel.display import list_address, one_line, shortened
from voicepact.kernel.posted_search import PostedSearch
from voicepact.kernel.search_terms import read

NEWEST_OF_A_PHONE = 500
"""So many rows or deals of a phone a list's search looks through: there are phones with ten thousands."""
LONGEST_KEY = 60


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that belong to the row of a page, shown below it; `more` is the address of their whole list.

    Cells are text, times, numbers or safe HTML.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    about: str = ""
    more: str = ""

    def for_template(self) -> dict[str, object]:
        """As Unfold's table component takes it."""
        return {"headers": self.headers, "rows": tuple(tuple(map(_shown, row)) for row in self.rows)}


@dataclass(frozen=True, slots=True)
class Act:
    """A button at the head of a page or list: it leads to another page, where staff say what they want to be done.

    `about` is one line that tells what it does before it does it. While it cannot be done, `refusal` says why, and
    there is no button.
    """

    title: str
    address: str
    icon: str
    variant: ActionVariant = ActionVariant.DEFAULT
    about: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class BulkAct:
    """What may be done to several rows of a list at once; `address` is of the page that lists them and asks once more.

    That page gets the rows' keys as `row`, and does to them one by one what it does to a single one.
    """

    name: str
    title: str
    address: str


def _fits(field: Any, code: str) -> bool:
    """Whether the field could hold the code at all."""
    try:
        field.run_validators(field.to_python(code))
    except ValidationError:
        return False
    return True


def _shown(cell: object) -> object:
    return one_line(localize(localtime(cell))) if isinstance(cell, datetime) else cell


class FixedFilter(SimpleListFilter):
    """A filter whose options, in words, are known beforehand: no table is read to offer them.

    Where none is chosen the list holds what `default` says, and `all_words` says so.
    """

    options: Mapping[str, tuple[str, models.Q]] = {}
    default = models.Q()
    all_words = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, words) for name, (words, _) in self.options.items()]

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        chosen = self.options.get(self.value() or "")
        return queryset.filter(chosen[1] if chosen else self.default)

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": self.all_words or first["display"]}
        yield from others


class ListAdmin(PostedSearch):
    """A model whose list opens at once, however long it is: nothing is counted."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = InfinitePaginator

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """Leads to the list, which says so and can be searched; Django would lead to the front page."""
        key = shortened(unquote(object_id), LONGEST_KEY)
        messages.warning(request, f"There is no {self.model._meta.verbose_name} {key}.")
        return redirect(list_address(self.model._meta.label))


class ReadOnlyAdmin(ListAdmin):
    """A model that nobody adds, edits or deletes here, whoever they are.

    `search_fields` are compared with the whole search term, and `phone_fields` when it is a phone number in any
    writing; each of them wants an index. `about` tells people who are no engineers what they see. `linked_by` are
    the lookups by which other pages link to this list, beside those for just one value of a field of its own.
    """

    about = ""
    phone_fields: tuple[str, ...] = ()
    linked_by: tuple[str, ...] = ()
    exportable = True
    actions = None
    list_disable_select_all = True
    sortable_by: tuple[str, ...] = ()
    list_before_template = "admin/about.html"
    change_form_outer_before_template = "admin/about.html"
    change_form_outer_after_template = "admin/tables.html"

    def tables(self, row: Any) -> Iterable[Table]:
        """What is shown below `row`."""
        return ()

    def acts(self, request: HttpRequest, row: Any) -> Iterable[Act]:
        """What this member of staff may do about `row` now."""
        return ()

    def prepare(self, rows: Sequence[Any]) -> None:
        """Whatever the rows of one list need looked up is looked up for all of them at once."""

    def acts_of_list(self, request: HttpRequest) -> Iterable[Act]:
        """What this member of staff may do from the list."""
        return ()

    def bulk_acts(self, request: HttpRequest) -> Iterable[BulkAct]:
        """What this member of staff may do to several rows at once; nothing else is ever done from a list."""
        return ()

    def export(self, request: HttpRequest) -> Iterable[Act]:
        """The button by which the rows of this list, as it is filtered and searched now, become a file."""
        if self.exportable and request.user.has_perm("console.export"):
            address = reverse("desk:export_list", args=[self.model._meta.label])
            yield Act("Export", f"{address}?{request.GET.urlencode()}" if request.GET else address, "download")

    @admin.display(description="No.")
    def no(self, row: models.Model) -> Any:
        return row.pk

    # --- nothing changes here -----------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and SEARCH_VAR not in request.POST:
            return self._ask_once_more(request)
        if any("\0" in value for values in request.GET.lists() for value in values[1]):
            raise BadRequest("No text holds the character U+0000.")
        answer: HttpResponse = super().changelist_view(request, extra_context)
        if isinstance(answer, TemplateResponse) and answer.context_data is not None:
            answer.context_data["acts"] = [*self.acts_of_list(request), *self.export(request)]
        return answer

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        listed: ChangeList = super().get_changelist_instance(request)
        self.prepare(listed.result_list)
        return listed

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[Any, str, str]]:
        return {act.name: (ReadOnlyAdmin._ask_once_more, act.name, act.title) for act in self.bulk_acts(request)}

    def _ask_once_more(self, request: HttpRequest, queryset: object = None) -> HttpResponse:
        """Leads to the page of a bulk act, with the keys of the rows that were ticked. Raises PermissionDenied."""
        acts = {act.name: act for act in self.bulk_acts(request)}
        act = acts.get(request.POST.get("action", ""))
        if act is None:
            raise PermissionDenied
        keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        return redirect(f"{act.address}?{urlencode({'row': keys}, doseq=True)}")

    # --- lists and search ---------------------------------------------------------------------------------------------

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What links and filters ask for, and no more: Django would let an address ask anything of a column.

        `phone__startswith` would tell whole numbers digit by digit, and tokens and raw bodies too, to whoever may see
        only a masked one.
        """
        if lookup in self.linked_by:
            return True
        name, *rest = lookup.split(LOOKUP_SEP)
        known = any(name == field.name for field in self.model._meta.get_fields())
        harmless = not known or rest in ([], ["exact"], ["isnull"], ["id", "exact"])
        return harmless and bool(super().lookup_allowed(lookup, value, request))

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.search_fields, *self.phone_fields)

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", search_term: str
    ) -> "tuple[models.QuerySet[Any], bool]":
        """The rows in which one of the fields is the term, each looked up by its own index."""
        if not search_term.strip():
            return queryset, False
        term = read(search_term)
        looked = [self._keys(path, term.codes) for path in self.search_fields]
        if term.phone:
            looked += [self._of_phone(path, term.phone) for path in self.phone_fields]
        matches = [match for match in looked if match is not None]
        if not matches:
            return queryset.none(), False
        return queryset.filter(pk__in=matches[0].union(*matches[1:])), False

    def _keys(self, path: str, codes: Collection[str]) -> "models.QuerySet[Any, Any] | None":
        """The keys of the rows in which the field at `path` is one of `codes`; none when it could hold none of them."""
        field = get_fields_from_path(self.model, path)[-1]
        fitting = [code for code in codes if _fits(field, code)]
        if not fitting:
            return None
        keys: models.QuerySet[Any, Any] = self.model._default_manager.filter(**{f"{path}__in": fitting})
        return keys.order_by().values("pk")

    def _of_phone(self, path: str, phone: str) -> "models.QuerySet[Any, Any]":
        """The keys of the newest rows of the phone or, by way of its deals, of the rows of the newest deals."""
        way, _, name = path.rpartition("__")
        owner = get_fields_from_path(self.model, path)[-1].model
        newest: models.QuerySet[Any, Any] = owner._default_manager.filter(**{name: phone}).order_by("-pk")
        match = {f"{way or 'pk'}__in": newest.values("pk")[:NEWEST_OF_A_PHONE]}
        keys: models.QuerySet[Any, Any] = self.model._default_manager.filter(**match)
        return keys.order_by().values("pk")

    # --- one row ------------------------------------------------------------------------------------------------------

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> TemplateResponse:
        row = kwargs["obj"]
        context.update(
            tables=list(self.tables(row)) if row else [],
            acts=list(self.acts(request, row)) if row else [],
            show_history=False,
        )
        page: TemplateResponse = super().render_change_form(request, context, *args, **kwargs)
        return page
