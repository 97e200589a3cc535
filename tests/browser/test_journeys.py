"""What staff do about money in a day, by clicks: each journey ends where the money is."""

from collections.abc import Callable

from tests.browser.deals import delivered, disputed, standing
from tests.browser.desk import Desk, approval_of
from tests.deal import Api
from tests.stack import Stack

Opener = Callable[..., Desk]
NOT_OWN = "You have proposed it: another member of staff has to approve it."
UNDER_WAY = "Approved. It is under way."


def test_two_people_split_a_disputed_deal(stack: Stack, api: Api, desk: Opener) -> None:
    deal = disputed(stack, api)
    operator, approver = desk("operator"), desk("approver")

    operator.open_deal(deal)
    operator.follow("By the buyer")
    operator.follow("Decide")
    operator.choose("split")
    operator.type("seller_amount", "600")
    for words in ("KES 600 is paid to the seller Otieno", "KES 400 goes back to the buyer Wanjiku"):
        operator.says(words)
    assert operator.page.locator("[name=buyer_amount]").input_value() == "400"
    operator.type("reason", "80 of 100 bags came, as both pictures show.")
    operator.follow("Propose")
    operator.says("Proposed. It happens once another member of staff approves it.")
    assert not operator.offers("Approve")
    assert deal.payment()["status"] == "locked"

    approver.open(operator.page.url)
    approver.follow("Approve")
    for words in ("KES 600", "KES 400"):
        approver.says(words)
    approver.follow("Yes, approve")
    approver.says(UNDER_WAY)

    paid = deal.until_payment("released")
    assert (paid["amount_released"], paid["amount_refunded"]) == (600, 400)
    deal.until_text(deal.buyer, "KES 400")
    deal.until_text(deal.seller, "KES 600")
    deal.books_agree_with_the_rail()


def test_nobody_approves_a_release_that_they_proposed_themselves(stack: Stack, api: Api, desk: Opener) -> None:
    deal = delivered(stack, api)
    proposer, other = desk("admin"), desk("admin")

    address = proposer.proposes_release(deal)
    proposer.says(NOT_OWN)
    assert not proposer.offers("Approve")
    before = standing(deal)
    proposer.open(approval_of(address))
    proposer.says(NOT_OWN)
    assert not proposer.offers("Yes, approve")
    assert standing(deal) == before

    other.open(address)
    other.follow("Approve")
    other.says("KES 1,000")
    other.follow("Yes, approve")
    other.says(UNDER_WAY)

    assert deal.until_payment("released")["amount_released"] == 1_000
    deal.until_text(deal.seller, "KES 1,000")
    deal.books_agree_with_the_rail()


def test_an_approval_that_the_buyer_has_overtaken_is_refused_and_pays_nothing_more(
    stack: Stack, api: Api, desk: Opener
) -> None:
    deal = delivered(stack, api)
    operator, approver = desk("operator"), desk("approver")
    approver.open(approval_of(operator.proposes_release(deal)))

    deal.buyer.send_sms(f"ACCEPT-{deal.id}")
    deal.until_payment("released")
    before = standing(deal)
    approver.follow("Yes, approve")
    approver.says("It has reached the seller")

    assert standing(deal) == before
    assert len(deal.transfers("payout")) == 1
    assert "proposal.approved" not in deal.events()
    deal.books_agree_with_the_rail()


def test_a_proposal_that_the_buyer_has_overtaken_is_not_made(stack: Stack, api: Api, desk: Opener) -> None:
    deal = delivered(stack, api)
    operator = desk("operator")
    operator.open_deal(deal)
    operator.follow("Release")
    operator.type("reason", "Called the buyer twice: all bags came.")

    deal.buyer.send_sms(f"ACCEPT-{deal.id}")
    deal.until_payment("released")
    before = standing(deal)
    operator.follow("Propose")
    operator.says("Release: this is not possible now.")

    assert standing(deal) == before
    assert "proposal.made" not in deal.events()


def test_a_double_click_on_approve_pays_once(stack: Stack, api: Api, desk: Opener) -> None:
    deal = delivered(stack, api)
    operator, approver = desk("operator"), desk("approver")
    approver.open(approval_of(operator.proposes_release(deal)))

    approver.page.get_by_role("button", name="Yes, approve").dblclick()
    approver.says(deal.id)

    assert deal.until_payment("released")["amount_released"] == 1_000
    assert len(deal.transfers("payout")) == 1
    assert deal.events().count("proposal.approved") == 1
    deal.books_agree_with_the_rail()
