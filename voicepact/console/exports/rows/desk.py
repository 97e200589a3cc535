"""The columns of what the desk keeps for itself."""

from voicepact.console.exports.columns import Rows, number, plain, text, time


class ExportRows(Rows):
    """Without the query: it may hold a number that somebody searched for."""

    id = number("pk")
    owner = plain("owner__username")
    list = plain("list")
    format = plain("format")
    status = plain("status")
    rows = number("rows")
    size = number("size")
    sha256 = plain("sha256")
    created_at = time("created_at")
    finished_at = time("finished_at")
    expires_at = time("expires_at")
    related = ("owner",)


class DeskActRows(Rows):
    id = number("pk")
    user = plain("user__username")
    address = plain("address")
    act = plain("act")
    subject = plain("subject")
    reason = text("reason")
    event = number("event_id")
    at = time("at")
    related = ("user",)
