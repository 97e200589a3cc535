"""Files that people sent us, handed to staff only: to keep, or, where they are pictures, to look at.

Nothing of what their senders called them or said they are counts; and a browser may only show or save them.
"""

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest

from contracts import attachments
from contracts.models import Evidence
from payments.models import Proposal
from voicepact.console.dispute.evidence import LOOKED_AT, PDF, TEXT
from voicepact.console.views.pages import allowed, found

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
IN_THE_VIEWER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""For a PDF, which browsers show in a viewer of their own: that one does not open in a sandboxed page. The viewer keeps
what is in the file from reaching ours, and nothing else can run here: the type is ours, and no browser may guess it."""


def evidence(request: HttpRequest, key: str) -> FileResponse:
    """The file of a piece of evidence, to keep."""
    allowed(request, "contracts.view_evidence")
    piece = found(Evidence, key)
    return _answer(piece.file, piece.content_type, name=f"evidence-{piece.pk}", keep=True)


def look(request: HttpRequest, key: str) -> FileResponse:
    """The picture, PDF or text that a piece of evidence is, to look at."""
    allowed(request, "contracts.view_evidence")
    piece = found(Evidence, key)
    if piece.content_type not in LOOKED_AT:
        raise Http404
    return _answer(piece.file, piece.content_type, name=f"evidence-{piece.pk}", keep=False)


def statement(request: HttpRequest, key: str) -> FileResponse:
    """The rail's statement that is attached to a proposal, to keep."""
    allowed(request, "payments.view_proposal")
    proposal = found(Proposal, key)
    kind = _kind_of(proposal.attachment)
    return _answer(proposal.attachment, kind, name=f"statement-{proposal.pk}", keep=True)


def _kind_of(file: FieldFile) -> str:
    try:
        with file.open() as content:
            return attachments.content_type(content.read()) or ""
    except (ValueError, FileNotFoundError) as error:
        raise Http404 from error


def _answer(file: FieldFile, content_type: str, *, name: str, keep: bool) -> FileResponse:
    """Raises Http404 where there is no file, or it is lost."""
    try:
        content = file.open("rb")
    except (ValueError, FileNotFoundError) as error:
        raise Http404 from error
    known = content_type if content_type in attachments.EXTENSIONS else "application/octet-stream"
    viewer = {"Content-Security-Policy": IN_THE_VIEWER} if content_type == PDF and not keep else {}
    return FileResponse(
        content,
        as_attachment=keep,
        filename=f"{name}{attachments.EXTENSIONS.get(content_type, '.bin')}",
        content_type=f"{TEXT}; charset=utf-8" if known == TEXT and not keep else known,
        headers={**HEADERS, **viewer},
    )
