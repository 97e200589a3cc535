"""How a list becomes a file: asked for, claimed by one worker, written, kept for some days, deleted.

A worker gives a sign of life with every batch. One that gives none for a while is taken for dead: its export is begun
again by another under a new attempt, and whatever the old one still does then has no effect.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from contracts import audit
from payments.approvals import staff_actor
from voicepact.console.exports import files
from voicepact.console.exports.selection import Selection, selection
from voicepact.console.models import Export
from voicepact.kernel.clock import now
from voicepact.kernel.dispatch import Task, nudge
from voicepact.kernel.errors import Refusal
from voicepact.kernel.locking import claim, lock
from voicepact.kernel.models import User

log = structlog.get_logger()
LEASE = timedelta(minutes=2)
ATTEMPTS = 3
MADE = "export.made"
DOWNLOADED = "export.downloaded"


class OneAtATime(Refusal):
    code = "export_under_way"

    def __init__(self) -> None:
        super().__init__("You have an export under way already. Wait until it is done.")


class TooManyRows(Refusal):
    code = "export_too_long"

    def __init__(self, wanted: str) -> None:
        most = f"{files.most_rows(wanted):,}"
        other = ", or ask for CSV" if wanted == Export.Format.XLSX else ""
        super().__init__(f"The list has more than {most} rows, the most of such a file. Narrow it by a filter{other}.")


class _Lost(Exception):
    """Another worker has the export now."""


def ask(chosen: Selection, wanted: Export.Format) -> Export:
    """The export waits for a worker. Raises OneAtATime, TooManyRows, ListForbidden, ListUnreadable."""
    guess = chosen.guess()
    if guess.rows > files.most_rows(wanted):
        raise TooManyRows(wanted)
    try:
        with transaction.atomic():
            export = Export.objects.create(
                owner=chosen.user,
                list=chosen.model._meta.label,
                query=chosen.query,
                format=wanted,
                expected=guess.rows,
            )
            nudge(Task.EXPORT)
    except IntegrityError as error:
        raise OneAtATime from error
    return export


# --- the worker's side ------------------------------------------------------------------------------------------------


def work_due() -> int:
    """The exports that waited are files, or have failed with a reason; returns how many."""
    done = 0
    while (export := _claim()) is not None:
        _make(export)
        done += 1
    return done


@transaction.atomic
def _claim() -> Export | None:
    """The export is in our hands, under an attempt of its own; None if no one waits."""
    silent = Q(status=Export.Status.RUNNING, claimed_at__lt=now() - LEASE)
    export = claim(Export.objects.filter(Q(status=Export.Status.WAITING) | silent).order_by("pk")).first()
    if export is None:
        return None
    if export.attempts >= ATTEMPTS:
        _fail(export, f"The worker that wrote it stopped {ATTEMPTS} times. Try a smaller part of the list.")
        return export
    export.status, export.claimed_at, export.rows = Export.Status.RUNNING, now(), 0
    export.started_at = now()
    export.attempts += 1
    export.save(update_fields=["status", "claimed_at", "rows", "started_at", "attempts"])
    return export


def _make(export: Export) -> None:
    if not export.is_under_way:
        return
    try:
        _write(export)
    except _Lost:
        log.warning("an export went to another worker", export=export.pk, attempt=export.attempts)
        (files.directory() / _name(export)).unlink(missing_ok=True)
    except Refusal as refusal:
        _end_badly(export, refusal.detail)
    except Exception as error:  # one export that cannot be made must not stop the others
        log.exception("an export could not be made", export=export.pk)
        _end_badly(export, f"It could not be written ({type(error).__name__}). Engineers find more in the log.")


def _write(export: Export) -> None:
    chosen = selection(export.list, export.query, export.owner)
    columns = chosen.columns()
    name = _name(export)
    with files.new_file(name) as target:
        with files.writing(target, export.format) as writer:
            writer.add(columns.heads())
            for batch in _within_limit(chosen, export.format):
                columns.prepare(batch)
                for row in batch:
                    writer.add(columns.cells(row))
                _progress(export, len(batch))
        size = target.seek(0, 2)
        target.seek(0)
        digest = hashlib.file_digest(target, "sha256").hexdigest()
    _finish(export, name=name, size=size, sha256=digest)


def _within_limit(chosen: Selection, wanted: str) -> Iterator[list[Any]]:
    left = files.most_rows(wanted)
    for batch in chosen.batches():
        left -= len(batch)
        if left < 0:
            raise TooManyRows(wanted)
        yield batch


def _name(export: Export) -> str:
    return f"{export.pk}-{export.attempts}.{export.format}"


def _ours(export: Export) -> QuerySet[Export]:
    return Export.objects.filter(pk=export.pk, status=Export.Status.RUNNING, attempts=export.attempts)


def _progress(export: Export, more: int) -> None:
    """So many rows more are written. Raises _Lost."""
    export.rows += more
    expected = max(export.expected, export.rows)
    if not _ours(export).update(rows=export.rows, expected=expected, claimed_at=now()):
        raise _Lost


@transaction.atomic
def _finish(written: Export, *, name: str, size: int, sha256: str) -> None:
    """The file can be had. Raises _Lost."""
    export = claim(_ours(written)).first()
    if export is None:
        raise _Lost
    export.status, export.finished_at = Export.Status.DONE, now()
    export.expires_at = export.finished_at + settings.EXPORT_TIME
    export.file, export.size, export.sha256, export.expected = name, size, sha256, export.rows
    export.save(update_fields=["status", "finished_at", "expires_at", "file", "size", "sha256", "expected"])
    audit.record(MADE, contract=None, actor=staff_actor(export.owner), payload=_payload(export))
    files.remove_all(export, but=name)


@transaction.atomic
def _end_badly(written: Export, why: str) -> None:
    export = claim(_ours(written)).first()
    if export is not None:
        _fail(export, why)


def _fail(export: Export, why: str) -> None:
    export.status, export.error, export.finished_at = Export.Status.FAILED, why[:200], now()
    export.save(update_fields=["status", "error", "finished_at"])
    files.remove_all(export)


def _payload(export: Export) -> dict[str, object]:
    return {"export": export.pk, "list": export.list, "format": export.format, "rows": export.rows}


# --- afterwards -------------------------------------------------------------------------------------------------------


@transaction.atomic
def downloaded(export: Export, *, by: User) -> None:
    """It is written down that its owner has taken the file."""
    audit.record(DOWNLOADED, contract=None, actor=staff_actor(by), payload=_payload(export))


def expire_due() -> int:
    """The files whose days are over are gone; returns how many."""
    gone = 0
    for key in Export.objects.filter(status=Export.Status.DONE, expires_at__lte=now()).values_list("pk", flat=True):
        with transaction.atomic():
            export = lock(Export, key)
            if export.status == Export.Status.DONE:
                export.status, export.file = Export.Status.EXPIRED, ""
                export.save(update_fields=["status", "file"])
                files.remove_all(export)
                gone += 1
    return gone


def sweep() -> int:
    """No file that is as old as one may get lies there without an export that holds it; returns how many have gone.

    A worker that is killed may leave one behind, and so does a database that was restored to an earlier day.
    """
    old = files.untouched_since(now() - settings.EXPORT_TIME)
    holding = Export.objects.filter(status__in=(*Export.UNDER_WAY, Export.Status.DONE))
    held = set(holding.filter(pk__in={files.export_of(path) for path in old}).values_list("pk", flat=True))
    orphans = [path for path in old if files.export_of(path) not in held]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)
