import json
from typing import Any

import pytest

from voicepact.simulator.application import Reply
from voicepact.simulator.hand_payments import HandPaid
from voicepact.simulator.refusals import NothingRegistered
from voicepact.simulator.tests.stage import BUYER, Stage

REFERENCE = "A7F5C3D8E9B2"


def pay(stage: Stage, msisdn: str = BUYER, amount: int = 1000) -> HandPaid:
    return stage.world.by_hand.pay(msisdn, amount, reference=REFERENCE)


def says(**answer: object) -> Reply:
    return Reply(200, json.dumps(answer))


def told(stage: Stage) -> Any:
    return json.loads(stage.posts[-1].body)


def test_a_payment_by_hand_moves_money_and_is_confirmed(stage: Stage) -> None:
    stage.register()
    stage.world.phones.change(BUYER, {"balance": 1500})
    paid = pay(stage)
    assert stage.posts == []
    stage.later(seconds=1)

    movement = stage.world.ground.movements.statement()[-1]
    assert (movement.kind, movement.payer, movement.payee) == ("collection", BUYER, "174379")
    assert (movement.amount, movement.reference, movement.receipt) == (1000, REFERENCE, paid.receipt)
    assert stage.world.phones.read(BUYER).purse.balance == 500
    assert stage.posts[0].url == "http://127.0.0.1:8000/cb/c2b-confirmation/secret"
    assert told(stage) == {
        "TransactionType": "Pay Bill",
        "TransID": paid.receipt,
        "TransTime": "20261123120000",
        "TransAmount": "1000.00",
        "BusinessShortCode": "174379",
        "BillRefNumber": REFERENCE,
        "InvoiceNumber": "",
        "OrgAccountBalance": "1000.00",
        "ThirdPartyTransID": "",
        "MSISDN": "2547 ***** 678",
        "FirstName": "SIMULATED",
        "MiddleName": "",
        "LastName": "",
    }
    assert stage.asked == []


def test_nobody_can_pay_by_hand_before_addresses_are_registered(stage: Stage) -> None:
    with pytest.raises(NothingRegistered):
        pay(stage)

    assert stage.moved() == []


def test_the_validator_is_asked_first_and_its_id_is_echoed(stage: Stage) -> None:
    stage.register(validated=True)
    stage.reply = says(ResultCode="0", ResultDesc="Accepted", ThirdPartyTransID="ours-1")
    paid = pay(stage)
    stage.later(seconds=1)

    [question] = stage.asked
    asked = json.loads(question.body)
    assert question.url == "http://127.0.0.1:8000/cb/c2b-validation/secret"
    assert (asked["TransID"], asked["OrgAccountBalance"]) == (paid.receipt, "")
    assert (told(stage)["TransID"], told(stage)["ThirdPartyTransID"]) == (paid.receipt, "ours-1")


@pytest.mark.parametrize("code", ["C2B00011", "C2B00012", "C2B00013", "C2B00014", "C2B00015", "C2B00016"])
def test_what_the_validator_refuses_does_not_move(stage: Stage, code: str) -> None:
    stage.register(validated=True)
    stage.reply = says(ResultCode=code, ResultDesc="Rejected")

    assert pay(stage) == HandPaid(code)
    stage.later(seconds=1)
    assert (stage.moved(), stage.posts) == ([], [])


@pytest.mark.parametrize(
    "reply",
    [
        None,
        Reply(500, '{"ResultCode": "0"}'),
        Reply(404, ""),
        Reply(200, ""),
        Reply(200, "[]"),
        Reply(200, "{}"),
        Reply(200, '{"ResultCode": "no"}'),
    ],
)
def test_where_no_answer_comes_the_registered_default_decides(stage: Stage, reply: Reply | None) -> None:
    stage.reply = reply
    stage.register(validated=True, response_type="Cancelled")
    assert pay(stage) == HandPaid("C2B00016")
    assert stage.moved() == []

    stage.register(validated=True, response_type="Completed")
    assert pay(stage).code == "0"
    assert stage.moved() == [("collection", 1000)]


