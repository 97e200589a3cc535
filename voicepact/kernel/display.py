"""How things are shown to staff: coloured labels, links between rows, and text in which nobody's number is readable."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.admin.utils import quote
from django.db import models
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from voicepact.kernel.api.decimals import decode, encode
from voicepact.kernel.phones import InvalidPhone, mask, parse

NOTHING = "-"
LINK = '<a href="{}" class="nowrap text-link">{}</a>'
BLOCK = '<pre tabindex="0" class="font-mono leading-5 overflow-x-auto text-xs whitespace-pre-wrap break-words">{}</pre>'
PHONE = re.compile(
    r"(?<![0-9A-Za-z*])(?:\+\d{10,15}|(?:\+|00)?(?:254|0)[ -]?[17]\d{2}[ -]?\d{3}[ -]?\d{3})(?![0-9A-Za-z])"
)
TOKEN = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32}(?![0-9A-Za-z])")


class Tone(StrEnum):
    """What a label's colour says."""

    PLAIN = ""
    WAITING = "info"
    HELD = "primary"
    GOOD = "success"
    CARE = "warning"
    BAD = "danger"


def label(text: object, tone: Tone = Tone.PLAIN) -> SafeString:
    """`text` on a coloured ground."""
    return render_to_string("unfold/helpers/label.html", {"text": str(text), "type": tone.value})


def one_line(text: object) -> SafeString:
    """`text`, never broken into two lines."""
    return format_html('<span class="nowrap">{}</span>', text)


def link(row: models.Model | None, text: object = "") -> SafeString | str:
    """A link to the page of `row`; a dash where there is none."""
    return link_to(type(row), row.pk, text or row) if row is not None else NOTHING


def link_to(model: type[models.Model], key: int | str | UUID, text: object) -> SafeString | str:
    """A link to the page of the row of `model` with this key, which is not fetched; the text alone without a page."""
    try:
        return format_html(LINK, page_address(model, key), text)
    except NoReverseMatch:
        return str(text)


def address_of(row: models.Model) -> str:
    """The address of the row's page. Raises NoReverseMatch where it has none."""
    return page_address(type(row), row.pk)


def page_address(model: type[models.Model], key: int | str | UUID) -> str:
    """The address, below this site's, of the page of the row of `model` with this key. Raises NoReverseMatch."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[quote(key)])


def list_address(label: str, **filters: object) -> str:
    """The address of the list of the model `app.model` with these filters; empty when it has no list."""
    try:
        address = reverse(f"admin:{label.replace('.', '_').lower()}_changelist")
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(filters)}" if filters else address


def in_words(kind: str) -> str:
    """The kind of an event: `collection.received` as `Collection received`."""
    return kind.replace(".", " ").replace("_", " ").capitalize()


def span(start: datetime, end: datetime, *, depth: int = 2) -> str:
    """How long it is from one moment to another, in so many units: `1 day 4 hours`."""
    return timesince(start, end, depth=depth).replace("\xa0", " ").replace(",", "")


def pretty(value: object) -> SafeString | str:
    """A value of a JSON column, laid out; phones masked and secret tokens left out."""
    return _block(_laid_out(value)) if value else NOTHING


def pretty_body(body: str) -> SafeString | str:
    """What somebody sent us, laid out when it is JSON; phones masked and secret tokens left out."""
    try:
        return pretty(decode(body.encode()))
    except (ValueError, ArithmeticError, RecursionError):
        return _block(body) if body else NOTHING


def veiled(text: str) -> str:
    """`text` with phone numbers, in whatever writing, masked and secret tokens left out."""
    return without_tokens(PHONE.sub(_masked, text))


def shortened(text: str, longest: int) -> str:
    """What somebody has written on one line, phones masked, and cut where it is longer than so many letters."""
    line = veiled(" ".join(text.split()))  # on one line first: a number may be written over two
    return line if len(line) <= longest else f"{line[:longest].rstrip()}…"


def _masked(written: re.Match[str]) -> str:
    """Read first: masked as it is written, a number without its country would be left with two digits to guess."""
    try:
        return mask(parse(written[0]))
    except InvalidPhone:
        return mask(written[0])


def without_tokens(text: str) -> str:
    """`text` with secret tokens left out, and phone numbers as they are."""
    return TOKEN.sub("(secret)", text)


def _laid_out(value: Any, indent: str = "") -> str:
    """JSON with one member a line."""
    inner = f"{indent}  "
    if isinstance(value, dict) and value:
        members = (f"{inner}{encode(name)}: {_laid_out(member, inner)}" for name, member in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"{inner}{_laid_out(item, inner)}" for item in value) + f"\n{indent}]"
    return encode(value)


def _block(text: str) -> SafeString:
    return format_html(BLOCK, veiled(text))
