from django.test import Client

from voicepact.simulator.tests.stage import BUYER, SELLER, Stage


def text_to(stage: Stage, msisdn: str, words: str = "Habari") -> None:
    stage.world.sms.send({"username": "sandbox", "to": f"+{msisdn}", "message": words}, api_key="at key")


def used(http: Client) -> list[str]:
    return [phone["msisdn"] for phone in http.get("/phones").json()["phones"]]


def test_the_phones_in_use_last_come_first_and_who_pays_is_marked(http: Client, stage: Stage) -> None:
    assert used(http) == []
    text_to(stage, "254700000001")
    stage.later(minutes=1)
    text_to(stage, SELLER)
    text_to(stage, BUYER)
    stage.push(BUYER)

    assert used(http) == [BUYER, SELLER, "254700000001"]
    found = {phone["msisdn"]: phone["pays"] for phone in http.get("/phones").json()["phones"]}
    assert found == {BUYER: True, SELLER: False, "254700000001": False}


def test_a_text_or_money_alone_is_use_and_our_own_accounts_are_no_phones(http: Client, stage: Stage) -> None:
    stage.world.phones.text(SELLER, text="YES")
    stage.collect(1000)

    assert set(used(http)) == {"254711000000", SELLER}
