"""A deal on paper says what the records say: ids, sums, receipts and words, in every letter, and no whole number."""

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from contracts import audit
from contracts.models import Contract, Event, Party
from notifications.models import InboundMessage
from payments.models import Transfer
from tests import factories
from voicepact.console.models import DeskAct
from voicepact.console.reveals import REVEALED
from voicepact.console.statement.facts import sections
from voicepact.console.statement.letters import BOX, printable
from voicepact.console.statement.printing import PRINTED, print_statement
from voicepact.console.tests.cases import moved, quarantined
from voicepact.console.tests.desk import closed_deal, disputed_deal, member, page_of
from voicepact.kernel.display import NOTHING
from voicepact.kernel.models import User
from voicepact.kernel.phones import mask

pytestmark = pytest.mark.django_db


def address(contract: Contract) -> str:
    return reverse("desk:deal_statement", args=[contract.pk])


def printed(client: Client, contract: Contract, **fields: Any) -> PdfReader:
    answer = client.post(address(contract), fields)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return PdfReader(io.BytesIO(answer.content))


def text_of(paper: PdfReader) -> str:
    """All words, with one space between them, as lines break anywhere."""
    return " ".join(" ".join(page.extract_text() for page in paper.pages).split())


def test_a_statement_names_the_deal_its_people_its_sums_and_every_receipt(viewer: Client) -> None:
    contract = closed_deal().contract
    text = text_of(printed(viewer, contract))
    close = text.replace(" ", "")
    transfers = Transfer.objects.filter(payment__contract=contract)
    assert f"Statement of deal {contract.pk}" in text
    assert contract.payments.get().transaction_id in close
    assert [transfer.receipt_number for transfer in transfers if transfer.receipt_number not in close] == []
    assert all(transfer.receipt_number for transfer in transfers)
    assert [party.name for party in contract.parties.all() if party.name not in text] == []
    assert contract.contract_hash in close
    assert "Word that counts: AGREED" in text
    assert "Word that counts: ACCEPTED" in text
    assert re.search(r"Completed in all 1,000\.00 1,000\.00", text), "what came in, and what went out"
    assert "is the sum of the other five amounts" in text


def test_no_number_can_be_read_whole(viewer: Client) -> None:
    contract = disputed_deal().contract
    Party.objects.filter(contract=contract, role="buyer").update(name="Call 0712 345 678")
    InboundMessage.objects.create(message_id="m", phone="+254711111111", text="ring +254733333333", contract=contract)
    close = text_of(printed(viewer, contract)).replace(" ", "")
    for party in contract.parties.all():
        assert mask(party.phone) in close
        assert party.phone[1:] not in close
        assert party.phone.replace("+254", "0") not in close
    assert "0712345678" not in close
    assert "254711111111" not in close
    assert "254733333333" not in close


def test_whole_numbers_are_for_those_with_the_right_who_say_why_and_are_written_down(kept_quiet: Client) -> None:
    contract = disputed_deal().contract
    refused = kept_quiet.post(address(contract), {"whole_numbers": "on"})
    assert "Say why" in refused.content.decode()
    assert not Event.objects.filter(kind__in=[PRINTED, REVEALED]).exists()
    close = text_of(printed(kept_quiet, contract, whole_numbers="on", reason="The court asks")).replace(" ", "")
    parties = list(contract.parties.all())
    assert [party.phone for party in parties if party.phone not in close] == []
    assert Event.objects.filter(kind=REVEALED, contract=contract).count() == len(parties)
    assert set(DeskAct.objects.values_list("reason", flat=True)) == {"The court asks"}
    assert Event.objects.get(kind=PRINTED).payload == {"numbers": "whole"}


@pytest.fixture
def kept_quiet(db: None) -> Client:
    """A member of staff with the right to see numbers."""
    return member("auditor")


def test_without_the_right_nobody_gets_whole_numbers(viewer: Client) -> None:
    contract = disputed_deal().contract
    assert "whole_numbers" not in viewer.get(address(contract)).content.decode()
    close = text_of(printed(viewer, contract, whole_numbers="on", reason="I want them")).replace(" ", "")
    assert [party.phone for party in contract.parties.all() if party.phone in close] == []
    assert not Event.objects.filter(kind=REVEALED).exists()


def test_each_print_is_an_entry_that_the_paper_names_and_moves_nothing(viewer: Client) -> None:
    contract = closed_deal().contract
    before = moved()
    assert viewer.get(address(contract)).status_code == 200
    assert not Event.objects.filter(kind=PRINTED).exists()
    close = text_of(printed(viewer, contract)).replace(" ", "")
    event = Event.objects.get(kind=PRINTED)
    assert (event.chain, event.actor) == (contract.pk, f"staff:{User.objects.get(username='viewer').pk}")
    assert event.hash in close
    assert f"All{event.serial}entriesstandunchanged" in close
    assert list(audit.verify(contract.pk)) == []
    assert moved() == before