def test_a_purse_without_the_money_does_not_pay_by_hand_either(stage: Stage) -> None:
    stage.register(validated=True)
    stage.world.phones.change(BUYER, {"balance": 999})

    assert pay(stage) == HandPaid("1")
    assert (stage.moved(), stage.asked) == ([], [])


def test_money_that_is_spent_while_the_validator_thinks_does_not_move(stage: Stage) -> None:
    stage.register(validated=True)
    stage.reply = says(ResultCode=0)
    stage.world.phones.change(BUYER, {"balance": 1000})
    payments = stage.world.by_hand
    ask = payments._ask

    def spend_meanwhile(*question: Any) -> Reply:
        stage.world.phones.change(BUYER, {"balance": 0})
        return ask(*question)

    payments._ask = spend_meanwhile

    assert pay(stage) == HandPaid("1")
    assert stage.moved() == []


def test_the_limits_hold_for_payments_by_hand(stage: Stage) -> None:
    stage.register()

    assert pay(stage, amount=250_001).code == "3"
    assert [pay(stage, amount=250_000).code for _ in range(3)] == ["0", "0", "4"]
    assert stage.moved() == [("collection", 250_000)] * 2


def test_payers_with_a_fate_have_it_by_hand_too(stage: Stage) -> None:
    stage.register()
    assert pay(stage, "254711000001").code == "1"
    for serial in (5, 7, 9):
        assert pay(stage, f"254711{serial:06d}").code == "0"
    stage.later(seconds=1)

    assert [json.loads(post.body)["TransAmount"] for post in stage.posts] == ["1000.00"] * 3 + ["1001.00"]
    pay(stage, "254711000006")
    stage.later(minutes=5)
    assert len(stage.posts) == 4
    stage.later(minutes=2)
    assert len(stage.posts) == 5


def test_faults_hold_for_confirmations(stage: Stage) -> None:
    stage.register()
    faults = stage.world.ground.faults
    faults.change({"duplicate_callback": 1, "delay_callback_s": 90})
    pay(stage)
    stage.later(seconds=90)
    assert stage.posts == []
    stage.later(seconds=1)
    assert len(stage.posts) == 2

    faults.change({})
    faults.change({"drop_callback": 1})
    pay(stage)
    stage.later(hours=1)
    assert len(stage.posts) == 2
    assert stage.moved() == [("collection", 1000)] * 2


def test_a_strangers_confirmation_does_not_know_the_secret(stage: Stage) -> None:
    stage.register()
    stage.world.ground.faults.change({"forge": 1})
    paid = pay(stage)
    stage.later(seconds=1)

    forged, real = stage.posts
    assert forged.url.startswith("http://127.0.0.1:8000/cb/c2b-confirmation/")
    assert not forged.url.endswith("/secret")
    assert json.loads(forged.body)["TransID"] != paid.receipt
    assert json.loads(real.body)["TransID"] == paid.receipt
    assert stage.moved() == [("collection", 1000)]


def test_a_prompts_money_may_be_told_of_by_both_roads(stage: Stage) -> None:
    stage.register()
    stage.world.ground.faults.change({"c2b_for_prompts": 1})
    stage.collect(1000)
    stage.push("254711000003")
    stage.later(seconds=1)

    by_prompt, by_hand, refused = stage.posts
    assert "/cb/stk/" in by_prompt.url
    assert stage.receipt() in by_prompt.body
    assert json.loads(by_hand.body)["TransID"] == stage.receipt()
    assert "/cb/stk/" in refused.url
    assert stage.moved() == [("collection", 1000)]


def test_a_prompts_money_is_told_of_once_where_nothing_is_registered(stage: Stage) -> None:
    stage.world.ground.faults.change({"c2b_for_prompts": 1})
    stage.collect(1000)

    assert stage.codes() == [0]
