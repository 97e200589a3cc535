"""Pictures of desk and phones for the documentation, after a week of deals: `make screenshots` writes them.

No test by its name, so that `make test` does not play the week.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests import week
from tests.browser.conftest import manage
from tests.browser.desk import Desk
from tests.browser.handsets import RINGING_MS, Handsets
from tests.deal import Api, Deal
from tests.stack import Stack
from tests.week import Week
from voicepact.stack.programs import PROJECT

FOLDER = Path(os.environ.get("SCREENSHOTS") or PROJECT / "docs" / "screenshots")
SIZES = {"wide": {"width": 1440, "height": 1500}, "phone": {"width": 390, "height": 1500}}
SIZES_OF_PHONES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
COLOURS = 128


@pytest.fixture(scope="session")
def played(stack: Stack, api: Api) -> Week:
    """The week has passed, and the front page's figures, which a worker renews once a minute, are of its end."""
    manage("register_paybill")
    played = week.play(stack, api, days=int(os.environ.get("DAYS") or week.DAYS), told=print)
    manage("shell", "-c", "from voicepact.console.front import rollup; rollup.refresh()")
    return played


@pytest.fixture(scope="session")
def dispute(played: Week) -> str:
    """The address of the open dispute."""
    found = played.open_dispute.api.get(f"/disputes?contract_id={played.open_dispute.id}").json()["results"][0]
    return f"/admin/contracts/dispute/{found['dispute_id']}/change/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_pictures(played: Week, dispute: str, desk: Callable[..., Desk], size: str, scheme: str) -> None:
    one = desk("operator", viewport=SIZES[size], color_scheme=scheme)
    pages = {
        "front": "/admin/",
        "deal": f"/admin/contracts/contract/{played.released.id}/change/",
        "disputes": "/admin/contracts/dispute/",
        "dispute": dispute,
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, address in pages.items():
        one.open(address)
        _take(one, FOLDER / f"{name}-{size}-{scheme}.png")


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
def test_pictures_of_phones(stack: Stack, api: Api, phones: Callable[..., Handsets], size: str, scheme: str) -> None:
    """The buyer is asked for the PIN, and the seller waits for the money."""
    deal = Deal(stack, api=api, amount=250_000)
    page = phones(viewport=SIZES_OF_PHONES[size], color_scheme=scheme).show_deal(deal)
    page.buyer.holds(300_000)
    for side in (page.buyer, page.seller):
        side.taps(f"YES-{deal.id}")
    page.seller.says("is agreed")
    deal.until_contract("confirmed")
    deal.checkout()
    expect(page.buyer.prompt).to_be_visible(timeout=RINGING_MS)
    FOLDER.mkdir(parents=True, exist_ok=True)
    _take(page, FOLDER / f"phones-{size}-{scheme}.png")


def _take(one: Desk, path: Path) -> None:
    one.page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(one.page.screenshot()))
    picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