def test_the_button_is_on_the_deals_page_and_the_page_for_staff_only(viewer: Client) -> None:
    contract = closed_deal().contract
    assert f'href="{address(contract)}"' in viewer.get(page_of(contract)).content.decode()
    assert viewer.get(reverse("desk:deal_statement", args=["AG-1999-000001"])).status_code == 404
    nobody = Client()
    nobody.force_login(User.objects.create(username="nobody", is_staff=True))
    assert nobody.post(address(contract)).status_code == 403
    assert Client().post(address(contract)).status_code == 302
    assert not Event.objects.filter(kind=PRINTED).exists()


def test_a_dispute_and_its_evidence_are_told(viewer: Client) -> None:
    contract = disputed_deal().contract
    text = text_of(printed(viewer, contract))
    assert "Only 80 bags came" in text
    assert "Still open: no money leaves" in text


def test_a_deal_of_hundreds_of_entries_has_numbered_pages_and_loses_none(viewer: Client) -> None:
    contract = closed_deal().contract
    for number in range(400):
        text = f"Note {number} of many."
        InboundMessage.objects.create(message_id=f"n{number}", phone=contract.buyer.phone, text=text, contract=contract)
    long = "A very long word of a party.\n" * 800
    InboundMessage.objects.create(message_id="m", phone="+254711111111", text=long, contract=contract)
    paper = printed(viewer, contract)
    pages = [page.extract_text() for page in paper.pages]
    assert len(pages) > 10
    for at, page in enumerate(pages, start=1):
        assert f"Page {at} of {len(pages)}" in page
        assert contract.pk in page
    text = text_of(paper)
    assert [number for number in range(400) if text.count(f"Note {number} of many.") < 2] == []
    assert text.count("A very long word of a party.") >= 800


def test_every_latin_letter_is_printed_and_any_other_is_a_box(viewer: Client) -> None:
    contract = closed_deal().contract
    Party.objects.filter(contract=contract, role="buyer").update(name="Wanjikũ <b>Mũthĩni</b> & ሰላም 中\x07")
    text = text_of(printed(viewer, contract))
    assert f"Wanjikũ <b>Mũthĩni</b> & {BOX * 3} {BOX}{BOX}" in text
    assert printable("a\tb\r\nc") == "a b\nc"


def test_an_emoji_is_a_box_and_the_paper_can_be_read_back(viewer: Client, caplog: pytest.LogCaptureFixture) -> None:
    contract = disputed_deal().contract
    text = "Wet bags \N{POUTING FACE}, all of them"
    InboundMessage.objects.create(message_id="m", phone="+254711111111", text=text, contract=contract)
    with caplog.at_level("WARNING", logger="pypdf"):
        told = text_of(printed(viewer, contract))
    assert f"Wet bags {BOX}, all of them" in told
    assert caplog.messages == []


def test_terms_of_any_shape_are_told(viewer: Client) -> None:
    contract = closed_deal().contract
    terms = {
        "product": "Maize",
        "parts": [{"bags": 50}, {"bags": 50}],
        "organic": True,
        "price": Decimal("3500.50"),
        "x": None,
        "y": {},
    }
    Contract.objects.filter(pk=contract.pk).update(terms=terms)
    text = text_of(printed(viewer, contract))
    assert "Maize" in text
    assert "Parts 1, bags 50" in text
    assert "Parts 2, bags 50" in text
    assert "3,500.50" in text


def test_a_chain_that_was_tampered_with_says_so_on_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = closed_deal().contract
    user = User.objects.create(username="wambui", is_staff=True)
    monkeypatch.setattr(audit, "verify", lambda name: iter([f"{name}: event #3 was edited"]))
    text = text_of(PdfReader(io.BytesIO(print_statement(contract, by=user))))
    assert "THE RECORDS DO NOT HOLD" in text
    assert "event #3 was edited" in text


def test_a_number_in_the_terms_is_told_as_a_number() -> None:
    terms = {"bags": 1, "broken": 0, "share": Decimal("1.0"), "dried": True, "graded": False, "remarks": None}
    agreed = next(
        part for part in sections(factories.drafted(terms=terms), whole_numbers=False) if "agreed" in part.title
    )
    told = {row[0]: row[1] for row in agreed.grids[0].rows}
    assert [told[name] for name in ("Bags", "Broken", "Share")] == ["1", "0", "1.0"]
    assert [told[name] for name in ("Dried", "Graded", "Remarks")] == ["yes", "no", NOTHING]


def test_a_payment_in_quarantine_is_not_told_as_merely_pending(viewer: Client) -> None:
    payment = quarantined().payment
    assert payment
    text = text_of(printed(viewer, payment.contract))
    assert "pending; in quarantine until our staff have checked it with the network." in text
