"""What is old goes by itself: files that no export holds any more, and who signed in long ago."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axes.models import AccessFailureLog, AccessLog
from django.conf import LazySettings, settings

from voicepact.console import tasks
from voicepact.console.exports import making
from voicepact.console.models import Export
from voicepact.console.signin import forgetting
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db
OLD = settings.EXPORT_TIME + timedelta(hours=1)
STRANGE = ("README", "backup-1.csv", "2026-11-24.tar.gz", "2026-11.csv.old", "1st-1.csv")
YOUNG = settings.EXPORT_TIME - timedelta(hours=1)


@pytest.fixture(autouse=True)
def kept(settings: LazySettings, tmp_path: Path) -> Path:
    settings.EXPORT_DIR = str(tmp_path)
    return tmp_path


def _export(status: Export.Status, **fields: object) -> Export:
    owner, _ = User.objects.get_or_create(username=f"juma {status}")
    return Export.objects.create(owner=owner, list="payments.Payment", format="csv", status=status, **fields)


def _file(directory: Path, name: str, age: timedelta) -> Path:
    path = directory / name
    path.write_text("rows")
    written = (now() - age).timestamp()
    os.utime(path, (written, written))
    return path


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_whose_export_is_no_more_goes_when_its_days_are_over(kept: Path) -> None:
    orphan, young = _file(kept, "987654-1.csv", OLD), _file(kept, "987655-2.xlsx", YOUNG)

    tasks.export()

    assert (orphan.exists(), young.exists()) == (False, True)


@pytest.mark.parametrize("status", [Export.Status.FAILED, Export.Status.EXPIRED])
def test_what_an_export_that_is_over_has_left_goes(kept: Path, status: Export.Status) -> None:
    left = _file(kept, f"{_export(status).pk}-1.csv", OLD)
    assert making.sweep() == 1
    assert not left.exists()


def test_a_file_that_is_being_written_or_can_be_had_stays_however_old_it_looks(kept: Path) -> None:
    under_way = _export(Export.Status.RUNNING, claimed_at=now(), attempts=1)
    done = _export(Export.Status.DONE, expires_at=now() + timedelta(days=1))
    files = [_file(kept, f"{export.pk}-1.csv", OLD) for export in (under_way, done)]

    assert making.sweep() == 0

    assert all(path.exists() for path in files)


def test_whatever_else_lies_there_is_left_alone(kept: Path) -> None:
    strange = [_file(kept, name, OLD) for name in (*STRANGE, ".keep")]
    assert making.sweep() == 0
    assert all(path.exists() for path in strange)


# --- sign-ins ---------------------------------------------------------------------------------------------------------


def test_old_sign_ins_and_failures_go_and_those_of_late_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    for log in forgetting.LOGS:
        log.objects.bulk_create(log(username=f"juma {number}") for number in range(5))
        ages = [timedelta(days=1), timedelta(days=179), *[timedelta(days=181)] * 3]
        for row, age in zip(log.objects.order_by("pk"), ages, strict=True):
            log.objects.filter(pk=row.pk).update(attempt_time=now() - age)  # which is set by itself at first

    tasks.forget_sign_ins()

    for log in (AccessLog, AccessFailureLog):
        assert list(log.objects.order_by("pk").values_list("username", flat=True)) == ["juma 0", "juma 1"]
    assert forgetting.forget_due() == 0
