import pytest

from voicepact.simulator.tests.stage import Stage, items, parameters

PAYER = "254711000{:03d}"


@pytest.mark.parametrize(
    ("serial", "codes"), [(0, [0]), (2, [1037]), (3, [1032]), (4, [2001]), (7, [0, 0, 0]), (10, [0])]
)
def test_a_keyed_payer_answers_by_itself(stage: Stage, serial: int, codes: list[int]) -> None:
    stage.push(PAYER.format(serial), 350)
    stage.later(seconds=1)

    assert stage.codes() == codes
    assert stage.moved() == ([("collection", 350)] if codes[0] == 0 else [])


def test_001_is_told_before_it_is_acknowledged(stage: Stage) -> None:
    pushed = stage.push(PAYER.format(1))

    assert pushed.post_first is not None
    assert '"ResultCode": 1,' in pushed.post_first.body
    stage.later(hours=1)
    assert stage.posts == []
    assert stage.moved() == []


def test_005_pays_and_its_callback_is_lost(stage: Stage) -> None:
    pushed = stage.push(PAYER.format(5))
    stage.later(hours=1)

    assert stage.posts == []
    assert stage.moved() == [("collection", 1000)]
    assert stage.world.express.query(pushed.prompt.checkout_id).code == "0"


def test_006_is_told_six_minutes_late(stage: Stage) -> None:
    pushed = stage.push(PAYER.format(6))
    stage.later(minutes=5)
    assert stage.posts == []
    assert stage.world.express.query(pushed.prompt.checkout_id).code == "0"

    stage.later(minutes=6)

    assert stage.codes() == [0]


def test_008_fails_and_then_pays_after_all(stage: Stage) -> None:
    pushed = stage.push(PAYER.format(8))
    stage.later(seconds=1)
    assert stage.codes() == [1037]
    assert stage.moved() == []
    assert stage.world.express.query(pushed.prompt.checkout_id).code == "1037"

    stage.later(seconds=60)

    assert stage.codes() == [1037, 0]
    assert stage.moved() == [("collection", 1000)]
    assert stage.world.express.query(pushed.prompt.checkout_id).code == "0"


def test_009_moves_the_asked_amount_and_states_another(stage: Stage) -> None:
    stage.push(PAYER.format(9))
    stage.later(seconds=1)

    assert stage.moved() == [("collection", 1000)]
    assert items(stage.last())["Amount"] == 1001


def test_010_loses_its_acknowledgement(stage: Stage) -> None:
    assert stage.push(PAYER.format(10)).acknowledgement_lost


def test_keyed_payers_are_outside_the_limits(stage: Stage) -> None:
    for _ in range(3):
        stage.push(PAYER.format(0), 250_000)
    stage.later(seconds=1)

    assert stage.codes() == [0, 0, 0]


def test_payee_001_is_not_a_customer(stage: Stage) -> None:
    stage.pay_out("o1", PAYER.format(1))
    stage.later(seconds=1)

    assert stage.codes() == [2040]
    assert stage.moved() == []


def test_payee_002_is_paid_and_the_result_is_lost(stage: Stage) -> None:
    stage.collect(1000)
    stage.posts.clear()
    stage.pay_out("o1", PAYER.format(2))
    stage.later(hours=1)

    assert stage.posts == []
    assert stage.moved()[-1] == ("payout", 1000)


def test_payee_005_waits_in_the_queue_and_is_then_paid(stage: Stage) -> None:
    stage.collect(1000)
    stage.posts.clear()
    stage.pay_out("o1", PAYER.format(5))
    stage.later(seconds=1)
    [notice] = stage.posts
    assert notice.url.endswith("/b2c-timeout/o1")
    assert stage.moved() == [("collection", 1000)]

    stage.later(seconds=10)

    assert stage.moved()[-1] == ("payout", 1000)
    assert parameters(stage.last())["TransactionAmount"] == 1000
