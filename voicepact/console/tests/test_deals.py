import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Contract, Event
from notifications.models import InboundMessage, Message
from payments.models import Transfer
from tests import factories
from voicepact.console.tests.desk import closed_deal, disputed_deal, list_of, page_of, sign_in
from voicepact.kernel.models import User
from voicepact.kernel.phones import mask
from voicepact.kernel.site import site

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return sign_in()


def _found(staff: Client, term: str) -> list[str]:
    page = staff.get(list_of(Contract), {"q": term})
    return [contract.pk for contract in page.context["cl"].result_list]


def test_a_deal_is_found_by_everything_that_people_hold_in_their_hands(staff: Client) -> None:
    payment = closed_deal()
    closed_deal()
    phone = payment.contract.buyer.phone
    local = f"0{phone[4:]}"
    terms = [
        payment.contract_id,
        f"  {payment.contract_id.lower()} ",
        payment.transaction_id,
        payment.reference,
        *payment.transfers.values_list("receipt_number", flat=True),
        phone,
        phone[1:],
        local,
        f"{local[:4]} {local[4:7]} {local[7:]}",
    ]
    assert "" not in terms
    assert {term: _found(staff, term) for term in terms} == {term: [payment.contract_id] for term in terms}
    assert _found(staff, "0700 000 000") == []
    assert _found(staff, "nothing") == []


def test_a_deal_is_found_once_by_a_term_that_matches_twice(staff: Client) -> None:
    contract = factories.drafted()
    assert _found(staff, contract.buyer.phone) == [contract.pk]


def test_phones_are_masked_in_the_list_and_on_the_page(staff: Client) -> None:
    contract = closed_deal().contract
    for page in (list_of(Contract), page_of(contract)):
        text = staff.get(page).content.decode()
        assert mask(contract.buyer.phone) in text
        assert contract.buyer.phone not in text
        assert contract.seller.phone[1:] not in text


def test_the_page_leads_to_everything_about_the_deal(staff: Client) -> None:
    payment = closed_deal()
    text = staff.get(page_of(payment.contract)).content.decode()
    rows = [payment, *payment.transfers.all(), *payment.contract.parties.all(), *payment.contract.confirmations.all()]
    assert [row for row in rows if page_of(row) not in text] == []
    for model in (Event, Message, Transfer):
        assert f"{list_of(model)}?" in text
    for receipt_number in payment.transfers.values_list("receipt_number", flat=True):
        assert receipt_number in text


def test_the_page_shows_what_was_said_with_phones_masked(staff: Client) -> None:
    contract = factories.drafted()
    told = {"party": contract.buyer, "contract": contract, "kind": "payment_released", "phone": contract.buyer.phone}
    Message.objects.create(**told, text=f"To: {contract.seller.phone}", status=Message.Status.DELIVERED)
    wrote = {"party": contract.seller, "contract": contract, "phone": contract.seller.phone}
    InboundMessage.objects.create(**wrote, message_id=contract.pk, text="Where is my money?", needs_staff=True)
    text = staff.get(page_of(contract)).content.decode()
    assert f"To: {mask(contract.seller.phone)}" in text
    assert contract.seller.phone not in text
    assert "Where is my money?" in text
    assert "waits for staff" in text


def test_the_page_shows_a_dispute(staff: Client) -> None:
    assert "Only 80 bags came" in staff.get(page_of(disputed_deal().contract)).content.decode()


def test_what_people_wrote_cannot_run_in_the_page(staff: Client) -> None:
    contract = factories.drafted(terms={"product": "<script>alert(1)</script>"}, transcript="<b>x</b>")
    text = staff.get(page_of(contract)).content.decode()
    assert "<script>alert(1)</script>" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_menu_names_every_list_that_one_may_see(staff: Client) -> None:
    text = staff.get(reverse("admin:index")).content.decode()
    for title in ("Today", "Waits for people", "Deals", "Money", "Staff", "Behind the scenes"):
        assert title in text
    menu = staff.get(reverse("admin:index")).context["sidebar_navigation"]
    links = [item["link"].partition("?")[0] for group in menu for item in group["items"]]
    assert sorted(links) == sorted([reverse("admin:index"), *map(list_of, site._registry)])


def test_staff_without_permission_see_no_deals() -> None:
    client = Client()
    client.force_login(User.objects.create(username="juma", is_staff=True))
    assert client.get(list_of(Contract)).status_code == 403
    assert list_of(Contract) not in client.get(reverse("admin:index")).content.decode()


def test_the_palette_finds_a_deal_by_its_payment(staff: Client) -> None:
    payment = closed_deal()
    found = staff.post(reverse("admin:search"), {"s": payment.transaction_id, "extended": "1"}).content.decode()
    assert page_of(payment.contract) in found
