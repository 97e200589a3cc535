"""Every page of the desk in a real browser: wide and on a phone, light and dark."""

from collections.abc import Callable

import pytest

from tests.browser.desk import Desk
from tests.deal import Api
from tests.stack import Stack

FORMS = [
    pytest.param({"width": 1440, "height": 900}, "light", id="wide-light"),
    pytest.param({"width": 1440, "height": 900}, "dark", id="wide-dark"),
    pytest.param({"width": 390, "height": 844}, "light", id="phone-light"),
    pytest.param({"width": 390, "height": 844}, "dark", id="phone-dark"),
]


@pytest.mark.parametrize(("viewport", "scheme"), FORMS)
def test_every_page_fits_and_can_be_used_by_everybody(
    stack: Stack, api: Api, desk: Callable[..., Desk], viewport: dict[str, int], scheme: str
) -> None:
    one = desk("admin", viewport=viewport, color_scheme=scheme)
    one.open("/admin/")
    one.is_as_wide_as_its_window()
    one.can_be_used_by_everybody()
