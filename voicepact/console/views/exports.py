"""A list as a file: what is asked beforehand, how far it is, and the file for whoever asked for it."""

from datetime import timedelta

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localtime

from voicepact.console.exports import files, making
from voicepact.console.exports.selection import ListForbidden, ListUnreadable, Selection, selection
from voicepact.console.forms.exports import ExportForm
from voicepact.console.models import Export
from voicepact.console.rights import EXPORT
from voicepact.console.views.files import HEADERS
from voicepact.console.views.pages import allowed, found, list_of, render
from voicepact.kernel.errors import Refusal
from voicepact.kernel.models import User


def ask(request: HttpRequest, label: str) -> HttpResponse:
    """What will be in the file, and in which format it is wanted; then a worker writes it."""
    chosen = _chosen(label, request.GET.urlencode(), allowed(request, EXPORT))
    form, refusal = ExportForm(request.POST or None), ""
    if form.is_valid():
        try:
            export = making.ask(chosen, Export.Format(form.cleaned_data["format"]))
            return redirect("desk:export", key=export.pk)
        except Refusal as refused:
            refusal = refused.detail
    return _about(request, chosen, form=form, refusal=refusal)


def _chosen(label: str, query: str, user: User) -> Selection:
    """Raises Http404 where no such list can be had as a file."""
    try:
        return selection(label, query, user)
    except (LookupError, ValueError) as error:
        raise Http404 from error


def _about(request: HttpRequest, chosen: Selection, *, form: ExportForm, refusal: str) -> HttpResponse:
    guess = None
    try:
        guess = chosen.guess()
    except ListForbidden as refused:
        raise Http404 from refused
    except ListUnreadable as refused:
        refusal = refused.detail
    address = list_of(chosen.model)
    context = {
        "title": f"Export {chosen.name}",
        "form": form,
        "refusal": refusal,
        "chosen": chosen,
        "guess": guess,
        "heads": chosen.columns().heads(),
        "days": settings.EXPORT_TIME.days,
        "sheet_rows": f"{files.most_rows(Export.Format.XLSX):,}",
        "most_rows": f"{files.most_rows(Export.Format.CSV):,}",
        "opts": chosen.model._meta,
        "back": f"{address}?{chosen.query}" if chosen.query else address,
    }
    return render(request, "export", context)


def progress(request: HttpRequest, key: str) -> HttpResponse:
    """How far the file is; and at the end the file."""
    export = _own(request, key)
    chosen = _chosen(export.list, export.query, export.owner)
    left = export.time_left()
    context = {
        "title": f"Export of {chosen.name}",
        "export": export,
        "chosen": chosen,
        "rows": f"{export.rows:,}",
        "expected": f"{export.expected:,}",
        "left": _in_words(left) if left else "",
        "opts": Export._meta,
        "back": f"{list_of(chosen.model)}?{chosen.query}" if chosen.query else list_of(chosen.model),
        "all": list_of(Export),
        "here": reverse("desk:export", args=[export.pk]),
    }
    return render(request, "exporting", context)


def _own(request: HttpRequest, key: str) -> Export:
    """The export, if this member of staff has asked for it. Raises Http404 for everybody else."""
    user = allowed(request, EXPORT)
    export = found(Export, key)
    if export.owner_id != user.pk:
        raise Http404
    return export


def _in_words(left: timedelta) -> str:
    seconds = left.total_seconds()
    return f"about {seconds / 60:.0f} min" if seconds >= 90 else f"about {max(seconds, 1):.0f} s"


def download(request: HttpRequest, key: str) -> FileResponse:
    """The file, to keep. Each time that it is taken is written down."""
    export = _own(request, key)
    if not export.is_done:
        raise Http404
    try:
        _chosen(export.list, export.query, export.owner).check()
        content = (files.directory() / export.file).open("rb")
    except (ListForbidden, FileNotFoundError) as error:
        raise Http404 from error
    making.downloaded(export, by=export.owner)
    model = export.list.partition(".")[2].lower()
    return FileResponse(
        content,
        as_attachment=True,
        filename=f"{model}-{localtime(export.finished_at):%Y-%m-%d}-{export.pk}.{export.format}",
        content_type=files.CONTENT_TYPES[Export.Format(export.format)],
        headers=HEADERS,
    )
