import pytest
from django.test import Client
from django.urls import reverse

from voicepact.kernel import clock
from voicepact.kernel.models import ApiKey, IdempotencyRecord, User
from voicepact.kernel.tests.caller import Caller, new_caller

pytestmark = [pytest.mark.django_db, pytest.mark.urls("voicepact.kernel.tests.views")]


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="wambui", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def caller() -> Caller:
    return new_caller()


def test_staff_see_clients_keys_and_answers(staff: Client, caller: Caller) -> None:
    record = IdempotencyRecord.objects.create(
        user=caller.key.user, key="order-7", method="POST", path="/api/orders", claimed_until=clock.now()
    )
    for row in (caller.key.user, caller.key, record):
        meta = row._meta
        assert staff.get(reverse(f"admin:{meta.label_lower.replace('.', '_')}_changelist")).status_code == 200
        page = staff.get(reverse(f"admin:{meta.label_lower.replace('.', '_')}_change", args=[row.pk]))
        assert page.status_code == 200
        assert caller.text not in page.content.decode()


def test_an_answer_to_a_client_is_read_with_phones_masked(staff: Client, caller: Caller) -> None:
    given = {"user": caller.key.user, "key": "order-7", "method": "POST", "path": "/api/orders"}
    body = '{"recipient_phone": "+254712345678", "amount": 350000}'
    record = IdempotencyRecord.objects.create(**given, claimed_until=clock.now(), body=body)
    text = staff.get(reverse("admin:kernel_idempotencyrecord_change", args=[record.pk])).content.decode()
    assert "+2547*****678" in text
    assert "254712345678" not in text


def test_staff_limit_a_key(staff: Client, caller: Caller) -> None:
    form = {"name": "till", "scopes": ["contracts:read"], "rate": "5", "expiry_0": "2030-01-01", "expiry_1": "00:00:00"}
    staff.post(reverse("admin:kernel_apikey_change", args=[caller.key.pk]), form)
    key = ApiKey.objects.get(pk=caller.key.pk)
    assert (key.name, key.scopes, key.rate, key.digest) == ("till", ["contracts:read"], 5, caller.key.digest)


def test_deleting_a_key_revokes_it(staff: Client, caller: Caller) -> None:
    staff.post(reverse("admin:kernel_apikey_delete", args=[caller.key.pk]), {"post": "yes"})
    assert caller.get("/api/orders").status_code == 401


def test_nobody_adds_a_key_or_edits_an_answer_here(staff: Client) -> None:
    assert staff.get(reverse("admin:kernel_apikey_add")).status_code == 403
    assert staff.get(reverse("admin:kernel_idempotencyrecord_add")).status_code == 403


def test_a_client_does_not_sign_in(caller: Caller) -> None:
    client = Client()
    client.force_login(caller.key.user)
    assert client.get(reverse("admin:index")).status_code == 302
