import pytest

from voicepact.simulator.refusals import Refused
from voicepact.simulator.tests.stage import BUYER, SELLER, Stage, parameters


@pytest.fixture
def question(credential: str) -> dict[str, object]:
    return {
        "Initiator": "testapi",
        "SecurityCredential": credential,
        "CommandID": "TransactionStatusQuery",
        "PartyA": "174379",
        "IdentifierType": "4",
        "ResultURL": "http://127.0.0.1:8000/cb/status/1",
        "QueueTimeOutURL": "http://127.0.0.1:8000/cb/status-timeout/1",
        "Remarks": "How does it stand?",
        "Occasion": "",
    }


def ask(stage: Stage, question: dict[str, object], **about: str) -> None:
    stage.world.inquiries.ask_status(question | about)
    stage.later(seconds=1)


def test_a_payout_is_found_by_either_id_and_by_receipt(stage: Stage, question: dict[str, object]) -> None:
    stage.collect(1000)
    payout = stage.pay_out("payout-1")
    stage.later(seconds=1)
    receipt = stage.world.ground.movements.statement()[-1].receipt

    for about in (
        {"OriginalConversationID": "payout-1"},
        {"OriginalConversationID": payout.conversation_id},
        {"TransactionID": receipt},
    ):
        ask(stage, question, **about)
        told = parameters(stage.last())
        assert (told["TransactionStatus"], told["ReceiptNo"], told["Amount"]) == ("Completed", receipt, "1000.00")
        assert told["OriginatorConversationID"] == "payout-1"
        assert told["CreditPartyName"].startswith(SELLER)


def test_a_payout_that_was_refused_is_declined(stage: Stage, question: dict[str, object]) -> None:
    stage.pay_out("payout-1")
    stage.later(seconds=1)
    ask(stage, question, OriginalConversationID="payout-1")

    assert parameters(stage.last())["TransactionStatus"] == "Declined"
    assert parameters(stage.last())["ReceiptNo"] is None


def test_a_payout_that_waits_is_initiated(stage: Stage, question: dict[str, object]) -> None:
    stage.collect(1000)
    stage.pay_out("payout-1", "254711000005")
    ask(stage, question, OriginalConversationID="payout-1")

    assert parameters(stage.last())["TransactionStatus"] == "Initiated"


def test_a_collection_is_found_by_receipt(stage: Stage, question: dict[str, object]) -> None:
    stage.collect(1000)
    receipt = stage.world.ground.movements.statement()[0].receipt
    ask(stage, question, TransactionID=receipt)

    told = parameters(stage.last())
    assert (told["TransactionStatus"], told["Amount"], told["ReceiptNo"]) == ("Completed", "1000.00", receipt)
    assert "CreditPartyName" in told


def test_a_payment_by_hand_is_found_by_receipt_and_names_its_payer(stage: Stage, question: dict[str, object]) -> None:
    stage.register()
    paid = stage.world.by_hand.pay(BUYER, 1000, reference="A7F5C3D8E9B2")
    ask(stage, question, TransactionID=paid.receipt)

    told = parameters(stage.last())
    assert (told["TransactionStatus"], told["Amount"], told["ReceiptNo"]) == ("Completed", "1000.00", paid.receipt)
    assert told["DebitPartyName"].startswith(f"{BUYER} - ")
    assert told["CreditPartyName"].startswith("174379 - ")


def test_an_unknown_transaction_is_a_result_of_its_own(stage: Stage, question: dict[str, object]) -> None:
    ask(stage, question, OriginalConversationID="never sent")

    assert stage.codes() == ["R000002"]


def test_a_wrong_credential_is_told_by_result(stage: Stage, question: dict[str, object]) -> None:
    ask(stage, question | {"SecurityCredential": "AAAA"}, OriginalConversationID="payout-1")

    assert stage.codes() == [2001]


def test_a_question_about_nothing_is_refused(stage: Stage, question: dict[str, object]) -> None:
    with pytest.raises(Refused, match="Invalid TransactionID"):
        ask(stage, question)


def test_the_balance_names_every_account(stage: Stage, question: dict[str, object]) -> None:
    stage.collect(1000)
    stage.world.inquiries.ask_balance(question | {"CommandID": "AccountBalance"})
    stage.later(seconds=1)

    head = stage.last()
    assert (head["ResultType"], head["ResultCode"]) == ("0", "0")
    accounts = parameters(head)["AccountBalance"].split("&")
    assert "Utility Account|KES|1000.00|1000.00|0.00|0.00" in accounts
    assert len(accounts) == 5


def test_a_reversal_is_found_by_either_id_and_by_receipt(stage: Stage, question: dict[str, object]) -> None:
    stage.collect(1000)
    reversal = stage.reverse(stage.receipt())
    stage.later(seconds=1)

    for about in (
        {"OriginalConversationID": reversal.conversation_id},
        {"OriginalConversationID": reversal.originator_id},
        {"TransactionID": stage.receipt()},
    ):
        ask(stage, question, **about)
        told = parameters(stage.last())
        assert (told["TransactionStatus"], told["Amount"]) == ("Completed", "1000.00")
        assert (told["ReceiptNo"], told["ConversationID"]) == (stage.receipt(), reversal.conversation_id)
        assert told["CreditPartyName"].startswith("254711000000 - ")


def test_a_reversal_that_was_refused_is_declined(stage: Stage, question: dict[str, object]) -> None:
    reversal = stage.reverse("UKN0NEVER0")
    stage.later(seconds=1)
    ask(stage, question, OriginalConversationID=reversal.conversation_id)

    told = parameters(stage.last())
    assert (told["TransactionStatus"], told["ReceiptNo"], told["CreditPartyName"]) == ("Declined", None, None)


def test_a_collection_that_was_reversed_stays_completed(stage: Stage, question: dict[str, object]) -> None:
    stage.collect(1000)
    receipt = stage.receipt()
    stage.reverse(receipt)
    stage.later(seconds=1)
    ask(stage, question, TransactionID=receipt)

    assert parameters(stage.last())["TransactionStatus"] == "Completed"
