import hashlib
import hmac

import pytest

from voicepact.simulator.refusals import SubscriberBusy
from voicepact.simulator.tests.stage import BUYER, CONFIG, Stage

METADATA = {"contract_id": "AG-2026-000123", "transfer_token": "0123456789abcdef0123456789abcdef"}


def test_a_checkout_rings_on_the_phone_and_pays_into_the_wallet(stage: Stage) -> None:
    rung = stage.checkout(amount=350_000)
    [prompt] = stage.world.phones.read(BUYER).prompts
    assert (prompt.checkout_id, prompt.amount, prompt.status) == (rung.prompt.checkout_id, 350_000, "open")
    assert stage.moved() == []

    stage.approve(rung)
    stage.later(seconds=1)

    movement = stage.world.ground.movements.statement()[-1]
    assert (movement.kind, movement.payer, movement.payee) == ("collection", BUYER, "wallet:escrow")
    assert (movement.amount, movement.reference) == (350_000, rung.prompt.checkout_id)
    purses = stage.world.ground.purses
    assert (purses.read("wallet:escrow").balance, purses.read("174379").balance) == (350_000, 0)


def test_the_notification_has_the_pages_names_and_the_rails_own(stage: Stage) -> None:
    rung = stage.checkout("254711000000", 350_000, metadata=METADATA)
    stage.later(seconds=1)

    [post] = stage.posts
    assert post.url == "http://127.0.0.1:8000/api/v1/payments/webhook"
    assert stage.notices() == [
        {
            "transactionId": rung.prompt.checkout_id,
            "category": "MobileCheckout",
            "provider": "Mpesa",
            "providerChannel": "525900",
            "productName": "escrow",
            "sourceType": "Mpesa",
            "source": "+254711000000",
            "destinationType": "Wallet",
            "destination": "PaymentWallet",
            "value": "KES 350000.00",
            "transactionFee": "KES 0.0000",
            "status": "Success",
            "description": "Payment received from +254711000000",
            "requestMetadata": METADATA,
            "providerMetadata": {},
            "creationTime": "2026-11-23 09:00:00",
            "providerRefId": stage.receipt(),
            "transactionDate": "23.11.2026 12:00:01",
            "phoneNumber": "+254711000000",
            "amount": "KES 350000.00",
        }
    ]


def test_the_notification_is_signed_over_its_raw_body(stage: Stage) -> None:
    stage.checkout("254711000000")
    stage.later(seconds=1)

    [post] = stage.posts
    expected = hmac.new(CONFIG.webhook_secret.encode(), post.body.encode(), hashlib.sha256).hexdigest()
    assert post.headers["X-VoicePact-Signature"] == f"sha256={expected}"
    assert post.headers["Content-Type"] == "application/json"


def test_a_stranger_cannot_sign(stage: Stage) -> None:
    stage.world.ground.faults.change({"forge": 1})
    stage.checkout()
    stage.later(seconds=0)

    [post] = stage.posts
    right = hmac.new(CONFIG.webhook_secret.encode(), post.body.encode(), hashlib.sha256).hexdigest()
    assert stage.notices()[0]["status"] == "Success"
    assert right not in post.headers["X-VoicePact-Signature"]
    assert stage.moved() == []


def test_a_notification_is_repeated_every_minute_until_it_is_heard(stage: Stage) -> None:
    stage.status = 503
    stage.checkout("254711000000")
    stage.later(seconds=1)
    for count in range(2, 6):
        stage.later(minutes=1)
        assert len(stage.posts) == count

    stage.status = 202
    stage.later(minutes=1)
    stage.later(hours=1)

    assert len(stage.posts) == 6
    assert len({post.body for post in stage.posts}) == 1


def test_a_notification_is_given_up_after_six_hours(stage: Stage) -> None:
    stage.status = 404
    stage.checkout("254711000000")
    stage.later(seconds=1)
    for _ in range(6 * 60 + 10):
        stage.later(minutes=1)
    posted = len(stage.posts)

    stage.later(days=1)

    assert posted == len(stage.posts) == 6 * 60 + 1


def test_both_rails_share_the_one_prompt_of_a_phone(stage: Stage) -> None:
    stage.push()
    with pytest.raises(SubscriberBusy):
        stage.checkout()

    with stage.books.transaction() as db:
        assert db.execute("SELECT COUNT(*) FROM wallet_transaction").fetchone()[0] == 0


def test_the_same_amount_too_soon_fails_by_notification(stage: Stage) -> None:
    stage.approve(stage.checkout())
    stage.later(seconds=1)
    stage.checkout()
    stage.later(seconds=1)

    assert [notice["status"] for notice in stage.notices()] == ["Success", "Failed"]
    assert stage.notices()[-1]["description"] == "Rule limited."
    assert stage.moved() == [("collection", 1000)]


@pytest.mark.parametrize(
    ("serial", "statuses"),
    [(0, ["Success"]), (2, ["Failed"]), (3, ["Failed"]), (4, ["Failed"]), (5, []), (7, ["Success"] * 3)],
)
def test_a_keyed_payer_answers_by_itself(stage: Stage, serial: int, statuses: list[str]) -> None:
    stage.checkout(f"254711{serial:06d}")
    stage.later(seconds=1)

    assert [notice["status"] for notice in stage.notices()] == statuses
    assert stage.moved() == ([] if "Failed" in statuses else [("collection", 1000)])


def test_001_is_told_before_it_is_acknowledged(stage: Stage) -> None:
    rung = stage.checkout("254711000001")

    assert rung.post_first is not None
    assert '"status": "Failed"' in rung.post_first.body
    assert "The balance is insufficient for the transaction." in rung.post_first.body


def test_008_fails_and_then_pays_after_all(stage: Stage) -> None:
    rung = stage.checkout("254711000008")
    stage.later(seconds=1)
    stage.later(seconds=60)

    assert [notice["status"] for notice in stage.notices()] == ["Failed", "Success"]
    assert stage.world.wallet.read(rung.prompt.checkout_id).code == "0"
    assert stage.moved() == [("collection", 1000)]


def test_009_moves_the_asked_amount_and_states_another(stage: Stage) -> None:
    stage.checkout("254711000009")
    stage.later(seconds=1)

    [notice] = stage.notices()
    assert (notice["amount"], notice["value"]) == ("KES 1001.00", "KES 1001.00")
    assert stage.moved() == [("collection", 1000)]


def test_010_loses_its_acknowledgement(stage: Stage) -> None:
    assert stage.checkout("254711000010").acknowledgement_lost


def test_a_prompt_that_nobody_answers_fails(stage: Stage) -> None:
    stage.checkout()
    stage.later(seconds=60)

    assert stage.notices()[0]["description"] == "No response from user."
    assert stage.moved() == []


def test_daraja_knows_nothing_of_the_wallet(stage: Stage) -> None:
    stage.checkout("254711000000")
    stage.later(seconds=1)

    assert stage.world.ground.movements.collection(stage.receipt(), payee="174379") is None
    stage.reverse(stage.receipt())
    stage.later(seconds=1)
    assert stage.last()["ResultCode"] == "R000002"
    assert stage.moved() == [("collection", 1000)]
