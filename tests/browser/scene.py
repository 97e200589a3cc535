"""Something of every kind on the desk, brought about by API, SMS, prompts and clicks, and the address of each page."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.browser.desk import Desk
from tests.deal import Api, Deal
from tests.stack import Stack
from tests.week import LIES, Market, completed, quarrelled, without_money
from voicepact.stack.readiness import wait_until

PAGES = (
    "front",
    "deal under way",
    "deal that is over",
    "deal in dispute",
    "party",
    "dispute open",
    "dispute closed",
    "disputes closed",
    "piece of evidence",
    "proposal of one's own",
    "proposal of another",
    "payment",
    "transfer",
    "transfer in quarantine",
    "callback",
    "deposit",
    "message",
    "inbound SMS",
    "event",
    "found by phone",
    "nothing found",
    "propose a release",
    "propose a refund",
    "give back a part",
    "decide",
    "approve",
    "reject",
    "mark a transfer",
    "match a deposit",
    "change a phone",
    "open a dispute",
    "add evidence",
    "pause payouts",
    "answer an SMS",
    "close an SMS",
    "send an SMS again",
    "show a number",
    "ask about transfers",
    "print the statement",
    "ask for an export",
    "export done",
    "member of staff",
    "new member of staff",
    "new role",
    "own password",
    "two-factor sign-in",
    "two-factor set-up",
)


def play(stack: Stack, api: Api, operator: Desk, admin: Desk) -> dict[str, str]:
    """The address of each of `PAGES`, as `admin` sees it; `operator` proposed what another proposes.

    Precondition: the rail tells us what people pay by hand.
    """
    market = Market(stack, api)
    stories = (said_delivered, said_delivered, quarrelled, completed, refunded, lied_about, without_money)
    with ThreadPoolExecutor(len(stories)) as pool:
        delivered, own, quarrel, over, given_back, lied, _ = pool.map(lambda story: story(market), stories)
    paid_for_nothing(stack, delivered)
    over.buyer.send_sms(f"DISPUTE-{over.id} Half of the bags are wet")
    payment, transfer = rows_of(admin, delivered)
    lie = first(admin, f"/admin/payments/transfer/?q={lied.id}")
    party = first(admin, f"/admin/contracts/party/?q={delivered.id}")
    deposit = first(admin, "/admin/payments/deposit/")
    inbound = first(admin, "/admin/notifications/inboundmessage/?attention=staff")
    message = first(admin, "/admin/notifications/message/")
    member = first(admin, "/admin/kernel/user/")
    evidence = first(admin, "/admin/contracts/evidence/")
    theirs, mine = operator.proposes_release(delivered), admin.proposes_release(own)
    disputed, closed = dispute_of(quarrel), dispute_of(given_back)
    return {
        "front": "/admin/",
        "deal under way": deal_page(delivered),
        "deal that is over": deal_page(over),
        "deal in dispute": deal_page(quarrel),
        "party": party,
        "dispute open": f"/admin/contracts/dispute/{disputed}/change/",
        "dispute closed": f"/admin/contracts/dispute/{closed}/change/",
        "disputes closed": "/admin/contracts/dispute/?state=closed",
        "piece of evidence": evidence,
        "proposal of one's own": mine,
        "proposal of another": theirs,
        "payment": payment,
        "transfer": transfer,
        "transfer in quarantine": lie,
        "callback": first(admin, "/admin/payments/callback/"),
        "deposit": deposit,
        "message": message,
        "inbound SMS": inbound,
        "event": first(admin, "/admin/contracts/event/"),
        "found by phone": f"/admin/desk/search/?q={delivered.buyer.phone.removeprefix('+')}",
        "nothing found": "/admin/desk/search/?q=nonsense",
        "propose a release": f"/admin/desk/propose/release/{key_of(payment)}/",
        "propose a refund": f"/admin/desk/propose/refund/{key_of(payment)}/",
        "give back a part": f"/admin/desk/propose/partial_refund/{key_of(payment)}/",
        "decide": f"/admin/desk/propose/decision/{disputed}/",
        "approve": f"/admin/desk/proposals/{key_of(theirs)}/approve/",
        "reject": f"/admin/desk/proposals/{key_of(theirs)}/reject/",
        "mark a transfer": f"/admin/desk/propose/mark_transfer/{key_of(lie)}/",
        "match a deposit": f"/admin/desk/propose/match_deposit/{key_of(deposit)}/",
        "change a phone": f"/admin/desk/propose/phone_change/{key_of(party)}/",
        "open a dispute": f"/admin/desk/deals/{delivered.id}/dispute/",
        "add evidence": f"/admin/desk/disputes/{disputed}/evidence/",
        "pause payouts": "/admin/desk/pause/",
        "answer an SMS": f"/admin/desk/inbound/{key_of(inbound)}/answer/",
        "close an SMS": f"/admin/desk/inbound/{key_of(inbound)}/close/",
        "send an SMS again": f"/admin/desk/messages/{key_of(message)}/resend/",
        "show a number": f"/admin/desk/show/number/transfer/{key_of(transfer)}/",
        "ask about transfers": f"/admin/desk/bulk/ask-transfers/?row={key_of(lie)}",
        "print the statement": f"/admin/desk/deals/{delivered.id}/statement/",
        "ask for an export": "/admin/desk/lists/contracts.Contract/export/?status__exact=delivered",
        "export done": admin.exports("contracts.Contract", "status__exact=delivered"),
        "member of staff": member,
        "new member of staff": "/admin/kernel/user/add/",
        "new role": "/admin/auth/group/add/",
        "own password": "/admin/password_change/",
        "two-factor sign-in": "/admin/desk/account/two-factor/",
        "two-factor set-up": "/admin/desk/sign-in/set-up/",
    }


def deal_page(deal: Deal) -> str:
    return f"/admin/contracts/contract/{deal.id}/change/"


def dispute_of(deal: Deal) -> int:
    found: dict[str, Any] = deal.api.get(f"/disputes?contract_id={deal.id}").json()["results"][0]
    return int(found["dispute_id"])


def rows_of(desk: Desk, deal: Deal) -> tuple[str, str]:
    """The pages of the deal's payment and of its first transfer."""
    transfer = deal.payment()["transfers"][0]["id"]
    payment = first(desk, f"/admin/payments/payment/?q={deal.transaction_id}")
    return payment, f"/admin/payments/transfer/{transfer}/change/"


