from concurrent.futures import ThreadPoolExecutor

import pytest

from voicepact.simulator.refusals import Refused
from voicepact.simulator.tests.stage import SELLER, Stage, parameters


def test_a_payout_moves_money_and_tells_of_it(stage: Stage) -> None:
    stage.collect(1000)
    payout = stage.pay_out("payout-1", amount=600)
    stage.later(seconds=1)

    movement = stage.world.ground.movements.statement()[-1]
    assert (movement.kind, movement.payer, movement.payee) == ("payout", "174379", SELLER)
    assert (movement.amount, movement.reference) == (600, "payout-1")
    head = stage.last()
    assert (head["ResultCode"], head["OriginatorConversationID"]) == (0, "payout-1")
    assert (head["ConversationID"], head["TransactionID"]) == (payout.conversation_id, movement.receipt)
    told = parameters(head)
    assert (told["TransactionAmount"], told["B2CUtilityAccountAvailableFunds"]) == (600, 400)
    assert told["TransactionCompletedDateTime"] == "23.11.2026 12:00:02"
    assert stage.world.phones.read(SELLER).purse.balance == 600


def test_the_same_originator_id_pays_once_for_ever(stage: Stage) -> None:
    stage.collect(5000)
    stage.pay_out("payout-1")
    with pytest.raises(Refused, match="Duplicate OriginatorConversationID"):
        stage.pay_out("payout-1")
    stage.later(days=2)
    with pytest.raises(Refused, match="Duplicate OriginatorConversationID"):
        stage.pay_out("payout-1")

    assert stage.moved().count(("payout", 1000)) == 1


def test_the_utility_account_pays_only_what_it_holds(stage: Stage) -> None:
    stage.collect(999)
    stage.pay_out("payout-1", amount=1000)
    stage.later(seconds=1)

    assert stage.codes()[-1] == 1
    assert "ResultParameters" not in stage.last()
    assert ("payout", 1000) not in stage.moved()


def test_a_wrong_credential_is_a_result_and_moves_nothing(stage: Stage) -> None:
    stage.collect(1000)
    stage.pay_out("payout-1", authorised=False)
    stage.later(seconds=1)

    assert stage.codes()[-1] == 2001
    assert stage.moved() == [("collection", 1000)]


@pytest.mark.parametrize(("standing", "code"), [("unregistered", 2040), ("unknown", "SFC_IC0003")])
def test_a_number_that_cannot_be_paid_is_named_so(stage: Stage, standing: str, code: int | str) -> None:
    stage.collect(1000)
    stage.world.phones.change(SELLER, {"standing": standing})
    stage.pay_out("payout-1")
    stage.later(seconds=1)

    assert stage.codes()[-1] == code
    assert stage.moved() == [("collection", 1000)]


def test_no_purse_holds_more_than_half_a_million(stage: Stage) -> None:
    stage.collect(250_000)
    stage.world.phones.change(SELLER, {"balance": 400_000})
    stage.pay_out("payout-1", amount=100_001)
    stage.pay_out("payout-2", amount=100_000)
    stage.later(seconds=1)

    assert stage.codes()[-2:] == [8, 0]


def test_no_phone_receives_more_than_half_a_million_a_day(stage: Stage) -> None:
    for _ in range(3):
        stage.collect(250_000)
    for serial in range(3):
        stage.pay_out(f"payout-{serial}", amount=200_000)
        stage.later(seconds=1)
        stage.world.phones.change(SELLER, {"balance": 0})
    assert stage.codes()[-3:] == [0, 0, 4]

    stage.later(hours=12)
    stage.pay_out("payout-3", amount=200_000)
    stage.later(seconds=1)

    assert stage.codes()[-1] == 0


def test_tariffs_are_movements_of_their_own_where_they_are_charged(costly_stage: Stage) -> None:
    costly_stage.pay_out("payout-1", amount=2000)
    costly_stage.later(seconds=1)

    assert costly_stage.moved() == [("payout", 2000), ("fee", 9)]
    fee = costly_stage.world.ground.movements.statement()[-1]
    assert (fee.payer, fee.payee, fee.reference) == ("174379", "safaricom", "payout-1")
    assert parameters(costly_stage.last())["B2CChargesPaidAccountAvailableFunds"] == -9
    assert parameters(costly_stage.last())["B2CUtilityAccountAvailableFunds"] == 498_000


def test_no_tariff_is_charged_otherwise(stage: Stage) -> None:
    stage.collect(2000)
    stage.pay_out("payout-1", amount=2000)
    stage.later(seconds=1)

    assert stage.moved() == [("collection", 2000), ("payout", 2000)]


def test_fifty_requests_at_once_under_one_id_are_one_payout(stage: Stage) -> None:
    stage.collect(100_000)

    def accepted(_: int) -> bool:
        try:
            stage.pay_out("payout-1")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(accepted, range(50)))
    stage.later(seconds=1)

    assert answers.count(True) == 1
    assert stage.moved() == [("collection", 100_000), ("payout", 1000)]
