"""What both sides brought forward in a dispute, to read and to look at on its page."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contracts.actors import name, names
from contracts.models import Dispute, Evidence
from voicepact.console.views.files import PICTURES
from voicepact.kernel.display import LINK, NOTHING, link, list_address, veiled
from voicepact.kernel.staff import Table

PICTURE = '<a href="{0}" target="_blank" rel="noopener"><img src="{0}" alt="{1}" loading="lazy" class="evidence"></a>'


def brought_forward(dispute: Dispute) -> Table:
    """All evidence, in the order in which it came."""
    pieces = list(dispute.evidence.select_related("party").order_by("pk"))
    whose = names(piece.actor for piece in pieces)
    return Table(
        title="Evidence",
        about="What both sides brought forward, oldest first. Files are known by their own bytes.",
        more=list_address("contracts.Evidence", q=dispute.contract_id),
        headers=("By", "Text", "File", "At"),
        rows=tuple(
            (link(piece, whose[piece.actor]), veiled(piece.text) or NOTHING, file_links(piece), piece.added_at)
            for piece in pieces
        ),
    )


def who(piece: Evidence) -> str:
    """Whose it is: a party's, the client's, or our own."""
    return piece.party.get_role_display() if piece.party else name(piece.actor)


def file_links(piece: Evidence) -> SafeString | str:
    """The file to keep, and to look at where it is a picture."""
    if not piece.file:
        return NOTHING
    kind = piece.content_type.partition("/")[2].upper()
    to_keep = format_html(LINK, reverse("desk:evidence", args=[piece.pk]), f"{kind}, {_size(piece.size)}")
    if piece.content_type not in PICTURES:
        return to_keep
    picture = format_html(PICTURE, reverse("desk:picture", args=[piece.pk]), f"Picture from {who(piece).lower()}")
    return format_html('<div class="flex flex-col gap-1">{}{}</div>', picture, to_keep)


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(size // 1024, 1)} KB"
