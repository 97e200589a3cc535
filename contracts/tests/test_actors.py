import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.actors import name, names
from tests.factories import drafted
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db


def test_staff_clients_and_parties_are_called_as_people_know_them() -> None:
    wambui = User.objects.create(username="wambui", first_name="Wambui", last_name="Kamau", is_staff=True)
    juma, shop = User.objects.create(username="juma", is_staff=True), User.objects.create(username="sokoni")
    buyer = drafted().buyer
    words = {
        f"staff:{wambui.pk}": "Wambui Kamau",
        f"staff:{juma.pk}": "juma",
        f"client:{shop.pk}": "Client sokoni",
        f"party:{buyer.pk}": "Buyer",
        "rail:daraja": "Daraja",
        "clock": "The clock",
        "command": "A command on the server",
    }
    assert names(words) == words


@pytest.mark.parametrize(
    ("actor", "words"),
    [("staff:0", "Staff 0"), ("client:0", "Client 0"), ("party:x", "Party x"), ("stranger", "Stranger")],
)
def test_whoever_is_not_there_any_more_keeps_the_number(actor: str, words: str) -> None:
    assert name(actor) == words


def test_many_take_as_many_queries_as_one() -> None:
    users = [User.objects.create(username=f"colleague-{number}", is_staff=True) for number in range(5)]
    parties = [drafted().buyer for _ in range(5)]
    with CaptureQueriesContext(connection) as queries:
        names([f"staff:{user.pk}" for user in users] + [f"party:{party.pk}" for party in parties])
    assert len(queries) == 2
