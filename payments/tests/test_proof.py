"""Is the money there? Locked is what the rail has confirmed and the deal keeps; every code that we gave is good."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from contracts import agreements, disputes
from contracts.models import Chain, Contract, Event
from payments import endings, escrow, ledger, proof
from payments.gateways.base import Verdict
from payments.models import Payment, Proposal, Transfer
from payments.proof import Place
from payments.settlement import settle
from payments.tests.desk import agreed
from payments.tests.states import paid_twice
from tests import factories
from voicepact.kernel.api.decimals import instant_text
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money
from voicepact.kernel.tests.caller import new_caller

pytestmark = pytest.mark.django_db
WHOLE = Money(Decimal(350_000))


def fresh(contract: Contract) -> Contract:
    return Contract.objects.get(pk=contract.pk)


def place(contract: Contract) -> Place:
    return proof.of(fresh(contract)).place


def locked_amount(contract: Contract) -> Money | None:
    given = proof.of(fresh(contract))
    return given.amount if given.locked else None


# --- where it is ------------------------------------------------------------------------------------------------------


def test_before_anything_came_in_it_is_awaited() -> None:
    for contract in (factories.drafted(), factories.confirmed(), factories.prompted().contract):
        assert proof.of(fresh(contract)).place == Place.AWAITED
        assert proof.of(fresh(contract)).amount == WHOLE


def test_a_part_is_not_the_whole() -> None:
    payment = factories.prompted()
    first = factories.open_transfer(payment)
    settle(first.pk, factories.succeeded(first))
    settle(first.pk, factories.answered(first))
    assert place(payment.contract) == Place.AWAITED


def test_what_a_callback_says_is_being_checked_until_the_rail_confirms_it() -> None:
    payment = factories.fund(factories.checked_out(), confirm=False)
    assert place(payment.contract) == Place.CHECKING
    for transfer in payment.transfers.all():
        assert locked_amount(payment.contract) is None
        settle(transfer.pk, factories.answered(transfer))
    assert locked_amount(payment.contract) == WHOLE


def test_money_in_quarantine_is_being_checked() -> None:
    payment = factories.prompted(amount=Decimal(1_000))
    asked = factories.open_transfer(payment)
    settle(asked.pk, factories.succeeded(asked, amount=Decimal(999)))
    assert Transfer.objects.get(pk=asked.pk).quarantined_at
    assert place(payment.contract) == Place.CHECKING

    settle(asked.pk, factories.answered(asked))
    assert place(payment.contract) == Place.CHECKING


def test_it_stays_locked_while_the_deal_goes_on_and_while_it_is_disputed() -> None:
    contract = factories.locked().contract
    assert locked_amount(contract) == WHOLE
    escrow.deliver(contract.pk, phone=contract.seller.phone, channel="sms")
    assert locked_amount(contract) == WHOLE
    assert not proof.of(Contract.objects.get(pk=contract.pk)).disputed
    disputes.open_dispute(contract.pk, phone=contract.buyer.phone, reason="half is missing", channel="sms")
    assert locked_amount(contract) == WHOLE
    assert proof.of(Contract.objects.get(pk=contract.pk)).disputed


def test_it_is_on_its_way_and_then_paid() -> None:
    payment = factories.completed()
    assert place(payment.contract) == Place.PAYING
    factories.pay_out(payment)
    assert place(payment.contract) == Place.PAID


def test_it_goes_back_and_has_gone_back() -> None:
    payment = factories.locked()
    endings.cancel(payment.contract_id, phone=payment.contract.seller.phone, channel="sms")
    assert place(payment.contract) == Place.RETURNING
    factories.pay_out(Payment.objects.get(pk=payment.pk))
    assert place(payment.contract) == Place.RETURNED


def test_a_deal_that_ended_without_money_is_off() -> None:
    contract = factories.confirmed()
    endings.cancel(contract.pk, phone=contract.buyer.phone, channel="sms")
    assert place(contract) == Place.OFF


def test_money_that_nobody_wanted_is_no_more_locked_than_the_deals_own() -> None:
    contract = paid_twice(amount=Decimal(1_000)).contract
    unwanted = Transfer.objects.get(payment__contract=contract, kind="reversal")
    assert locked_amount(contract) == Money(Decimal(1_000))

    for _ in range(2):
        unwanted = Transfer.objects.open().get(payment__contract=contract, kind="reversal")
        factories.acknowledge(unwanted)
        settle(unwanted.pk, factories.answered(unwanted, Verdict.FAILED, code="9999"))
    assert ledger.standing(contract.payments.get()).held == 2_000
    assert locked_amount(contract) == Money(Decimal(1_000))


def test_what_people_give_back_of_it_is_not_locked_from_then_on() -> None:
    payment = factories.locked()
    agreed(Proposal.Kind.PARTIAL_REFUND, payment, details={"amount": 50_000})
    assert locked_amount(payment.contract) == Money(Decimal(300_000))
    factories.pay_out(payment)
    assert locked_amount(payment.contract) == Money(Decimal(300_000))


# --- the code ---------------------------------------------------------------------------------------------------------


def test_the_code_is_the_beginning_of_the_chains_head() -> None:
    contract = factories.drafted()
    assert proof.of(contract).code == Chain.objects.get(name=contract.pk).head[:8].upper()


def test_each_state_has_a_code_of_its_own_and_every_one_stays_good() -> None:
    contract = factories.drafted()
    first = proof.of(contract)
    for party in contract.parties.all():
        agreements.agree(contract.pk, phone=party.phone, channel="sms")
    assert proof.of(fresh(contract)).code != first.code
    for event in Event.objects.filter(contract=contract):
        assert proof.given_with(contract.pk, event.hash[:8].upper()) == event


@pytest.mark.parametrize(
    "code", ["", "0000000", "123456789", "%%%%%%%%", "ZZZZZZZZ", "________", "\0" * 8, "１２３４５６７８"]
)
def test_what_is_no_code_was_never_given(code: str) -> None:
    assert proof.given_with(factories.drafted().pk, code) is None


def test_a_code_of_another_deal_is_none_of_this_one() -> None:
    mine, other = factories.drafted(), factories.drafted()
    assert proof.given_with(mine.pk, proof.of(other).code) is None
    assert proof.given_with("AG-2026-999999", proof.of(other).code) is None


def test_it_takes_as_many_queries_for_a_long_story_as_for_a_short_one() -> None:
    def queries(contract: Contract) -> int:
        with CaptureQueriesContext(connection) as captured:
            proof.of(contract)
        return len(captured)

    short, long = factories.locked(amount=Decimal(1_000)).contract, paid_twice(amount=Decimal(1_000)).contract
    assert queries(fresh(short)) == queries(fresh(long)) <= 8


# --- over the API -----------------------------------------------------------------------------------------------------


def test_a_client_reads_the_proof_of_its_own_contract(settings: Any) -> None:
    settings.PUBLIC_URL = "https://voicepact.example"
    caller = new_caller(scopes=["contracts:read"])
    contract = factories.locked(owner=caller.key.user).contract
    before = now()

    answer = caller.get(f"/api/v1/contracts/{contract.pk}/proof")

    given = answer.json()
    code = proof.of(contract).code
    assert answer.status_code == 200
    assert instant_text(before) <= given.pop("as_of") <= instant_text(now() + timedelta(seconds=1))
    assert given == {
        "contract_id": contract.pk,
        "locked": True,
        "amount": 350_000,
        "currency": "KES",
        "place": "locked",
        "disputed": False,
        "code": code,
        "url": f"https://voicepact.example/check/{contract.pk}/{code}",
    }


def test_another_clients_contract_is_not_found() -> None:
    contract = factories.locked().contract
    for path in (contract.pk, "AG-2026-999999"):
        answer = new_caller().get(f"/api/v1/contracts/{path}/proof")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_key_without_the_scope_reads_none() -> None:
    caller = new_caller(scopes=["payments:read"])
    contract = factories.drafted(owner=caller.key.user)
    assert caller.get(f"/api/v1/contracts/{contract.pk}/proof").status_code == 403


def test_asking_changes_nothing() -> None:
    caller = new_caller()
    contract = factories.locked(owner=caller.key.user).contract
    before = Event.objects.filter(contract=contract).count()
    codes = {caller.get(f"/api/v1/contracts/{contract.pk}/proof").json()["code"] for _ in range(2)}
    assert (len(codes), Event.objects.filter(contract=contract).count()) == (1, before)


def test_it_stands_in_the_schema_under_its_scope() -> None:
    schema = SchemaGenerator().get_schema(public=True)
    operation = schema["paths"]["/api/v1/contracts/{contract_id}/proof"]["get"]
    assert "contracts:read" in operation["description"]
    fields = schema["components"]["schemas"]["ProofOut"]["properties"]
    assert list(fields) == ["contract_id", "locked", "amount", "currency", "place", "disputed", "code", "as_of", "url"]
