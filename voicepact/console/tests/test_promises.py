"""What holds for every list and page about deals and money: seen by staff, changed by nobody, and never slow."""

import re

import pytest
from django.apps import apps
from django.contrib.messages import get_messages
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import ContractSerial, Dispute, Party
from notifications.models import Alert
from payments.models import Balance, Deposit
from voicepact.console.bulk import BULK
from voicepact.console.tests.desk import closed_deal, disputed_deal, list_of, page_of, sign_in, wallet
from voicepact.kernel.site import site

pytestmark = pytest.mark.django_db

MODELS: list[type[Model]] = [
    *apps.get_app_config("contracts").get_models(),
    *apps.get_app_config("payments").get_models(),
    Alert,
]
NONSENSE = [
    "q=%00",
    "q=%27%22--",
    "q=254",
    "p=x",
    "p=99999999999999999999",
    "status__exact=%00",
    "created_at__gte=yesterday",
    "o=99.-1",
    "payment__contract__owner__password__startswith=a",
    "topic=nothing",
    "created_at_from=yesterday&created_at_to=9999-12-31",
    "at_from=0001-01-01",
    "amount_from=x&amount_to=NaN",
    "amount_from=1e999&amount_to=-0.0000001",
    "rail=nothing&kind=nothing&status__exact=",
]


@pytest.fixture
def staff() -> Client:
    return sign_in()


def _deals() -> None:
    closed_deal()
    disputed_deal()
    wallet()


def _shown(model: type[Model]) -> Model:
    """A row that the model's list shows: of balances it is one where something lies."""
    rows = model._default_manager.order_by("-pk")
    row: Model = rows.filter(amount__gt=0)[0] if model is Balance else rows[0]
    return row


def test_every_model_has_its_list() -> None:
    assert MODELS
    assert [model for model in MODELS if not site.is_registered(model)] == []


def test_staff_see_every_list_and_page(staff: Client) -> None:
    _deals()
    for model in MODELS:
        row = _shown(model)
        page, listing = staff.get(page_of(row)), staff.get(list_of(model))
        assert (page.status_code, listing.status_code) == (200, 200), model
        assert page_of(row) in listing.content.decode(), model


def test_an_address_of_a_row_that_is_not_there_leads_to_its_list_which_says_so(staff: Client) -> None:
    for model in site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=["999000"])
        answer = staff.get(address)
        assert answer.headers["Location"] == list_of(model), model
        told = [str(message) for message in get_messages(answer.wsgi_request)]
        assert told[-1] == f"There is no {model._meta.verbose_name} 999000.", model
    page = staff.get(page_of(Dispute(pk=999)), follow=True)
    assert "There is no dispute 999." in page.content.decode()


def test_no_list_shows_a_number_that_can_be_read(staff: Client) -> None:
    _deals()
    numbers = [*Party.objects.values_list("phone", flat=True), *Deposit.objects.values_list("phone", flat=True)]
    for model in MODELS:
        text = staff.get(list_of(model)).content.decode()
        assert [number for number in numbers if number[1:] in text] == [], model


def test_nobody_adds_changes_or_deletes(staff: Client) -> None:
    _deals()
    for model in MODELS:
        row = model._default_manager.order_by("-pk")[0]
        before = _rows(model)
        meta = row._meta
        add = reverse(f"admin:{meta.app_label}_{meta.model_name}_add")
        action = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes", "index": "0"}
        answers = [
            staff.get(add),
            staff.post(add, {"name": "x"}),
            staff.post(page_of(row), {"status": "completed", "amount": "1", "phone": "+254700000000", "_save": "Save"}),
            staff.get(page_of(row, "delete")),
            staff.post(page_of(row, "delete"), {"post": "yes"}),
            staff.post(list_of(model), action),
        ]
        assert [answer.status_code for answer in answers] == [403] * 6, model
        assert _rows(model) == before, model


def _rows(model: type[Model]) -> list[dict[str, object]]:
    return list(model._default_manager.order_by("pk").values())


def test_pages_offer_no_form_to_change_anything(staff: Client) -> None:
    _deals()
    for model in MODELS:
        text = staff.get(page_of(model._default_manager.order_by("-pk")[0])).content.decode()
        assert 'name="_save"' not in text, model
        assert "deletelink" not in text, model
        chosen = re.search(r'<select name="action".*?</select>', staff.get(list_of(model)).content.decode(), re.DOTALL)
        acts = set(re.findall(r'<option value="([^"]+)"', chosen[0])) if chosen else set()
        assert acts <= {name for name, bulk in BULK.items() if bulk.model is model}, model


def test_lists_take_as_many_queries_for_25_rows_as_for_5(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    closed_deal()
    for number in range(25):
        disputed_deal()
        wallet(f"rail-{number}")
        ContractSerial.objects.create(series=f"XX-{2100 + number}", last=1)
    for model in MODELS:
        admin = site._registry[model]
        counts = []
        for rows in (5, 25):
            monkeypatch.setattr(admin, "list_per_page", rows)
            with CaptureQueriesContext(connection) as queries:
                page = staff.get(list_of(model), {"_facets": "1"})
            assert len(page.context["cl"].result_list) == rows, model
            assert not [query for query in queries if "COUNT(" in query["sql"].upper()], model
            counts.append(len(queries))
        assert counts[1] - counts[0] <= 1, model  # names of staff and roles of parties: each asked for where needed


@pytest.mark.parametrize("query", NONSENSE)
def test_a_nonsensical_address_is_no_fault_of_ours(staff: Client, query: str) -> None:
    for model in MODELS:
        assert staff.get(f"{list_of(model)}?{query}").status_code < 500, model


def test_a_key_that_no_row_can_have_is_no_fault_of_ours(staff: Client) -> None:
    for model in MODELS:
        for key in ("%00", "nothing", "99999999999999999999", "_5F"):
            address = f"{list_of(model)}{key}/change/"
            assert staff.get(address).status_code < 500, (model, key)
