"""No number of a person can be read on any page, whoever looks."""

import pytest
from django.db.models import Model
from django.urls import reverse

from contracts.models import Contract, Dispute, Event, Party
from notifications.models import DeliveryReport, InboundMessage, Message
from payments.models import Callback, Deposit, Payment, Proposal, Transfer
from voicepact.console.tests.cases import numbers, talkative
from voicepact.console.tests.desk import list_of, member, page_of, sign_in

pytestmark = pytest.mark.django_db
MODELS: list[type[Model]] = [
    Contract,
    Party,
    Dispute,
    Payment,
    Transfer,
    Deposit,
    Callback,
    Proposal,
    Event,
    Message,
    InboundMessage,
    DeliveryReport,
]


@pytest.mark.parametrize("role", ["viewer", "auditor", "superuser"])
def test_no_page_and_no_list_shows_a_number_that_can_be_read(role: str) -> None:
    talkative()
    client = sign_in() if role == "superuser" else member(role)
    for model in MODELS:
        for row in model._default_manager.all():
            text = client.get(page_of(row)).content.decode()
            assert [number for number in numbers() if number[1:] in text or f"0{number[4:]}" in text] == [], row
        text = client.get(list_of(model)).content.decode()
        assert [number for number in numbers() if number[1:] in text or f"0{number[4:]}" in text] == [], model


ASKED: list[tuple[type[Model], str]] = [
    (Party, "phone__startswith"),
    (Party, "phone__in"),
    (Party, "phone__lt"),
    (Transfer, "phone__contains"),
    (Transfer, "token__startswith"),
    (Deposit, "phone__regex"),
    (Callback, "body__contains"),
    (Message, "text__contains"),
    (InboundMessage, "raw__from__startswith"),
    (Proposal, "details__phone__startswith"),
]


@pytest.mark.parametrize(("model", "lookup"), ASKED)
def test_no_list_and_no_file_tells_by_its_address_what_a_row_hides(model: type[Model], lookup: str) -> None:
    assert member("operator").get(list_of(model), {lookup: "+25471"}).status_code == 400
    ask = reverse("desk:export_list", args=[model._meta.label])
    assert member("operator").get(ask, {lookup: "+25471"}).status_code == 400
