"""A deal opened by phone, as its two people meet it: one is asked, agrees by SMS, and the prompt follows by itself."""

from datetime import timedelta

import pytest

from contracts.agreements import PartyDraft
from contracts.models import Contract
from notifications.models import Message
from notifications.tests.people import announced, say, text_of
from payments import breaker, escrow
from payments.models import Payment, Transfer
from tests.factories import confirmed, drafted, new_phone, opened_by_phone
from voicepact.kernel import phones
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db


def speaking(language: str) -> str:
    """A phone that is spoken to so in another deal."""
    return drafted(
        parties=(PartyDraft("buyer", new_phone(), "", language), PartyDraft("seller", new_phone()))
    ).buyer.phone


def prompts(contract: Contract) -> list[Transfer]:
    return list(Transfer.objects.filter(payment__contract=contract).order_by("created_at"))


def test_only_the_buyer_is_asked_to_agree() -> None:
    contract = opened_by_phone()
    assert announced(contract) == [("buyer", "asked_to_agree")]
    assert not Message.objects.filter(phone=contract.seller.phone).exists()


def test_each_reads_the_others_number_where_nobody_wrote_a_name() -> None:
    contract = opened_by_phone()
    seller, buyer = (phones.local(party.phone) for party in (contract.seller, contract.buyer))
    text = text_of(contract, "buyer", "asked_to_agree")
    assert f"{buyer} buys 10 Maize from {seller} for KES 35,000" in text
    assert f"YES-{contract.pk}" in text


@pytest.mark.parametrize(("language", "yes"), [("en", "YES"), ("sw", "NDIYO")])
def test_the_buyers_yes_confirms_it_and_sends_the_prompt(language: str, yes: str) -> None:
    contract = opened_by_phone(buyer=speaking(language))
    announced(contract)

    assert say(contract.buyer.phone, f"{yes}-{contract.pk}").result == "done"

    assert Contract.objects.get(pk=contract.pk).status == "confirmed"
    (prompt,) = prompts(contract)
    assert (prompt.kind, prompt.phone, prompt.amount) == ("collection", contract.buyer.phone, 35_000)
    assert announced(contract)[-2:] == [("buyer", "agreed_pay"), ("seller", "agreed_wait")]


def test_the_buyers_yes_by_ussd_does_the_same() -> None:
    contract = opened_by_phone()
    assert escrow.agree(contract.pk, phone=contract.buyer.phone, channel="ussd").status == "confirmed"
    assert len(prompts(contract)) == 1
    event = contract.events.get(kind="payment.opened")
    assert (event.actor, event.channel) == (f"party:{contract.buyer.pk}", "ussd")


def test_a_second_yes_sends_no_second_prompt() -> None:
    contract = opened_by_phone()
    for _ in range(3):
        say(contract.buyer.phone, f"YES-{contract.pk}")
    assert len(prompts(contract)) == 1
    assert Payment.objects.filter(contract=contract).count() == 1


def test_the_sellers_yes_changes_nothing_and_prompts_nobody() -> None:
    contract = opened_by_phone()
    say(contract.seller.phone, f"YES-{contract.pk}")
    assert Contract.objects.get(pk=contract.pk).status == "pending"
    assert prompts(contract) == []


def test_a_no_calls_it_off_and_prompts_nobody() -> None:
    contract = opened_by_phone()
    say(contract.buyer.phone, f"NO-{contract.pk}")
    assert Contract.objects.get(pk=contract.pk).status == "cancelled"
    assert prompts(contract) == []


def test_while_the_rail_is_left_alone_the_agreement_stands_and_pay_sends_the_prompt_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    contract = opened_by_phone()
    with monkeypatch.context() as broken:
        broken.setattr(breaker, "retry_after", lambda *_: 45)
        assert say(contract.buyer.phone, f"YES-{contract.pk}").result == "done"
    assert Contract.objects.get(pk=contract.pk).status == "confirmed"
    assert (prompts(contract), Payment.objects.filter(contract=contract).count()) == ([], 0)
    assert f"or reply PAY-{contract.pk}" in text_of(contract, "buyer", "agreed_pay")

    say(contract.buyer.phone, f"PAY-{contract.pk}")
    assert len(prompts(contract)) == 1


def test_agreed_after_its_day_of_delivery_nobody_is_prompted() -> None:
    contract = opened_by_phone()
    Contract.objects.filter(pk=contract.pk).update(delivery_deadline=now() - timedelta(hours=1))
    say(contract.buyer.phone, f"YES-{contract.pk}")
    assert Contract.objects.get(pk=contract.pk).status == "confirmed"
    assert prompts(contract) == []


def test_a_deal_of_a_rest_client_is_prompted_when_its_client_asks() -> None:
    contract = drafted()
    for party in contract.parties.all():
        say(party.phone, f"YES-{contract.pk}")
    assert Contract.objects.get(pk=contract.pk).status == "confirmed"
    assert prompts(contract) == []
    assert prompts(confirmed()) == []
