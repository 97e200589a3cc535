from voicepact.simulator.disbursements import Disbursement
from voicepact.simulator.tests.stage import SELLER, Stage
from voicepact.simulator.wallet import WalletTransaction


def fill(stage: Stage, amount: int = 5000) -> None:
    """The wallet holds so much, and what was told so far is forgotten."""
    stage.checkout("254711000000", amount)
    stage.later(seconds=1)
    stage.posts.clear()


def disburse(stage: Stage, msisdn: str = SELLER, amount: int = 1000) -> WalletTransaction:
    [entry] = stage.world.disbursements.request(
        [Disbursement(number=f"+{msisdn}", amount=amount, metadata={"transfer_token": "t"})]
    )
    assert entry.transaction is not None
    return entry.transaction


def test_a_payout_leaves_the_wallet_and_is_told_of(stage: Stage) -> None:
    fill(stage)
    queued = disburse(stage)
    assert stage.world.wallet.read(queued.id).code == ""
    stage.later(seconds=1)

    movement = stage.world.ground.movements.statement()[-1]
    assert (movement.kind, movement.payer, movement.payee) == ("payout", "wallet:escrow", SELLER)
    assert (movement.amount, movement.reference) == (1000, queued.id)
    assert stage.world.phones.read(SELLER).purse.balance == 1000
    [notice] = stage.notices()
    assert (notice["transactionId"], notice["category"], notice["status"]) == (queued.id, "MobileB2C", "Success")
    assert (notice["phoneNumber"], notice["amount"]) == (f"+{SELLER}", "KES 1000.00")
    assert (notice["sourceType"], notice["destination"]) == ("Wallet", f"+{SELLER}")
    assert (notice["providerRefId"], notice["requestMetadata"]) == (movement.receipt, {"transfer_token": "t"})


def test_the_wallet_pays_only_what_it_holds(stage: Stage) -> None:
    stage.collect(5000)  # the shortcode's money is not the wallet's
    fill(stage, 999)
    disburse(stage)
    stage.later(seconds=1)

    assert [notice["status"] for notice in stage.notices()] == ["Failed"]
    assert "payout" not in [kind for kind, _ in stage.moved()]


def test_the_shortcode_pays_nothing_from_the_wallet(stage: Stage) -> None:
    fill(stage)
    stage.pay_out("payout-1")
    stage.later(seconds=1)

    assert stage.last()["ResultCode"] == 1
    assert stage.moved() == [("collection", 5000)]


def test_two_requests_are_two_payouts(stage: Stage) -> None:
    fill(stage)
    disburse(stage)
    disburse(stage)
    stage.later(seconds=1)

    assert stage.moved().count(("payout", 1000)) == 2


def test_keyed_payees_have_their_fate_on_this_rail_too(stage: Stage) -> None:
    fill(stage)
    refused, unheard = disburse(stage, "254711000001"), disburse(stage, "254711000002")
    stage.later(hours=1)

    [notice] = stage.notices()
    assert (notice["transactionId"], notice["status"]) == (refused.id, "Failed")
    assert stage.world.wallet.read(unheard.id).code == "0"
    assert stage.moved()[1:] == [("payout", 1000)]


def test_a_full_purse_is_not_paid(stage: Stage) -> None:
    fill(stage)
    stage.world.phones.change(SELLER, {"balance": 499_001})
    disburse(stage)
    stage.later(seconds=1)

    assert stage.notices()[0]["description"] == "Declined due to limit rule: would exceed the maximum balance."
