"""What staff do in a day, by clicks: each journey ends where the money is."""

from collections.abc import Callable

from tests.browser.desk import Desk
from tests.deal import Api, Deal
from tests.stack import Stack

Opener = Callable[..., Desk]


def test_two_people_split_a_disputed_deal(stack: Stack, api: Api, desk: Opener) -> None:
    deal = disputed(stack, api)
    operator, approver = desk("operator"), desk("approver")

    operator.open_deal(deal.id)
    operator.follow("Dispute")
    operator.follow("Decide")
    operator.choose("Split")
    operator.fill("seller_amount", "600")
    operator.fill("buyer_amount", "400")
    operator.says("KES 600 is paid to the seller Otieno")
    operator.fill("reason", "80 of 100 bags came, as both pictures show.")
    operator.follow("Propose")
    operator.says("another member of staff")
    assert not operator.offers("Approve")

    approver.open(operator.page.url)
    approver.follow("Approve")
    approver.says("KES 600")
    approver.says("KES 400")
    approver.follow("Yes, approve")
    approver.says("Approved")

    paid = deal.until_payment("released")
    assert (paid["amount_released"], paid["amount_refunded"]) == (600, 400)
    deal.until_text(deal.buyer, "KES 400")
    deal.until_text(deal.seller, "KES 600")
    deal.books_agree_with_the_rail()


def disputed(stack: Stack, api: Api) -> Deal:
    deal = Deal(stack, api=api).fund()
    deal.buyer.send_sms(f"DISPUTE-{deal.id} Only 80 bags came")
    deal.until_contract("disputed")
    return deal