def first(desk: Desk, address: str) -> str:
    """The page of the list's first row, once there is one."""
    rows = desk.page.locator("#result_list tbody a[href*='/change/']")
    wait_until(lambda: bool(desk.open(address) and rows.count()), what=f"{address} stays empty", within_s=30)
    return rows.first.get_attribute("href") or ""


def key_of(address: str) -> str:
    """Of which row the page is."""
    found = re.search(r"/([^/]+)/change/", address)
    assert found, address
    return found.group(1)


def refunded(market: Market) -> Deal:
    """Its dispute ended by the seller's own consent."""
    deal = market.deal().fund()
    deal.buyer.send_sms(f"DISPUTE-{deal.id} Nothing came")
    deal.until_contract("disputed")
    deal.seller.send_sms(f"CANCEL-{deal.id}")
    deal.until_payment("refunded")
    return deal


def lied_about(market: Market) -> Deal:
    deal = market.deal(buyer=LIES).agree()
    deal.checkout()
    deal.until_event("transfer.quarantined")
    return deal


def paid_for_nothing(stack: Stack, deal: Deal) -> None:
    """Money by hand that fits no deal lies in suspense: the rail took it while our site was down."""
    with stack.faults(delay_callback_s=60):
        stack.stop("web")
        assert deal.buyer.pay_by_hand(1_500, "MAIZE123")["result"] == "accepted"
        stack.start("web")
        deal.advance(60)


def said_delivered(market: Market) -> Deal:
    """The seller says that it is delivered, and the buyer has not said anything yet."""
    deal = market.deal().fund()
    deal.seller.send_sms(f"DELIVERED-{deal.id}")
    deal.until_contract("delivered")
    return deal
