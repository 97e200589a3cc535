"""The menus: what each phone finds on them, in its language, and the way back from everywhere."""

import pytest

from contracts import agreements, disputes
from contracts.agreements import PartyDraft
from contracts.models import Contract, Party
from notifications.tests.dialling import Dialled
from payments import escrow
from tests.factories import completed, confirmed, drafted, locked, new_phone

pytestmark = pytest.mark.django_db


def between(*, buyer: str, seller: str, language: str = "en") -> Contract:
    return drafted(
        parties=(
            PartyDraft(role="buyer", phone=buyer, name="Wanjiku", language=language),
            PartyDraft(role="seller", phone=seller, name="Otieno", language=language),
        )
    )


def test_a_stranger_can_sell_and_ask_for_help_and_sees_no_deals():
    drafted()

    screen = Dialled(new_phone()).screen

    assert [line[2:] for line in screen.splitlines()[1:]] == ["Sell", "Kiswahili", "Help", "Exit"]


def test_the_first_page_calls_no_money_locked_of_a_deal_that_is_not_paid():
    contract = confirmed()

    for party in (contract.buyer, contract.seller):
        assert "is locked" not in Dialled(party.phone).screen


def test_one_deal_that_waits_is_agreed_to_with_two_keys():
    contract = drafted()

    dialled = Dialled(contract.seller.phone)

    assert f"1 {contract.pk} agree?" in dialled.screen
    assert dialled.key("1", "1").startswith(f"END {contract.pk}: thank you, you have agreed")


@pytest.mark.parametrize(
    ("state", "role", "words"),
    [
        (drafted, "buyer", "agree?"),
        (drafted, "seller", "agree?"),
        (confirmed, "buyer", "pay"),
        (confirmed, "seller", None),
        (lambda: locked().contract, "seller", "deliver"),
        (lambda: locked().contract, "buyer", None),
        (lambda: completed().contract, "buyer", None),
    ],
)
def test_the_first_page_names_what_waits_for_this_phone_and_nothing_else(state, role, words):
    contract = state()

    screen = Dialled(contract.party(role).phone).screen

    assert (f"1 {contract.pk} {words}" in screen) == bool(words)
    assert (contract.pk in screen) == bool(words)
    assert "My deals" in screen


def test_ones_own_dispute_stands_behind_what_waits_and_before_a_strangers_question():
    phone = new_phone()
    paid = [between_paid(buyer=phone) for _ in range(2)]
    quarrel, calm = paid
    disputes.open_dispute(quarrel.pk, phone=phone, reason="wet", channel="sms")

    assert f"1 {quarrel.pk} problem" in Dialled(phone).screen
    assert calm.pk not in Dialled(phone).screen

    asked = between(buyer=phone, seller=new_phone())
    assert f"1 {quarrel.pk} problem\n2 {asked.pk} agree?" in Dialled(phone).screen

    escrow.deliver(calm.pk, phone=calm.seller.phone, channel="sms")
    assert f"1 {calm.pk} accept?\n2 {quarrel.pk} problem" in Dialled(phone).screen


def between_paid(*, buyer: str) -> Contract:
    people = (PartyDraft(role="buyer", phone=buyer, language="en"), PartyDraft(role="seller", phone=new_phone()))
    return locked(parties=people).contract


def test_a_phone_in_two_roles_sees_each_deal_in_its_own_role():
    one, other, third = new_phone(), new_phone(), new_phone()
    sale, purchase = between(buyer=other, seller=one), between(buyer=one, seller=third)

    dialled = Dialled(one)

    assert "you sell" in dialled.choose(sale.pk)
    dialled.key("00")
    assert "you buy" in dialled.choose(purchase.pk)


