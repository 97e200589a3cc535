"""Pictures of the desk for the documentation, after a week of deals: `make screenshots` writes them.

No test by its name, so that `make test` does not play the week.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import week
from tests.browser.conftest import manage
from tests.browser.desk import Desk
from tests.browser.test_pages import FORMS
from tests.deal import Api
from tests.stack import Stack
from tests.week import Week
from voicepact.stack.programs import PROJECT

FOLDER = Path(os.environ.get("SCREENSHOTS") or PROJECT / "docs" / "screenshots")


@pytest.fixture(scope="session")
def played(stack: Stack, api: Api) -> Week:
    manage("register_paybill")
    return week.play(stack, api, days=int(os.environ.get("DAYS") or week.DAYS), told=print)


@pytest.mark.parametrize(("viewport", "scheme"), FORMS)
def test_pictures(
    played: Week, desk: Callable[..., Desk], viewport: dict[str, int], scheme: str, request: pytest.FixtureRequest
) -> None:
    one = desk("operator", viewport=viewport, color_scheme=scheme)
    form = f"{'phone' if viewport['width'] < 1000 else 'wide'}-{scheme}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    one.open("/admin/")
    _take(one, f"front-{form}")
    one.open(f"/admin/contracts/contract/{played.released.id}/change/")
    _take(one, f"deal-{form}")
    one.open("/admin/contracts/dispute/")
    _take(one, f"disputes-{form}")
    found = played.open_dispute.api.get(f"/disputes?contract_id={played.open_dispute.id}").json()["results"][0]
    one.open(f"/admin/contracts/dispute/{found['dispute_id']}/change/")
    _take(one, f"dispute-{form}")


def _take(one: Desk, name: str) -> None:
    one.page.wait_for_load_state("networkidle")
    one.page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
