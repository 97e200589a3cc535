"""What staff find and take away by clicks, and what those who only look cannot do."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.browser.deals import delivered, standing
from tests.browser.desk import Desk, approval_of, key_of
from tests.deal import Api, Deal
from tests.stack import Stack

Opener = Callable[..., Desk]


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def read_sheet(path: Path) -> list[list[str]]:
    rows = load_workbook(path, read_only=True).active.iter_rows(values_only=True)
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


@pytest.mark.parametrize(("form", "read"), [("csv", read_csv), ("xlsx", read_sheet)])
def test_a_filtered_list_is_taken_away_as_a_file_that_shows_the_same_rows_without_phones(
    stack: Stack,
    api: Api,
    desk: Opener,
    tmp_path: Path,
    form: str,
    read: Callable[[Path], list[list[str]]],
) -> None:
    deal = Deal(stack, api=api).fund()
    Deal(stack, api=api).agree().checkout()  # one more, which the filter leaves out
    one = desk("operator")
    one.open(f"/admin/payments/transfer/?status__exact=succeeded&q={deal.transaction_id}")
    listed = one.rows()
    one.follow("Export")
    one.choose(form)
    one.follow("Export")
    one.says("SHA-256")
    with one.page.expect_download() as taken:
        one.follow("Download")
    path = tmp_path / taken.value.suggested_filename
    taken.value.save_as(path)

    assert path.suffix == f".{form}"
    heads, *rows = read(path)
    assert len(rows) == len(listed) == 1
    found = dict(zip(heads, rows[0], strict=True))
    receipt = deal.transfers("collection")[0]["receipt_number"]
    assert receipt in listed[0]
    assert receipt in rows[0]
    assert found["Status"] == "succeeded"
    assert any("*****" in cell for cell in rows[0])
    assert deal.buyer.phone.removeprefix("+") not in path.read_bytes().decode("latin-1")
    assert not any(deal.buyer.phone.removeprefix("+") in cell for cell in rows[0])


def test_a_receipt_number_in_the_box_leads_to_its_deal(stack: Stack, api: Api, desk: Opener) -> None:
    deal = Deal(stack, api=api).fund()
    receipt = deal.transfers("collection")[0]["receipt_number"]
    one = desk("support")
    one.open("/admin/")
    one.search(f" {receipt.lower()} ")
    assert one.page.url.endswith(f"/admin/contracts/contract/{deal.id}/change/")


def test_a_phone_in_peoples_own_writing_lists_its_deals(stack: Stack, api: Api, desk: Opener) -> None:
    first = Deal(stack, api=api)
    second = Deal(stack, api=api, buyer=first.buyer.phone)
    phone = first.buyer.phone.removeprefix("+254")
    one = desk("support")
    one.open("/admin/")
    one.search(f"0{phone[:3]} {phone[3:6]}-{phone[6:]}")
    one.says("Found 2 deals")
    for deal in (first, second):
        assert one.offers(deal.id)
    assert phone not in one.page.locator("#content").inner_text().replace(" ", "")


def test_a_phone_in_the_search_of_a_list_stands_in_no_address_while_one_filters_and_goes_back(
    stack: Stack, api: Api, desk: Opener
) -> None:
    deal = Deal(stack, api=api)
    number = deal.buyer.phone.replace("+254", "0")
    one = desk("support")
    one.open("/admin/contracts/contract/?status__exact=pending")
    box = one.page.locator("#searchbar")
    box.fill(number)
    box.press("Enter")
    expect(one.page.locator("#result_list tbody tr")).to_have_count(1)
    searched = one.page.url
    assert "status__exact=pending" in searched
    expect(box).to_have_value(number)

    one.page.locator("#result_list").get_by_role("link", name=deal.id).click()
    expect(one.page).to_have_url(re.compile(f"{deal.id}/change/"))
    one.page.go_back()
    expect(box).to_have_value(number)
    assert one.page.url == searched
    box.fill("")
    box.press("Enter")
    expect(one.page).to_have_url(re.compile(r"\?status__exact=pending$"))
    assert number[1:] not in searched


def test_the_palette_finds_a_deal_by_phone_and_does_nothing_where_there_is_no_hit(
    stack: Stack, api: Api, desk: Opener
) -> None:
    deal = Deal(stack, api=api)
    one = desk("support")
    asked: list[str] = []
    one.page.on("request", lambda request: asked.append(request.url))
    one.open("/admin/")
    one.page.get_by_role("button", name="Find a deal or a list").click()
    field = one.page.get_by_label("Find a deal or a list", exact=True).and_(one.page.locator("input"))
    field.press("Enter")
    field.press_sequentially("no such thing")
    one.says("No results matching your query")
    field.press("Enter")
    field.fill("")
    field.press_sequentially(deal.buyer.phone.replace("+254", "0"))
    expect(one.page.locator("#command-results-list")).to_contain_text(deal.id)
    field.press("Enter")

    expect(one.page).to_have_url(re.compile(f"/contract/{deal.id}/change/"))
    assert [url for url in asked if deal.buyer.phone[4:] in url] == []


def test_nonsense_in_the_box_is_said_to_be_found_nowhere(desk: Opener) -> None:
    one = desk("support")
    one.open("/admin/")
    one.search("no such thing")
    one.says("No deal, payment or receipt has exactly this.")


def test_a_viewer_is_offered_no_act_and_the_addresses_of_acts_are_refused(stack: Stack, api: Api, desk: Opener) -> None:
    deal = delivered(stack, api)
    operator, viewer = desk("operator"), desk("viewer")
    proposal = operator.proposes_release(deal)
    payment = operator.first(f"/admin/payments/payment/?q={deal.transaction_id}")
    before = standing(deal), deal.events()

    for address in (f"/admin/contracts/contract/{deal.id}/change/", payment, proposal):
        viewer.open(address)
        assert viewer.acts() <= {"Statement (PDF)"}
    for address in (
        approval_of(proposal),
        approval_of(proposal).replace("approve", "reject"),
        f"/admin/desk/propose/release/{key_of(payment)}/",
        f"/admin/desk/deals/{deal.id}/dispute/",
        "/admin/desk/pause/",
        "/admin/desk/lists/contracts.Contract/export/",
    ):
        viewer.open(address, status=403)
        viewer.says("You may not do this")
        viewer.says("Nothing was changed.")
    assert (standing(deal), deal.events()) == before