def test_twenty_deals_are_all_found_page_by_page_and_those_that_wait_come_first():
    phone = new_phone()
    deals = [between(buyer=new_phone(), seller=phone) for _ in range(20)]
    for contract in deals[:15]:
        agreements.agree(contract.pk, phone=phone, channel="sms")
    dialled = Dialled(phone)
    dialled.choose("My deals")
    pages = [dialled.screen]
    while "98 More" in dialled.screen:
        pages.append(dialled.key("98"))

    listed = [line.split()[1] for page in pages for line in page.splitlines() if "GD-" in line or "AG-" in line]

    assert set(listed) == {contract.pk for contract in deals}
    assert len(listed) == 20
    assert set(listed[:5]) == {contract.pk for contract in deals[15:]}
    assert all(len(page) <= 160 for page in pages)
    last = listed[-1]
    assert last in dialled.choose(last)
    assert dialled.key("0") == pages[-1]


def test_back_leads_to_the_screen_before_and_home_leads_home():
    contract = locked().contract
    dialled = Dialled(contract.seller.phone)
    screens = [dialled.screen, dialled.choose(contract.pk), dialled.choose("Problem")]

    assert dialled.key("0") == screens[1]
    assert dialled.key("0") == screens[0]
    dialled.key("1")
    dialled.choose("Problem")
    assert dialled.key("00") == screens[0]
    assert dialled.key("0").startswith("END Thank you")


def test_what_is_no_choice_shows_the_same_screen_with_a_word():
    contract = drafted()
    dialled = Dialled(contract.buyer.phone)
    shown = dialled.choose(contract.pk)

    answer = dialled.key("7")

    assert answer == shown.replace("CON ", "CON No such choice.\n")


@pytest.mark.parametrize("language", ["en", "sw"])
def test_a_key_that_is_none_on_the_page_of_help_is_answered_with_a_word_and_the_way_back(language, settings):
    settings.DEFAULT_LANGUAGE = language
    dialled = Dialled(new_phone())
    shown = dialled.choose({"en": "Help", "sw": "Msaada"}[language])

    answer = dialled.key("7")

    assert answer.endswith(shown.removeprefix("CON "))
    assert answer.startswith({"en": "CON No such choice.", "sw": "CON Hakuna chaguo hilo."}[language])


def test_the_language_is_changed_with_one_key_and_counts_for_sms_too():
    contract = drafted()
    dialled = Dialled(contract.buyer.phone)

    assert "Mikataba yangu" in dialled.choose("Kiswahili")

    assert Party.objects.get(contract=contract, role="buyer").language == "sw"
    assert Party.objects.get(contract=contract, role="seller").language == "en"
    assert "Mikataba yangu" in Dialled(contract.buyer.phone).screen
    assert "My deals" in dialled.choose("English")


def test_a_strangers_language_is_remembered():
    phone = new_phone()
    Dialled(phone).choose("Kiswahili")

    assert "Uza" in Dialled(phone).screen


def test_each_party_is_spoken_to_in_its_own_language():
    contract = between(buyer=new_phone(), seller=new_phone(), language="sw")

    assert "unakubali?" in Dialled(contract.buyer.phone).screen


def test_another_persons_deal_is_not_shown_though_its_number_has_changed_in_between():
    contract = drafted()
    phone = contract.buyer.phone
    dialled = Dialled(phone)
    dialled.choose(contract.pk)
    Party.objects.filter(contract=contract, role="buyer").update(phone=new_phone())

    answer = dialled.choose("Decline")

    assert "That deal is not under this number." in answer
    assert contract.pk not in answer
    assert Contract.objects.get(pk=contract.pk).status == "pending"


def test_a_seller_who_is_asked_to_cancel_reads_so_first():
    contract = locked().contract
    buyer = Dialled(contract.buyer.phone)
    buyer.choose("My deals", contract.pk, "Cancel")
    assert buyer.choose("Yes").startswith(f"END {contract.pk}: we have asked the seller")

    screen = Dialled(contract.seller.phone).choose(contract.pk)

    assert "the buyer asks to cancel" in screen
    assert "1 Cancel deal" in screen


def test_a_deal_whose_goods_were_accepted_early_asks_the_seller_for_the_word():
    contract = locked().contract
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")

    assert "the buyer has accepted" in Dialled(contract.seller.phone).choose(contract.pk)
