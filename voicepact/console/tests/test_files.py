"""Files of disputes and statements of the rail: for staff only, to keep or to look at, and never to run."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts import disputes
from contracts.audit import Actor
from contracts.models import Dispute, Evidence
from contracts.tests.files import JPEG, MP3_TAGGED, PDF, PNG, TEXT, upload
from payments import approvals
from payments.models import Proposal
from voicepact.console.tests.cases import quarrel, unknown
from voicepact.console.tests.desk import page_of
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db
BUYER = Actor("party:1", "api")


def brought(dispute: Dispute, content: bytes | None = None, *, name: str = "x.html", text: str = "") -> Evidence:
    file = upload(content, name) if content else None
    return disputes.add_evidence(dispute.pk, party=dispute.opened_by, actor=BUYER, text=text, file=file)


def file_of(piece: Evidence) -> str:
    return reverse("desk:evidence", args=[piece.pk])


def look_of(piece: Evidence) -> str:
    return reverse("desk:look", args=[piece.pk])


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.fixture
def stated() -> Proposal:
    """A proposal with the rail's statement."""
    proposer = User.objects.create(username="amina", is_staff=True)
    statement = ContentFile(PDF, name="<b>0712345678</b>.pdf")
    return approvals.propose(
        Proposal.Kind.MARK_TRANSFER,
        unknown(),
        by=proposer,
        reason="so",
        details={"outcome": "failed"},
        attachment=statement,
    )


@pytest.mark.parametrize(
    ("content", "content_type", "extension"),
    [
        (PNG, "image/png", "png"),
        (JPEG, "image/jpeg", "jpg"),
        (PDF, "application/pdf", "pdf"),
        (TEXT, "text/plain", "txt"),
    ],
)
def test_staff_keep_a_file_under_a_name_and_type_of_ours(
    viewer: Client, content: bytes, content_type: str, extension: str
) -> None:
    piece = brought(quarrel(), content, name="../0712345678.html")
    answer = viewer.get(file_of(piece))
    assert content_of(answer) == content
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"] == f'attachment; filename="evidence-{piece.pk}.{extension}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "private" in answer["Cache-Control"]


def test_a_picture_is_looked_at_where_it_was_brought_forward(viewer: Client) -> None:
    dispute = quarrel()
    piece = brought(dispute, PNG, text="The wet bags")
    text = viewer.get(page_of(dispute)).content.decode()
    assert f'<img src="{look_of(piece)}"' in text
    assert "The wet bags" in text
    answer = viewer.get(look_of(piece))
    assert content_of(answer) == PNG
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_pdf_is_opened_in_the_browsers_own_viewer_and_can_do_nothing_else(viewer: Client) -> None:
    dispute = quarrel()
    piece = brought(dispute, PDF, name="evil.html")
    assert f'href="{look_of(piece)}" target="_blank"' in viewer.get(page_of(dispute)).content.decode()
    answer = viewer.get(look_of(piece))
    assert content_of(answer) == PDF
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert answer["Content-Disposition"].startswith("inline")
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; object-src 'self'")
    assert "script" not in policy


def test_what_pretends_to_be_a_page_is_read_as_text(viewer: Client) -> None:
    dispute = quarrel()
    content = b"<html><script>alert(1)</script></html>"
    answer = viewer.get(look_of(brought(dispute, content)))
    assert content_of(answer) == content
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("text/plain; charset=utf-8", "nosniff")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"alert(1)" not in viewer.get(page_of(dispute)).content


def test_what_a_browser_cannot_show_is_kept_only(viewer: Client) -> None:
    dispute = quarrel()
    piece = brought(dispute, MP3_TAGGED)
    assert viewer.get(look_of(piece)).status_code == 404
    text = viewer.get(page_of(dispute)).content.decode()
    assert file_of(piece) in text
    assert look_of(piece) not in text


def test_words_are_listed_escaped_and_with_phones_masked(viewer: Client) -> None:
    dispute = quarrel()
    brought(dispute, text="<script>alert(1)</script> call 0712 345 678")
    text = viewer.get(page_of(dispute)).content.decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "0712 345 678" not in text


def test_nobody_else_gets_a_file(stated: Proposal) -> None:
    piece = brought(quarrel(), PNG)
    nosy, client_of_api = Client(), Client()
    nosy.force_login(User.objects.create(username="juma", is_staff=True))
    client_of_api.force_login(User.objects.create(username="client"))
    for address in (file_of(piece), look_of(piece), reverse("desk:statement", args=[stated.pk])):
        assert nosy.get(address).status_code == 403
        assert Client().get(address).status_code == 302
        assert client_of_api.get(address).status_code == 302


def test_a_file_that_is_lost_or_never_was_is_not_found(viewer: Client) -> None:
    dispute = quarrel()
    lost, wordy = brought(dispute, PNG), brought(dispute, text="no file")
    Path(lost.file.path).unlink()
    for piece in (lost, wordy):
        assert viewer.get(file_of(piece)).status_code == 404
        assert viewer.get(look_of(piece)).status_code == 404
    assert viewer.get("/admin/desk/evidence/x/file/").status_code == 404


def test_the_rails_statement_is_read_before_it_is_approved(approver: Client, stated: Proposal) -> None:
    address = reverse("desk:statement", args=[stated.pk])
    for page in (page_of(stated), reverse("desk:approve", args=[stated.pk])):
        assert address in approver.get(page).content.decode()
    answer = approver.get(address)
    assert content_of(answer) == PDF
    assert answer["Content-Disposition"] == f'attachment; filename="statement-{stated.pk}.pdf"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


def test_a_dispute_takes_as_many_queries_for_ten_pieces_of_evidence_as_for_two(viewer: Client) -> None:
    dispute = quarrel()
    counts = []
    for pieces in (2, 8):
        for _ in range(pieces):
            brought(dispute, PNG, text="wet")
        with CaptureQueriesContext(connection) as queries:
            assert viewer.get(page_of(dispute)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
