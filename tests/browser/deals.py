"""Deals about which staff have something to decide, and where the money of one is."""

from tests.deal import Api, Deal
from tests.stack import Stack


def disputed(stack: Stack, api: Api) -> Deal:
    deal = Deal(stack, api=api).fund()
    deal.buyer.send_sms(f"DISPUTE-{deal.id} Only 80 bags came")
    deal.until_contract("disputed")
    return deal


def delivered(stack: Stack, api: Api) -> Deal:
    """The seller says that it is delivered, and the buyer has not said anything yet."""
    deal = Deal(stack, api=api).fund()
    deal.seller.send_sms(f"DELIVERED-{deal.id}")
    deal.until_contract("delivered")
    return deal


def standing(deal: Deal) -> tuple[object, ...]:
    """Where the money is, and what moved it: by our books and by the rail's statement."""
    return deal.payment(), deal.movements(), deal.contract()["status"]
