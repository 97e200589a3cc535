import json

import pytest

from voicepact.simulator.outcomes import Answer
from voicepact.simulator.refusals import Refused
from voicepact.simulator.tests.stage import BUYER, SELLER, Stage, items


def test_an_approved_prompt_moves_the_money_and_tells_of_it_after_the_delay(stage: Stage) -> None:
    pushed = stage.push(amount=250_000)
    stage.approve(pushed)
    assert stage.world.express.query(pushed.prompt.checkout_id).code == "4999"
    assert stage.moved() == []

    stage.later(seconds=1)

    [movement] = stage.world.ground.movements.statement()
    assert (movement.payer, movement.payee, movement.amount) == (BUYER, "174379", 250_000)
    assert movement.reference == "A7F5C3D8E9B2"
    head = stage.last()
    assert head["ResultCode"] == 0
    assert head["CheckoutRequestID"] == pushed.prompt.checkout_id
    assert items(head) == {
        "Amount": 250_000,
        "MpesaReceiptNumber": movement.receipt,
        "Balance": None,
        "TransactionDate": 20261123120001,
        "PhoneNumber": int(BUYER),
    }
    assert stage.world.express.query(pushed.prompt.checkout_id).code == "0"


def test_the_callback_has_the_real_ones_shape_to_the_letter(stage: Stage) -> None:
    stage.approve(stage.push(amount=125_000))
    stage.later(seconds=1)

    post = stage.posts[-1]
    assert post.headers == {"Content-Type": "application/json;charset=UTF-8", "Businessshortcode": "174379"}
    assert '{"Name": "Amount", "Value": 125000.00}' in post.body
    assert '{"Name": "Balance"}' in post.body


@pytest.mark.parametrize(
    ("action", "code", "status"),
    [
        (Answer.CANCEL, "1032", "cancelled"),
        (Answer.WRONG_PIN, "2001", "wrong_pin"),
        (Answer.IGNORE, "1037", "ignored"),
    ],
)
def test_a_refused_prompt_moves_nothing(stage: Stage, action: Answer, code: str, status: str) -> None:
    pushed = stage.push()
    stage.answer(pushed, action)
    stage.later(seconds=1)

    assert stage.codes() == [int(code)]
    assert "CallbackMetadata" not in stage.last()
    assert stage.moved() == []
    assert stage.world.express.query(pushed.prompt.checkout_id).code == code
    assert stage.world.phones.read(BUYER).prompts[0].status == status


def test_a_prompt_that_nobody_answers_expires_after_a_minute(stage: Stage) -> None:
    pushed = stage.push()
    stage.later(seconds=59)
    assert stage.posts == []

    stage.later(seconds=1)

    assert stage.codes() == [1037]
    assert stage.last()["ResultDesc"] == "No response from user."
    assert stage.world.express.query(pushed.prompt.checkout_id).words == "DS timeout user cannot be reached."
    assert stage.moved() == []


def test_an_answered_prompt_does_not_expire(stage: Stage) -> None:
    pushed = stage.push()
    stage.approve(pushed)
    stage.later(hours=1)

    assert stage.codes() == [0]


def test_a_phone_has_one_open_prompt(stage: Stage) -> None:
    first = stage.push(amount=100)
    with pytest.raises(Refused, match="Unable to lock subscriber"):
        stage.push(amount=200)
    stage.push(SELLER, amount=200)

    stage.answer(first, Answer.CANCEL)
    stage.later(seconds=1)
    stage.push(amount=200)

    assert [prompt.amount for prompt in stage.world.phones.read(BUYER).prompts] == [100, 200]


def test_the_same_amount_within_two_minutes_is_refused_by_rule_17(stage: Stage) -> None:
    stage.answer(stage.push(amount=1000), Answer.CANCEL)
    stage.later(seconds=60)
    stage.push(amount=1000)
    stage.later(seconds=1)
    assert stage.codes() == [1032, 17]
    assert len(stage.world.phones.read(BUYER).prompts) == 1

    stage.later(seconds=59)
    stage.approve(stage.push(amount=1000))
    stage.later(seconds=1)

    assert stage.codes() == [1032, 17, 0]


def test_unequal_amounts_may_follow_each_other_at_once(stage: Stage) -> None:
    for amount in (250_000, 100_000):
        stage.approve(stage.push(amount=amount))
        stage.later(seconds=1)

    assert stage.moved() == [("collection", 250_000), ("collection", 100_000)]


def test_no_phone_sends_more_than_half_a_million_a_day(stage: Stage) -> None:
    for amount in (250_000, 200_000, 50_001):
        stage.approve(stage.push(amount=amount))
        stage.later(seconds=1)
    assert stage.codes() == [0, 0, 4]

    stage.later(hours=12)  # past midnight in Nairobi
    stage.approve(stage.push(amount=50_001))
    stage.later(seconds=1)

    assert stage.codes()[-1] == 0


def test_a_purse_that_was_set_pays_what_it_holds_and_no_more(stage: Stage) -> None:
    stage.world.phones.change(BUYER, {"balance": 1500})
    for amount in (1000, 501, 500):
        stage.approve(stage.push(amount=amount))
        stage.later(seconds=1)

    assert stage.codes() == [0, 1, 0]
    assert stage.world.phones.read(BUYER).purse.balance == 0


def test_a_query_about_an_unknown_prompt_is_refused(stage: Stage) -> None:
    with pytest.raises(Refused, match="The transaction does not Exist"):
        stage.world.express.query("ws_CO_0")


def test_what_is_still_to_happen_outlives_the_process(stage: Stage) -> None:
    pushed = stage.push()
    with stage.books.transaction() as db:
        rows = db.execute("SELECT kind, subject FROM job").fetchall()

    assert [tuple(row) for row in rows] == [("expire_prompt", pushed.prompt.checkout_id)]


def test_ids_are_unique_in_a_crowded_second(stage: Stage) -> None:
    ids = {stage.push("254711000000", amount).prompt.checkout_id for amount in range(1, 1500)}

    assert len(ids) == 1499


def test_the_callback_is_json_of_numbers_not_of_text(stage: Stage) -> None:
    stage.approve(stage.push())
    stage.later(seconds=1)

    codes = json.loads(stage.posts[0].body)["Body"]["stkCallback"]
    assert codes["ResultCode"] == 0
    assert isinstance(codes["ResultCode"], int)
