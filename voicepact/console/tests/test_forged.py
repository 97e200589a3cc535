"""Every address of the desk, by every role: who has not the right is refused, and nothing moves."""

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Dispute, Event, Evidence
from notifications.models import Pin
from payments.models import Proposal
from tests.factories import new_phone
from voicepact.console import rights
from voicepact.console.bulk import BULK
from voicepact.console.forms import FORMS
from voicepact.console.tests.cases import moved
from voicepact.console.tests.desk import disputed_deal, member
from voicepact.console.urls import urlpatterns
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db
ROLES = ("viewer", "support", "operator", "approver", "auditor")
NEEDED = {
    "propose": rights.PROPOSE,
    "approve": rights.APPROVE,
    "reject": rights.APPROVE,
    "call_off": rights.FREEZE,
    "call_off_pin": rights.FREEZE,
    "statement": "payments.view_proposal",
    "evidence": "contracts.view_evidence",
    "look": "contracts.view_evidence",
    "dispute": rights.FREEZE,
    "pause": rights.PAUSE,
    "search": "contracts.view_contract",
    "resend": rights.RESEND,
    "answer": rights.ANSWER,
    "close": rights.ANSWER,
    "add_evidence": rights.FREEZE,
    "preview": rights.PROPOSE,
    "deal_statement": "contracts.view_contract",
    "export_list": rights.EXPORT,
    "export": rights.EXPORT,
    "export_file": rights.EXPORT,
    "reset_device": rights.RESET_DEVICE,
    "lift_lockout": rights.LIFT_LOCKOUT,
}
"""By the name of an address, the right that it needs; each bulk act and each sight has its own."""
OWN = {"two_factor", "code", "set_up"}
"""About whoever asks, and nobody else."""


def test_every_address_says_who_may_use_it() -> None:
    assert {*NEEDED, *OWN, "bulk", "show"} == {pattern.name for pattern in urlpatterns}


def addresses() -> list[tuple[str, str]]:
    """Addresses of rows that there are, each with the right that it needs."""
    disputed_deal()
    proposal, dispute, piece = Proposal.objects.get(), Dispute.objects.get(), Evidence.objects.get()
    keys: dict[str, object] = {
        "evidence": piece.pk,
        "look": piece.pk,
        "dispute": dispute.contract_id,
        "deal_statement": dispute.contract_id,
        "add_evidence": dispute.pk,
        "preview": dispute.pk,
        "export_list": "contracts.Contract",
        "call_off_pin": Pin.objects.create(phone=new_phone()).pk,
    }
    names = NEEDED.keys() - {"propose", "pause", "search"}
    found = [(reverse(f"desk:{name}", args=[keys.get(name, proposal.pk)]), NEEDED[name]) for name in names]
    found += [(reverse(f"desk:{name}"), NEEDED[name]) for name in ("pause", "search")]
    number = reverse("desk:show", args=["number", "party", dispute.contract.buyer.pk])
    found.append((number, rights.REVEAL_PHONE))
    found += [(reverse("desk:propose", args=[kind.value, dispute.pk]), rights.PROPOSE) for kind in FORMS]
    return found + [(reverse("desk:bulk", args=[name]), act.right) for name, act in BULK.items()]


def someone() -> Client:
    """A member of staff in no role."""
    client = Client()
    client.force_login(User.objects.create(username="nobody", is_staff=True))
    return client


@pytest.mark.parametrize("role", ["nobody", *ROLES])
def test_a_forged_post_without_the_right_is_refused_and_moves_nothing(role: str) -> None:
    forger = someone() if role == "nobody" else member(role)
    user = User.objects.get(username=role)
    refused = [address for address, right in addresses() if not user.has_perm(right)]
    before = moved(), Event.objects.count(), list(Proposal.objects.values())
    body = {"reason": "so", "note": "so", "seen": "x", "row": "1", "since": now().isoformat(), "outcome": "released"}

    answers = {
        address: (forger.get(address).status_code, forger.post(address, body).status_code) for address in refused
    }

    assert refused
    assert {address: codes for address, codes in answers.items() if codes not in ((403, 403), (405, 403))} == {}
    assert (moved(), Event.objects.count(), list(Proposal.objects.values())) == before
