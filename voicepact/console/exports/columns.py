"""What a cell of a file may hold: numbers as numbers, times in Nairobi, phones masked, texts veiled, never a formula.

The columns of each list are declared as a Resource of django-import-export, whose fields and widgets read the values.
Its own export gathers all rows in memory before it writes the first; so rows are taken from it one at a time.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Model
from import_export.fields import Field
from import_export.resources import Resource
from import_export.widgets import Widget

from voicepact.kernel.api.decimals import encode
from voicepact.kernel.clock import NAIROBI
from voicepact.kernel.display import veiled
from voicepact.kernel.phones import mask

Cell = str | int | Decimal | None
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SPELT = {"at": "time", "id": "ID", "ms": "in ms", "sha256": "SHA-256", "sms": "SMS"}
"""What is written otherwise in a heading than in a name."""
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def harmless(text: str) -> str:
    """`text` as no spreadsheet takes it for a formula; characters that no XLSX may hold are replaced."""
    shown = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return f"'{shown}" if shown.lstrip(" ").startswith(FORMULA) else shown


class Text(Widget):  # type: ignore[misc]
    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Cell:
        return None if value is None else harmless(veiled(str(value)))


class Plain(Widget):  # type: ignore[misc]
    """An id, a state, a digest: nothing in which somebody could have written a number."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Cell:
        return None if value is None else harmless(str(value))


class Number(Widget):  # type: ignore[misc]
    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Cell:
        return value if value is None or isinstance(value, int | Decimal) else Decimal(str(value))


class Time(Widget):  # type: ignore[misc]
    """`2026-11-24T12:35:24+03:00`: as clear to a program as to a person, whatever the spreadsheet's own settings."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Cell:
        if isinstance(value, datetime):
            return value.astimezone(NAIROBI).isoformat(timespec="seconds")
        return value.isoformat() if isinstance(value, date) else None


class Phone(Widget):  # type: ignore[misc]
    """Masked, and without the plus sign, which a spreadsheet takes for the beginning of a formula."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Cell:
        return mask(value).removeprefix("+") if value else None


class Json(Widget):  # type: ignore[misc]
    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Cell:
        return harmless(veiled(encode(value))) if value else None


class YesNo(Widget):  # type: ignore[misc]
    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Cell:
        return "yes" if value else "no"


def text(attribute: str) -> Field:
    return Field(attribute=attribute, widget=Text(), readonly=True)


def plain(attribute: str) -> Field:
    return Field(attribute=attribute, widget=Plain(), readonly=True)


def number(attribute: str) -> Field:
    return Field(attribute=attribute, widget=Number(), readonly=True)


def time(attribute: str) -> Field:
    return Field(attribute=attribute, widget=Time(), readonly=True)


def phone(attribute: str) -> Field:
    return Field(attribute=attribute, widget=Phone(), readonly=True)


def json(attribute: str) -> Field:
    return Field(attribute=attribute, widget=Json(), readonly=True)


def yes_no(attribute: str) -> Field:
    return Field(attribute=attribute, widget=YesNo(), readonly=True)


def heading(name: str, field: Field) -> str:
    """What stands above the column: `created_at` as `Created`, `masked_phone` as `Phone, masked`."""
    words = name.removeprefix("masked_").removesuffix("_at").split("_")
    spelt = " ".join(SPELT.get(word, word) for word in words)
    shown = f"{spelt[:1].upper()}{spelt[1:]}"
    return f"{shown}, masked" if isinstance(field.widget, Phone) else shown


class Rows(Resource):  # type: ignore[misc]
    """The columns of one list, in the order in which they are declared; `related` is what they need of other tables."""

    related: ClassVar[tuple[str, ...]] = ()

    def prepare(self, rows: Sequence[Any]) -> None:
        """Whatever the rows of one batch need looked up is looked up for all of them at once."""

    def heads(self) -> Sequence[str]:
        return [heading(name, field) for name, field in self.fields.items()]

    def cells(self, row: Model) -> list[Cell]:
        return [field.export(row) for field in self.fields.values()]
