"""Calls by USSD at the desk: what people were shown, and nothing that they put in."""

import pytest

from notifications.models import UssdSession, UssdTurn
from notifications.tests.conftest import SECRET
from notifications.tests.dialling import Dialled
from tests.factories import new_phone
from voicepact.console.tests.desk import list_of, member
from voicepact.kernel.phones import local

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secret(settings):
    settings.AT_CALLBACK_SECRETS = [SECRET]


def test_a_call_shows_its_screens_with_phones_masked() -> None:
    seller, buyer = new_phone(), new_phone()
    dialled = Dialled(seller)
    dialled.choose("Sell")
    dialled.key(local(buyer), "Maize", "100 bags", "3500", "3")
    session = UssdSession.objects.get(session_id=dialled.session_id)

    page = member("viewer").get(f"{list_of(UssdSession)}{session.pk}/change/").content.decode()

    assert "KES 350,000 in all" in page
    assert "home, sell, sell goods, sell quantity" in page
    assert "CON " not in page
    for number in (seller, buyer, local(seller), local(buyer)):
        assert number not in page


@pytest.mark.parametrize("model", [UssdSession, UssdTurn])
def test_nobody_changes_a_call(model) -> None:
    Dialled(new_phone())
    row = model.objects.order_by("pk").last()
    admin = member("admin")

    assert admin.get(list_of(model)).status_code == 200
    assert admin.get(f"{list_of(model)}add/").status_code == 403
    assert admin.post(f"{list_of(model)}{row.pk}/delete/").status_code == 403
    assert admin.post(f"{list_of(model)}{row.pk}/change/", {"over": "on"}).status_code == 403


def test_a_turn_shows_the_way_and_not_what_was_said_there() -> None:
    dialled = Dialled(new_phone())
    dialled.choose("Sell")
    dialled.key(new_phone(), "Sorghum")
    turn = UssdTurn.objects.order_by("pk").last()
    assert turn is not None

    page = member("viewer").get(f"{list_of(UssdTurn)}{turn.pk}/change/").content.decode()

    assert "home, sell, sell goods, sell quantity" in page
    assert turn.digest not in page
