import pytest

from voicepact.simulator.tests.stage import BUYER, Stage, parameters


def collect_from(stage: Stage, msisdn: str = BUYER, amount: int = 1000) -> str:
    """This phone has paid by a prompt; returns the receipt number, with the callbacks so far forgotten."""
    pushed = stage.push(msisdn, amount)
    if pushed.prompt.answer is None and msisdn == BUYER:
        stage.approve(pushed)
    stage.later(seconds=1)
    stage.posts.clear()
    return stage.receipt()


def test_a_reversal_gives_the_payer_the_money_back_and_tells_of_it(stage: Stage) -> None:
    stage.world.phones.change(BUYER, {"balance": 5000})
    original = collect_from(stage)
    reversal = stage.reverse(original)
    stage.later(seconds=1)

    movement = stage.world.ground.movements.statement()[-1]
    assert (movement.kind, movement.payer, movement.payee) == ("reversal", "174379", BUYER)
    assert (movement.amount, movement.reference) == (1000, original)
    assert stage.world.phones.read(BUYER).purse.balance == 5000
    head = stage.last()
    assert (head["ResultCode"], head["ConversationID"]) == ("0", reversal.conversation_id)
    assert (head["OriginatorConversationID"], head["TransactionID"]) == (reversal.originator_id, movement.receipt)
    assert parameters(head) == {
        "DebitAccountBalance": "Utility Account|KES|0.00|0.00|0.00|0.00",
        "Amount": 1000,
        "TransCompletedTime": 20261123120002,
        "OriginalTransactionID": original,
        "Charge": 0,
        "CreditPartyPublicName": f"{BUYER} - SIMULATED CUSTOMER",
        "DebitPartyPublicName": "174379 - SIMULATED PAY BILL",
    }


def test_a_collection_is_reversed_once_however_often_that_is_asked(stage: Stage) -> None:
    original = collect_from(stage)
    stage.reverse(original)
    stage.reverse(original)
    stage.later(seconds=1)
    stage.reverse(original)
    stage.later(days=1)

    assert stage.codes() == ["0", "R000001", "R000001"]
    assert stage.moved() == [("collection", 1000), ("reversal", 1000)]


def test_only_a_collection_of_this_shortcode_can_be_reversed(stage: Stage) -> None:
    collect_from(stage)
    stage.pay_out("payout-1", amount=400)
    stage.later(seconds=1)
    stage.posts.clear()
    for receipt in ("UKN0NEVER0", stage.receipt()):
        stage.reverse(receipt, 400)
    stage.later(seconds=1)

    assert stage.codes() == ["R000002", "R000002"]
    assert "ResultParameters" not in stage.last()
    assert stage.moved() == [("collection", 1000), ("payout", 400)]


@pytest.mark.parametrize("amount", [999, 1001])
def test_a_collection_is_reversed_whole_or_not_at_all(stage: Stage, amount: int) -> None:
    original = collect_from(stage)
    stage.reverse(original, amount)
    stage.later(seconds=1)

    assert stage.codes() == ["R000002"]
    assert stage.moved() == [("collection", 1000)]


def test_what_was_paid_out_cannot_go_back_as_well(stage: Stage) -> None:
    original = collect_from(stage)
    stage.pay_out("payout-1", amount=400)
    stage.later(seconds=1)
    stage.reverse(original)
    stage.later(seconds=1)

    assert stage.codes()[-1] == "1"
    assert stage.moved() == [("collection", 1000), ("payout", 400)]


def test_a_wrong_credential_is_a_result_and_moves_nothing(stage: Stage) -> None:
    stage.reverse(collect_from(stage), authorised=False)
    stage.later(seconds=1)

    assert stage.codes() == ["2001"]
    assert stage.moved() == [("collection", 1000)]


def test_money_that_came_back_does_not_count_towards_what_a_phone_may_receive(stage: Stage) -> None:
    for amount in (250_000, 249_000):
        stage.reverse(collect_from(stage, amount=amount), amount)
        stage.later(seconds=1)
    stage.world.phones.change(BUYER, {"balance": 0})
    stage.collect(2000)
    stage.pay_out("payout-1", BUYER, 2000)
    stage.later(seconds=1)

    assert stage.codes()[-1] == 0


def test_a_reversal_to_payee_005_waits_in_the_queue_and_is_then_done(stage: Stage) -> None:
    stage.reverse(collect_from(stage, "254711000005"))
    stage.later(seconds=1)
    assert [post.url.split("/")[4] for post in stage.posts] == ["reversal-timeout"]
    assert stage.moved() == [("collection", 1000)]

    stage.later(seconds=10)

    assert stage.last()["ResultCode"] == "0"
    assert stage.moved() == [("collection", 1000), ("reversal", 1000)]
