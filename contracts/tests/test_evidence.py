"""Evidence: words and files, from both sides, kept as they came while the dispute is open."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import IntegrityError, transaction
from django.db.utils import InternalError, ProgrammingError

from contracts import attachments, disputes
from contracts.audit import Actor, party_actor
from contracts.disputes import add_evidence, open_by_clock, open_dispute
from contracts.errors import (
    DisputeClosed,
    EvidenceEmpty,
    EvidenceFull,
    EvidenceTooLarge,
    EvidenceTypeRefused,
)
from contracts.models import Contract, Dispute, Evidence
from contracts.tests import files
from contracts.tests.files import upload
from tests.factories import CLIENT, locked
from tests.holdings import holdings
from voicepact.kernel.clock import now
from voicepact.kernel.errors import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch) -> Callable[[], list[Path]]:
    """The files that this test has kept."""
    storage = FileSystemStorage(location=tmp_path, file_permissions_mode=0o600)
    monkeypatch.setattr(Evidence._meta.get_field("file"), "storage", storage)
    return lambda: [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture
def dispute() -> Dispute:
    contract = locked().contract
    return open_dispute(contract.pk, phone=contract.buyer.phone, reason="Forty bags are wet", channel="sms")


def say(dispute: Dispute, role: str, text: str = "It is so.", **more) -> Evidence:
    party = Contract.objects.get(pk=dispute.contract_id).party(role)
    return add_evidence(dispute.pk, party=party, actor=party_actor(party, "sms"), text=text, **more)


def events(dispute: Dispute) -> list[str]:
    return list(dispute.contract.events.filter(kind__startswith="dispute.").values_list("kind", flat=True))


def refuses(dispute: Dispute, error: type[Refusal], **evidence) -> Refusal:
    before = holdings(dispute.contract.owner)
    with pytest.raises(error) as refused:
        add_evidence(dispute.pk, party=None, actor=CLIENT, **evidence)
    assert holdings(dispute.contract.owner) == before
    return refused.value


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_words_are_kept_with_whose_they_are(dispute):
    piece = say(dispute, "buyer", "  Only sixty came.  ")

    assert (piece.text, piece.party.role, piece.channel) == ("Only sixty came.", "buyer", "sms")
    assert (piece.file.name, piece.sha256, piece.size) == ("", "", 0)
    event = dispute.contract.events.get(kind="dispute.evidence_added")
    assert event.payload == {"dispute": dispute.pk, "evidence": piece.pk, "party": "buyer", "sha256": ""}


def test_the_client_and_staff_bring_evidence_in_their_own_name(dispute):
    for actor in (CLIENT, Actor("staff:3", "staff")):
        piece = add_evidence(dispute.pk, party=None, actor=actor, text="The scale's ticket says 60.")
        assert (piece.party, piece.actor) == (None, actor.id)

    assert Dispute.objects.get(pk=dispute.pk).answered_at is None


def test_a_file_lies_under_a_random_name_outside_the_web_root(dispute, kept):
    piece = say(dispute, "buyer", "", file=upload(files.JPEG, "../../wet bags.jpg"))

    (path,) = kept()
    assert path.read_bytes() == files.JPEG
    assert re.fullmatch("[0-9a-f]{32}", path.name)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not Path(settings.EVIDENCE_DIR).is_relative_to(settings.STATIC_ROOT)
    assert piece.file_name == "wet bags.jpg"
    assert (piece.content_type, piece.size) == ("image/jpeg", len(files.JPEG))
    assert piece.sha256 == hashlib.sha256(files.JPEG).hexdigest()
    assert dispute.contract.events.get(kind="dispute.evidence_added").payload["sha256"] == piece.sha256


def test_evidence_is_never_changed_or_removed(dispute):
    piece = say(dispute, "buyer")

    for tampering in (lambda: Evidence.objects.filter(pk=piece.pk).update(text="x"), piece.delete):
        with pytest.raises((InternalError, IntegrityError, ProgrammingError)), transaction.atomic():
            tampering()


# --- what is answered -------------------------------------------------------------------------------------------------


def test_the_other_sides_first_word_is_the_answer(dispute):
    say(dispute, "buyer")
    assert Dispute.objects.get(pk=dispute.pk).answered_at is None

    with time_machine.travel(now() + timedelta(hours=2), tick=False):
        say(dispute, "seller")
        assert Dispute.objects.get(pk=dispute.pk).answered_at == now()
    say(dispute, "seller", "And another thing.")

    assert events(dispute) == [
        "dispute.opened",
        "dispute.evidence_added",
        "dispute.evidence_added",
        "dispute.answered",
        "dispute.evidence_added",
    ]
    assert dispute.contract.events.get(kind="dispute.answered").payload == {"dispute": dispute.pk, "party": "seller"}
    running = dispute.contract.deadlines.filter(closed_at=None)
    assert list(running.values_list("kind", flat=True)) == ["dispute_decision"]


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_a_dispute_that_nobody_in_particular_opened_is_answered_by_either(role):
    opened = open_by_clock(locked().contract, reason="silence")

    say(opened, role)

    assert Dispute.objects.get(pk=opened.pk).answered_at is not None


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (files.JPEG, "image/jpeg"),
        (files.PNG, "image/png"),
        (files.WEBP, "image/webp"),
        (files.PDF, "application/pdf"),
        (files.MP3_TAGGED, "audio/mpeg"),
        (files.MP3_BARE, "audio/mpeg"),
        (files.OGG, "audio/ogg"),
        (files.M4A, "audio/mp4"),
        (files.AMR, "audio/amr"),
        (files.AMR_WIDE, "audio/amr"),
        (files.TEXT, "text/plain"),
        (b"<script>alert(1)</script>", "text/plain"),
    ],
)
def test_a_file_is_what_its_bytes_say_whatever_its_name(content, found):
    examined = attachments.examine(upload(content, "invoice.exe"))

    assert (examined.content_type, examined.size) == (found, len(content))
    assert found in attachments.EXTENSIONS


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00\x03\x00\x00\x00",
        b"\x7fELF\x02\x01\x01",
        b"PK\x03\x04\x14\x00",
        b"GIF89a\x01\x00",
        b"\x00\x00\x00\x18ftypqt  ",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"\xff\xf1\x50\x80",
        b"\xff\xfe<\x00h\x00",
        b"\x00" * 50,
        b"text with a \x00 in it",
        b"text with \x1b[31m in it",
        b"caf\xe9",
        b"   ",
        b"",
    ],
)
def test_a_file_of_any_other_kind_is_refused(dispute, content, kept):
    refused = refuses(dispute, EvidenceTypeRefused, file=upload(content, "photo.jpg"))

    assert (refused.code, refused.status) == ("evidence_type_refused", 400)
    assert kept() == []


def test_a_file_of_ten_megabytes_is_kept_and_a_larger_one_refused(dispute):
    exactly = files.JPEG + b"\0" * (attachments.LARGEST - len(files.JPEG))
    assert say(dispute, "buyer", "", file=upload(exactly)).size == 10 * 1024 * 1024

    refused = refuses(dispute, EvidenceTooLarge, file=upload(exactly + b"\0"))

    assert (refused.code, refused.status) == ("evidence_too_large", 413)


def test_words_end_at_five_thousand_characters(dispute):
    say(dispute, "buyer", "ũ" * 5_000)

    refuses(dispute, EvidenceTooLarge, text="x" * 5_001)


def test_nothing_at_all_is_no_evidence(dispute):
    refuses(dispute, EvidenceEmpty, text=" \n ")


def test_a_dispute_holds_fifty_pieces(dispute, monkeypatch):
    assert disputes.MOST_EVIDENCE == 50
    monkeypatch.setattr(disputes, "MOST_EVIDENCE", 2)
    say(dispute, "buyer")
    say(dispute, "seller")

    refuses(dispute, EvidenceFull, text="one more")


def test_a_dispute_that_is_over_takes_no_more(dispute):
    with transaction.atomic():
        disputes.close(dispute, Dispute.Outcome.WITHDRAWN)

    refuses(dispute, DisputeClosed, text="too late")
