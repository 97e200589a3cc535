"""One act on one row, or on many that were ticked in a list: a page that names them, then the result of each."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from contracts.audit import Actor
from payments import approvals
from voicepact.console.acts import note
from voicepact.console.bulk import BULK, MOST, Bulk, work
from voicepact.console.views.pages import allowed, list_of, render
from voicepact.kernel.clock import now
from voicepact.kernel.display import address_of, label


def bulk(request: HttpRequest, name: str) -> HttpResponse:
    """Asks once more, with every row and why some will be refused; then each is worked, and its result shown."""
    if name not in BULK:
        raise Http404
    act = BULK[name]
    user = allowed(request, act.right)
    keys = list(dict.fromkeys((request.POST if request.method == "POST" else request.GET).getlist("row")))
    if not 0 < len(keys) <= MOST:
        messages.error(request, f"Tick one row at least, and {MOST} at most.")
        return redirect(list_of(act.model))
    rows = _rows(act, keys)
    since = _moment(request.POST.get("since", ""))
    if request.method == "POST" and since:
        return _show(request, "bulk_done", act, rows, _worked(request, act, rows, approvals.staff_actor(user), since))
    shown = [(address_of(row), str(row), act.why_not(row)) for row in rows]
    return _show(request, "bulk", act, rows, shown, since=now().isoformat())


def _worked(
    request: HttpRequest, act: Bulk, rows: list[models.Model], actor: Actor, since: datetime
) -> list[tuple[object, ...]]:
    results = work(act, rows, actor=actor, since=since)
    for each in results:
        if each.is_done:
            note(request, act.event, each.row)
    return [(address_of(each.row), str(each.row), label(each.word, each.tone), each.words) for each in results]


def _rows(act: Bulk, keys: list[str]) -> list[models.Model]:
    """The rows with these keys, in their order. Raises Http404."""
    try:
        wanted = [act.model._meta.pk.to_python(key) for key in keys]
        found = act.model._default_manager.in_bulk(wanted)
        return [found[key] for key in wanted]
    except (KeyError, ValidationError, ValueError, OverflowError) as error:
        raise Http404 from error


def _moment(text: str) -> datetime | None:
    """When the page was made, as it says itself."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _show(
    request: HttpRequest,
    name: str,
    act: Bulk,
    rows: list[models.Model],
    shown: Sequence[tuple[object, ...]],
    **more: str,
) -> HttpResponse:
    context = {
        "title": act.title,
        "about": act.does,
        "rows": shown,
        "keys": [row.pk for row in rows],
        "can": sum(not act.why_not(row) for row in rows),
        "opts": act.model._meta,
        "back": address_of(rows[0]) if len(rows) == 1 else list_of(act.model),
        **more,
    }
    return render(request, name, context)
