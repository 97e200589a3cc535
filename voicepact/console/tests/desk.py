"""A member of staff at the desk, with deals in every state on it."""

import re
import time
from decimal import Decimal
from typing import Any

from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from contracts import audit, disputes
from contracts.audit import CLOCK
from contracts.models import Dispute, Evidence
from notifications.models import Alert, AlertDelivery
from payments import callbacks
from payments.models import Deposit, Payment, PayoutStop, Proposal, Wallet
from tests import factories
from voicepact.kernel.clock import now
from voicepact.kernel.models import User
from voicepact.kernel.sessions import SEEN, STARTED

AMOUNT = Decimal(1000)


def sign_in() -> Client:
    """A client of the most powerful member of staff there can be."""
    client = Client()
    _enter(client, User.objects.create(username="wambui", is_staff=True, is_superuser=True))
    return client


def member(role: str) -> Client:
    """A client of a member of staff in the role, and named like it."""
    client = Client()
    user, _ = User.objects.get_or_create(username=role, defaults={"is_staff": True})
    user.groups.add(Group.objects.get(name=role))
    _enter(client, user)
    return client


def _enter(client: Client, user: User) -> None:
    """Signed in, and the session written down, which a first page would do: every page takes as many queries."""
    client.force_login(user)
    session = client.session
    session[STARTED] = session[SEEN] = time.time()
    session.save()


def propose(client: Client, kind: Proposal.Kind, subject: Model, **fields: object) -> Any:
    """The form of this kind is filled in and sent."""
    address = reverse("desk:propose", args=[kind.value, subject.pk])
    read = seen(client.get(address, follow=True))
    return client.post(address, {"reason": "as the papers show", "seen": read, **fields}, follow=True)


def approve(client: Client, proposal: Proposal) -> Any:
    """The page that asks once more is read, and answered with yes."""
    address = reverse("desk:approve", args=[proposal.pk])
    return client.post(address, {"seen": seen(client.get(address, follow=True))}, follow=True)


def bulk(client: Client, name: str, *rows: Model) -> Any:
    """The page that names the rows is read, and answered with yes."""
    keys = [str(row.pk) for row in rows]
    page = client.get(reverse("desk:bulk", args=[name]), {"row": keys})
    return client.post(reverse("desk:bulk", args=[name]), {"row": keys, "since": page.context["since"]})


def seen(page: Any) -> str:
    """What the page that asks once more sends along: the fingerprint of what it tells."""
    field = re.search(r'name="seen" value="(\w+)"', page.content.decode())
    return field[1] if field else ""


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: Model, page: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[quote(row.pk)])


def closed_deal() -> Payment:
    """A deal that went well."""
    payment = factories.pay_out(factories.completed(amount=AMOUNT))
    _keep_callback(payment)
    return payment


def disputed_deal() -> Payment:
    """A deal that the buyer has frozen, with everything on it that can wait for people."""
    payment = factories.locked(amount=AMOUNT)
    buyer = payment.contract.buyer
    disputes.open_dispute(payment.contract_id, phone=buyer.phone, reason="Only 80 bags came", channel="sms")
    _keep_callback(payment)
    _bring_attention(payment)
    return payment


def _keep_callback(payment: Payment) -> None:
    transfer = payment.transfers.collections().get()
    body = f'{{"Body": {{"PhoneNumber": {transfer.phone[1:]}, "Amount": 1000.00}}}}'
    callbacks.keep(gateway=payment.gateway, kind="stk", token=transfer.token, body=body, address="127.0.0.1")


def wallet(gateway: str = "daraja") -> Wallet:
    return Wallet.objects.create(gateway=gateway, available=AMOUNT)


def _bring_attention(payment: Payment) -> None:
    """Evidence, a proposal to decide, a stop, an alert, and money that nobody expected."""
    contract, dispute = payment.contract, Dispute.objects.get(contract=payment.contract)
    buyer = contract.buyer
    text = f"Call me on {buyer.phone}"
    Evidence.objects.create(dispute=dispute, party=buyer, actor=f"party:{buyer.pk}", channel="sms", text=text)
    _propose(dispute)
    PayoutStop.objects.create(contract=contract, code="contradicted", stopped_by="clock")
    event = audit.record("payouts.stopped", contract=contract, actor=CLOCK)
    alert = Alert.objects.create(event=event, subject="Payouts stopped", body=f"Payouts of {contract.pk} are stopped.")
    AlertDelivery.objects.create(alert=alert, road=AlertDelivery.Road.EMAIL)
    given = {"gateway": payment.gateway, "phone": factories.new_phone(), "amount": AMOUNT}
    Deposit.objects.create(**given, receipt_number=factories.new_receipt(), reference=payment.reference)


def _propose(dispute: Dispute) -> None:
    proposer, _ = User.objects.get_or_create(username="juma", defaults={"is_staff": True})
    Proposal.objects.create(
        kind=Proposal.Kind.DECISION,
        subject=f"dispute:{dispute.pk}",
        contract=dispute.contract,
        dispute=dispute,
        details={"seller_amount": 400, "buyer_amount": 600, "phone": dispute.contract.seller.phone},
        reason="80 of 100 bags came",
        proposed_by=proposer,
        expires_at=now(),
    )
