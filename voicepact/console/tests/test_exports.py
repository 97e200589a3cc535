"""A list as a file holds what the list shows, for whoever asked for it alone, and nothing that may not leave."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from contracts import audit
from contracts.models import Contract, Event, Party
from notifications.models import InboundMessage, Message
from payments.models import Deposit, Payment, Wallet
from voicepact.console.exports import making, selection
from voicepact.console.exports.columns import harmless
from voicepact.console.exports.rows import ROWS
from voicepact.console.models import Export
from voicepact.console.tests.desk import closed_deal, disputed_deal, list_of, member, sign_in, wallet
from voicepact.kernel import clock
from voicepact.kernel.clock import now
from voicepact.kernel.models import User
from voicepact.kernel.site import site
from voicepact.kernel.staff import ReadOnlyAdmin

pytestmark = pytest.mark.django_db
PHONE = "+254712345678"


@pytest.fixture(autouse=True)
def kept(settings: LazySettings, tmp_path: Path) -> Path:
    settings.EXPORT_DIR = str(tmp_path / "exports")
    return tmp_path / "exports"


@pytest.fixture
def staff(kept: Path) -> Client:
    return sign_in()


def ask(client: Client, model: type[Model], wanted: str = "csv", query: str = "") -> Any:
    address = reverse("desk:export_list", args=[model._meta.label])
    return client.post(f"{address}?{query}" if query else address, {"format": wanted})


def export(client: Client, model: type[Model], wanted: str = "csv", query: str = "") -> Export:
    """The list is asked for, and a worker has been there."""
    assert ask(client, model, wanted, query).status_code == 302
    making.work_due()
    return Export.objects.latest("pk")


def file_of(client: Client, made: Export) -> bytes:
    answer: Any = client.get(reverse("desk:export_file", args=[made.pk]))
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def lines_of(client: Client, made: Export) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file_of(client, made).decode("utf-8-sig"))))


def messages(count: int, **fields: Any) -> None:
    rows = [Message(kind="delivered", phone=PHONE, text="x", **fields) for _ in range(count)]
    Message.objects.bulk_create(rows, batch_size=2000)


# --- what is in the file ----------------------------------------------------------------------------------------------


def test_every_list_of_deals_money_and_messages_has_its_export(staff: Client) -> None:
    lists = [model for model, admin in site._registry.items() if isinstance(admin, ReadOnlyAdmin) and admin.exportable]
    assert {Contract, Payment, Message, Export} <= set(lists)
    assert set(lists) == set(ROWS)
    for model in lists:
        button = f'href="{reverse("desk:export_list", args=[model._meta.label])}"'
        assert button in staff.get(list_of(model)).content.decode(), model


def test_every_list_becomes_a_file_in_both_formats_without_a_number_that_can_be_read(staff: Client) -> None:
    closed_deal()
    disputed_deal()
    wallet()
    InboundMessage.objects.create(message_id="x", phone=PHONE, text=f"Call me on {PHONE}")
    numbers = [*Party.objects.values_list("phone", flat=True), *Deposit.objects.values_list("phone", flat=True), PHONE]
    for model in ROWS:
        made = export(staff, model)
        assert (made.status, made.error) == (Export.Status.DONE, ""), model
        text = file_of(staff, made).decode("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(text)))) == made.rows + 1, model
        assert [number for number in numbers if number[1:] in text] == [], model
        sheet = load_workbook(io.BytesIO(file_of(staff, export(staff, model, "xlsx")))).active
        assert sheet.max_row >= made.rows + 1, model


def test_the_file_holds_the_rows_of_the_list_in_its_order(staff: Client) -> None:
    for _ in range(3):
        closed_deal()
        disputed_deal()
    for query in ("", "status__exact=locked", f"q={Payment.objects.latest('pk').transaction_id}", "status=nothing&p=2"):
        shown = [row.transaction_id for row in staff.get(f"{list_of(Payment)}?{query}").context["cl"].result_list]
        made = export(staff, Payment, query=query)
        assert [line["Transaction ID"] for line in lines_of(staff, made)] == shown, query
        assert made.rows == len(shown)


def test_a_search_by_phone_finds_the_same_and_is_never_shown(staff: Client) -> None:
    disputed_deal()
    deal = disputed_deal().contract
    phone = deal.buyer.phone
    written = phone.replace("+254", "0")
    made = export(staff, Contract, query=f"q={written}")
    assert [line["ID"] for line in lines_of(staff, made)] == [deal.pk]
    pages = [
        staff.get(reverse("desk:export", args=[made.pk])),
        staff.get(f"/admin/console/export/{made.pk}/change/"),
        staff.get(list_of(Export)),
    ]
    for page in pages:
        text = page.content.decode().replace(f"?q={written}", "")
        assert page.status_code == 200
        assert written[1:] not in text
    events = [str(event.payload) for event in Event.objects.filter(kind__startswith="export.")]
    assert len(events) == 2
    assert not [payload for payload in events if written[1:] in payload]


def test_amounts_are_numbers_times_are_nairobis_and_names_keep_every_letter(staff: Client) -> None:
    payment = disputed_deal()
    Party.objects.filter(contract=payment.contract, role="buyer").update(name="Wanjikũ Mũthoni")
    made = export(staff, Contract, "xlsx")
    sheet = load_workbook(io.BytesIO(file_of(staff, made))).active
    row = dict(zip([cell.value for cell in sheet[1]], [cell.value for cell in sheet[2]], strict=True))
    assert row["Amount"] == 1000
    assert row["Buyer name"] == "Wanjikũ Mũthoni"
    assert row["Created"].endswith("+03:00")
    text = file_of(staff, export(staff, Contract))
    assert text.startswith(b"\xef\xbb\xbf")
    assert "Wanjikũ Mũthoni" in text.decode()


def test_headings_are_words_and_no_two_of_a_list_are_alike() -> None:
    for model, rows in ROWS.items():
        heads = rows().heads()
        assert len(set(heads)) == len(heads), model
        assert [head for head in heads if "_" in head or head != head.strip() or not head[0].isupper()] == [], model
    assert {"ID", "Buyer phone, masked", "Created", "SMS cost"} <= set(ROWS[Contract]().heads())


def test_each_deal_and_each_sms_has_its_cost_with_the_currency(staff: Client) -> None:
    dear, cheap = disputed_deal().contract, disputed_deal().contract
    Message.objects.all().delete()
    messages(3, contract=dear, provider_id="a", cost=Decimal("0.80"), cost_currency="KES")
    messages(1, contract=dear, provider_id="b", cost=Decimal("0.0125"), cost_currency="USD")
    messages(1, contract=dear, provider_id="c")
    messages(1, contract=cheap)
    of_deal = {line["ID"]: line for line in lines_of(staff, export(staff, Contract))}
    columns = ("SMS taken", "SMS cost", "SMS cost currency", "SMS other costs", "SMS of unknown cost")
    assert [of_deal[dear.pk][column] for column in columns] == ["5", "2.4000", "KES", "USD 0.0125", "1"]
    assert [of_deal[cheap.pk][column] for column in columns] == ["0", "", "", "", "0"]
    sms = lines_of(staff, export(staff, Message, query=f"contract__id__exact={dear.pk}"))
    assert sorted((line["Cost"], line["Cost currency"]) for line in sms) == [
        ("", ""),
        ("0.0125", "USD"),
        *[("0.8000", "KES")] * 3,
    ]


def test_the_costs_of_a_batch_of_deals_are_one_query(staff: Client) -> None:
    deals = [disputed_deal().contract for _ in range(3)]
    with CaptureQueriesContext(connection) as queries:
        ROWS[Contract]().prepare(deals)
    assert len(queries) == 1


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_what_somebody_wrote_never_becomes_a_formula(staff: Client, begin: str) -> None:
    evil = f"{begin}cmd|'/c calc'!A1"
    Party.objects.filter(contract=disputed_deal().contract, role="buyer").update(name=evil)
    (line,) = lines_of(staff, export(staff, Party, query="role__exact=buyer"))
    assert line["Name"] == f"'{evil}"
    sheet = load_workbook(io.BytesIO(file_of(staff, export(staff, Party, "xlsx", "role__exact=buyer")))).active
    assert [cell.data_type for row in sheet for cell in row if cell.data_type == "f"] == []


def test_a_negative_amount_stays_a_number(staff: Client) -> None:
    row = wallet()
    type(row).objects.filter(pk=row.pk).update(charges_gap=-5)
    assert lines_of(staff, export(staff, Wallet))[0]["Charges gap"] == "-5.00"
    sheet = load_workbook(io.BytesIO(file_of(staff, export(staff, Wallet, "xlsx")))).active
    assert -5 in [cell.value for cell in sheet[2]]


def test_characters_that_no_sheet_may_hold_are_replaced() -> None:
    assert harmless("a\x00b\x1fc\nd") == "a\ufffdb\ufffdc\nd"


# --- long lists -------------------------------------------------------------------------------------------------------


def test_a_long_list_is_read_in_batches_and_complete(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    messages(12_345)
    monkeypatch.setattr(selection, "BATCH", 1000)
    assert ask(staff, Message).status_code == 302
    with CaptureQueriesContext(connection) as queries:
        making.work_due()
    made = Export.objects.latest("pk")
    assert made.rows == 12_345
    keys = [int(line["ID"]) for line in lines_of(staff, made)]
    assert keys == list(Message.objects.order_by("-pk").values_list("pk", flat=True))
    assert len(queries) < 13 * 3 + 30
    table = Message._meta.db_table
    assert not [query for query in queries if f'FROM "{table}"' in query["sql"] and "LIMIT 1000" not in query["sql"]]
    assert not [query for query in queries if "COUNT(" in query["sql"].upper() or "OFFSET" in query["sql"].upper()]


def test_batches_follow_an_order_of_two_columns(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "BATCH", 2)
    at = now()
    for _ in range(5):
        Contract.objects.filter(pk=disputed_deal().contract_id).update(created_at=at)
    closed_deal()
    shown = [row.pk for row in staff.get(list_of(Contract)).context["cl"].result_list]
    assert [line["ID"] for line in lines_of(staff, export(staff, Contract))] == shown


def test_a_list_too_long_for_a_sheet_is_refused_beforehand(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicepact.console.exports.files.SHEET_ROWS", 3)
    messages(4)
    page = ask(staff, Message, "xlsx")
    assert page.status_code == 200
    assert "more than 3 rows" in page.content.decode()
    assert not Export.objects.exists()


def test_a_list_that_has_grown_too_long_fails_with_the_reason(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    messages(3)
    monkeypatch.setattr("voicepact.console.exports.files.SHEET_ROWS", 3)
    ask(staff, Message, "xlsx")
    messages(1)
    making.work_due()
    made = Export.objects.get()
    assert made.status == Export.Status.FAILED
    assert "more than 3 rows" in made.error
    assert "more than 3 rows" in staff.get(reverse("desk:export", args=[made.pk])).content.decode()
    assert list(Path(settings.EXPORT_DIR).iterdir()) == []


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["viewer", "support"])
def test_those_without_the_right_have_no_button_and_no_file(kept: Path, role: str) -> None:
    client = member(role)
    assert "/export/" not in client.get(list_of(Payment)).content.decode()
    assert client.get(reverse("desk:export_list", args=["payments.Payment"])).status_code == 403
    assert ask(client, Payment).status_code == 403
    assert not Export.objects.exists()


@pytest.mark.parametrize("role", ["operator", "approver", "auditor", "admin"])
def test_those_with_the_right_get_their_file(kept: Path, role: str) -> None:
    closed_deal()
    client = member(role)
    assert len(lines_of(client, export(client, Payment))) == 1


@pytest.mark.parametrize("other", ["approver", "auditor", "admin"])
def test_a_file_is_for_its_owner_alone(operator: Client, other: str) -> None:
    made = export(operator, Payment)
    for name in ("export", "export_file"):
        assert member(other).get(reverse(f"desk:{name}", args=[made.pk])).status_code == 404
    assert not Event.objects.filter(kind=making.DOWNLOADED).exists()


def test_everybody_sees_their_own_exports_and_auditors_all(operator: Client, approver: Client) -> None:
    made = export(operator, Payment)
    counts = {
        role: len(member(role).get(list_of(Export)).context["cl"].result_list)
        for role in ("operator", "approver", "auditor", "admin")
    }
    assert counts == {"operator": 1, "approver": 0, "auditor": 1, "admin": 1}
    assert approver.get(f"/admin/console/export/{made.pk}/change/").status_code == 302


def test_a_list_that_is_none_of_the_desks_is_not_found(staff: Client) -> None:
    for label in ("kernel.User", "kernel.ApiKey", "auth.Group", "payments.Nothing", "nonsense", "a.b.c"):
        assert staff.get(reverse("desk:export_list", args=[label])).status_code == 404, label


@pytest.mark.parametrize("query", ["created_at__gte=yesterday", "payment__contract__owner__password__startswith=a"])
def test_filters_that_no_list_takes_are_refused(staff: Client, query: str) -> None:
    page = ask(staff, Payment, query=query)
    assert page.status_code in (200, 400)
    assert not Export.objects.exists()


def test_who_has_lost_the_right_meanwhile_gets_nothing(operator: Client) -> None:
    ask(operator, Payment)
    User.objects.get(username="operator").groups.clear()
    making.work_due()
    made = Export.objects.get()
    assert (made.status, made.file) == (Export.Status.FAILED, "")
    assert "no longer" in made.error


def test_who_may_no_longer_see_a_list_has_no_file_of_it_any_more(operator: Client) -> None:
    made = export(operator, Payment)
    role = Group.objects.get(name="operator")
    role.permissions.remove(Permission.objects.get(codename="view_payment"))
    assert operator.get(reverse("desk:export_file", args=[made.pk])).status_code == 404
    assert not Event.objects.filter(kind=making.DOWNLOADED).exists()


def test_one_person_has_one_export_under_way(operator: Client, approver: Client) -> None:
    ask(operator, Payment)
    second = ask(operator, Contract)
    assert "under way already" in second.content.decode()
    assert ask(approver, Contract).status_code == 302
    assert making.work_due() == 2
    assert ask(operator, Contract).status_code == 302


# --- the worker -------------------------------------------------------------------------------------------------------


def test_a_small_file_is_there_at_once_and_progress_is_shown_meanwhile(operator: Client) -> None:
    closed_deal()
    address = ask(operator, Payment)["Location"]
    waiting = operator.get(address).content.decode()
    assert f'hx-get="{address}"' in waiting
    assert "/file/" not in waiting
    made = Export.objects.get()
    assert operator.get(reverse("desk:export_file", args=[made.pk])).status_code == 404
    making.work_due()
    done = operator.get(address).content.decode()
    assert f'hx-get="{address}"' not in done
    assert reverse("desk:export_file", args=[made.pk]) in done


def test_progress_tells_rows_and_the_time_left(operator: Client) -> None:
    ask(operator, Payment)
    began = now() - timedelta(minutes=2)
    Export.objects.update(status="running", rows=250_000, expected=1_000_000, started_at=began, claimed_at=now())
    made = Export.objects.get()
    page = operator.get(reverse("desk:export", args=[made.pk])).content.decode()
    assert "250,000" in page
    assert "about 6 min left" in page
    assert made.percent == 25


def test_a_dead_workers_export_is_taken_up_again(operator: Client, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed_deal()
    ask(operator, Payment)
    dead = making._claim()
    assert dead is not None
    (kept / "x").parent.mkdir(exist_ok=True)
    half = kept / f"{dead.pk}-1.csv"
    half.write_text("half")
    assert making.work_due() == 0
    later = now() + making.LEASE + timedelta(seconds=1)
    monkeypatch.setattr(making, "now", lambda: later)
    assert making.work_due() == 1
    made = Export.objects.get()
    assert (made.status, made.attempts, made.rows) == (Export.Status.DONE, 2, 1)
    assert not half.exists()
    with pytest.raises(making._Lost):
        making._progress(dead, 5)
    with pytest.raises(making._Lost):
        making._finish(dead, name="x", size=1, sha256="")
    making._end_badly(dead, "too late")
    assert Export.objects.get().status == Export.Status.DONE


def test_an_export_whose_workers_always_die_fails_with_a_reason(operator: Client) -> None:
    ask(operator, Payment)
    long_ago = now() - timedelta(hours=1)
    Export.objects.update(status="running", attempts=making.ATTEMPTS, claimed_at=long_ago)
    making.work_due()
    made = Export.objects.get()
    assert made.status == Export.Status.FAILED
    assert "stopped 3 times" in made.error


def test_an_export_that_cannot_be_written_stops_no_other(
    operator: Client, approver: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_deal()
    ask(operator, Payment)
    ask(approver, Contract)

    def break_down(self: object, row: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(ROWS[Payment], "cells", break_down)
    assert making.work_due() == 2
    first, second = Export.objects.order_by("pk")
    assert (first.status, second.status) == (Export.Status.FAILED, Export.Status.DONE)
    assert "OSError" in first.error


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_is_handed_out_to_keep_only_and_every_time_is_written_down(operator: Client, kept: Path) -> None:
    closed_deal()
    made = export(operator, Payment)
    path = kept / made.file
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size == made.size
    for _ in range(2):
        answer: Any = operator.get(reverse("desk:export_file", args=[made.pk]))
        assert len(b"".join(answer.streaming_content)) == made.size
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
    events = Event.objects.filter(kind__startswith="export.").order_by("serial")
    assert [event.kind for event in events] == [making.MADE, making.DOWNLOADED, making.DOWNLOADED]
    told = {"export": made.pk, "list": "payments.Payment", "format": "csv", "rows": 1}
    assert [(event.chain, event.actor, event.payload) for event in events] == [
        (audit.SYSTEM, f"staff:{made.owner_id}", told)
    ] * 3


def test_after_its_days_the_file_is_gone(operator: Client, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = export(operator, Payment)
    assert making.expire_due() == 0
    later = clock.now() + settings.EXPORT_TIME + timedelta(seconds=1)
    monkeypatch.setattr(making, "now", lambda: later)
    assert making.expire_due() == 1
    assert list(kept.iterdir()) == []
    assert operator.get(reverse("desk:export_file", args=[made.pk])).status_code == 404
    assert "was deleted" in operator.get(reverse("desk:export", args=[made.pk])).content.decode()
    assert not Event.objects.filter(kind=making.DOWNLOADED).exists()
