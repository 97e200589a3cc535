"""One piece of what was brought forward in a dispute: whose it is, and its file to keep or to look at."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contracts.actors import names
from contracts.models import Evidence
from voicepact.kernel.display import LINK, NOTHING

PICTURES = {"image/jpeg", "image/png", "image/webp"}
PDF, TEXT = "application/pdf", "text/plain"
LOOKED_AT = {*PICTURES, PDF, TEXT}
"""What a browser can show safely."""
PICTURE = '<a href="{0}" target="_blank" rel="noopener"><img src="{0}" alt="{1}" loading="lazy" class="evidence"></a>'
OPEN = '<a href="{}" target="_blank" rel="noopener" class="nowrap text-link">Open in a new tab</a>'


def whose(pieces: Iterable[Evidence]) -> dict[int, str]:
    """Of each piece, by its key, whose it is: a party's, the client's, or our own; all names are looked up at once."""
    listed = list(pieces)
    known = names(piece.actor for piece in listed if piece.party is None)
    return {piece.pk: piece.party.get_role_display() if piece.party else known[piece.actor] for piece in listed}


def file_links(piece: Evidence, who: str) -> SafeString | str:
    """The file to keep, and to look at where a browser can show it safely; `who` brought it."""
    if not piece.file:
        return NOTHING
    kind = piece.content_type.partition("/")[2].upper()
    to_keep = format_html(LINK, reverse("desk:evidence", args=[piece.pk]), f"{kind}, {_size(piece.size)}")
    if piece.content_type not in LOOKED_AT:
        return to_keep
    look = reverse("desk:look", args=[piece.pk])
    if piece.content_type in PICTURES:
        shown = format_html(PICTURE, look, f"Picture from {who.lower()}")
    else:
        shown = format_html(OPEN, look)
    return format_html('<div class="flex flex-col gap-1">{}{}</div>', shown, to_keep)


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(size // 1024, 1)} KB"
