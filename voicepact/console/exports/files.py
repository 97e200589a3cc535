"""Rows on their way into a file, one at a time: CSV, or a sheet of Excel.

CSV begins with the mark of UTF-8, because Excel takes a file without it for the code page of its own computer and
spoils every name with a letter outside it. Neither format ever holds the whole table in memory.
"""

import csv
import io
import math
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from django.conf import settings
from openpyxl import Workbook

from voicepact.console.exports.columns import Cell
from voicepact.console.models import Export

SHEET_ROWS = 1_048_575
"""What a sheet of Excel holds beside the line of headings."""
CONTENT_TYPES = {
    Export.Format.CSV: "text/csv; charset=utf-8",
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NAME = re.compile(rf"[0-9]{{1,18}}-[0-9]+\.({'|'.join(Export.Format.values)})")
"""The export's key, the number of the attempt, and the format: nothing else in the directory is ours."""


class Writer(Protocol):
    def add(self, cells: Sequence[Cell]) -> None:
        """The next line of the file."""


class _Csv:
    def __init__(self, target: IO[str]) -> None:
        self.add = csv.writer(target).writerow


class _Sheet:
    def __init__(self) -> None:
        self._book = Workbook(write_only=True)
        self._rows = self._book.create_sheet("Rows")
        self.add = self._rows.append

    def save(self, target: IO[bytes]) -> None:
        self._book.save(target)

    def close(self) -> None:
        """What was written so far is given up, unless it was saved."""
        if not self._rows.closed:
            self._rows.close()


def most_rows(wanted: str) -> int:
    """How many rows a file of this format may have."""
    return min(SHEET_ROWS, settings.EXPORT_ROWS) if wanted == Export.Format.XLSX else settings.EXPORT_ROWS


@contextmanager
def writing(target: IO[bytes], wanted: str) -> Iterator[Writer]:
    """A writer of this format; when the block ends `target` holds the whole file."""
    if wanted == Export.Format.XLSX:
        with closing(_Sheet()) as sheet:
            yield sheet
            sheet.save(target)
        return
    lines = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=False)
    yield _Csv(lines)
    lines.flush()
    lines.detach()


def directory() -> Path:
    """Where the files lie: outside everything that the web server serves by itself."""
    path = Path(settings.EXPORT_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def new_file(name: str) -> io.BufferedRandom:
    """An empty file that only this system's user reads."""
    path = directory() / name
    opened = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600)
    return open(opened, "w+b")  # noqa: PTH123 - a path would open it with a mode of its own


def remove_all(export: Export, *, but: str = "") -> None:
    """No file of the export is left, of no attempt, except the one named `but`."""
    for path in directory().glob(f"{export.pk}-*"):
        if path.name != but:
            path.unlink(missing_ok=True)


def untouched_since(moment: datetime) -> list[Path]:
    """The files of exports on which nothing was written since then."""
    ours = (path for path in directory().iterdir() if NAME.fullmatch(path.name))
    return [path for path in ours if _written_at(path) < moment.timestamp()]


def _written_at(path: Path) -> float:
    """In seconds of the epoch; of a file that has just gone, for ever."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def export_of(path: Path) -> int:
    """The key of the export whose file it is."""
    return int(path.name.partition("-")[0])
