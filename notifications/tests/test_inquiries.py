"""What a party learns who asks, in its own language: is the money there, what has happened, what can be done now."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts import contact
from contracts.agreements import PartyDraft
from contracts.models import Contract, Dispute, Party
from notifications import optouts, replies, resending
from notifications.gsm import ALPHABET, ONE_SMS, TWO_SMS
from notifications.models import InboundMessage, Message
from notifications.tests.dialling import Dialled
from notifications.tests.people import announced, answer_to, messages_to, new_id, say, send, standing, text_of
from payments import escrow, proof
from payments.models import Payment, Proposal
from payments.settlement import settle
from payments.tests.desk import agreed as decided
from payments.timers import work_deadlines
from tests.factories import (
    checked_out,
    completed,
    confirmed,
    drafted,
    fund,
    locked,
    new_phone,
    open_transfer,
    pay_out,
    prompted,
    succeeded,
)
from voicepact.kernel.clock import now

pytestmark = pytest.mark.django_db
SMALL = Decimal(1_000)


def people(language: str) -> tuple[PartyDraft, ...]:
    return tuple(PartyDraft(role=role, phone=new_phone(), language=language) for role in ("buyer", "seller"))


def asked(contract: Contract, role: str, text: str = "HALI {deal}") -> str:
    """The answer to a question of the party, which has changed nothing."""
    announced(contract)
    before = standing(contract)
    answer = answer_to(contract.party(role).phone, text.format(deal=contract.pk))
    assert standing(contract) == before
    return answer


def checking(**terms: object) -> Payment:
    payment = prompted(**terms)
    transfer = open_transfer(payment)
    settle(transfer.pk, succeeded(transfer))
    return payment


# --- is the money there? ----------------------------------------------------------------------------------------------


def test_a_fake_m_pesa_message_does_not_get_our_word():
    """The seller shows, or believes, an SMS that M-Pesa never sent; we say what is so, and who has to act."""
    contract = confirmed(parties=people("en"))
    fake = f"UKN7A1B2C3 Confirmed. Ksh350,000.00 sent to VoicePact for account {contract.payment_reference}."
    announced(contract)
    before = standing(contract)

    for phone in (contract.buyer.phone, contract.seller.phone):
        assert say(phone, fake).needs_staff
        assert say(phone, f"{fake} LOCKED {contract.pk}").needs_staff
    answer = asked(contract, "seller", "STATUS-{deal}")

    assert answer.startswith(f"VoicePact {contract.pk}: NOT LOCKED, KES 350,000.")
    assert answer.endswith("The buyer has not paid. Do not deliver.")
    assert standing(contract) == before
    locked_now = fund(checked_out(amount=SMALL, parties=people("en"))).contract
    assert asked(locked_now, "seller").startswith(f"VoicePact {locked_now.pk}: LOCKED, KES 1,000.")


def test_the_code_in_the_answer_proves_that_it_is_ours_and_stays_good():
    contract = locked(amount=SMALL).contract

    (code,) = re.findall(r"Check code ([0-9A-F]{8})\.", asked(contract, "seller"))

    assert proof.given_with(contract.pk, code) is not None
    say(contract.seller.phone, f"DELIVERED-{contract.pk}")
    assert proof.given_with(contract.pk, code) is not None


def _said(text: str, role: str, **terms: object) -> Contract:
    contract = locked(**terms).contract
    say(contract.party(role).phone, text.format(deal=contract.pk))
    return contract


def _declined(**terms: object) -> Contract:
    contract = drafted(**terms)
    say(contract.buyer.phone, f"NO-{contract.pk}")
    return contract


MADE = {
    "pending": drafted,
    "confirmed": confirmed,
    "checking": lambda **terms: checking(**terms).contract,
    "locked": lambda **terms: locked(**terms).contract,
    "delivered": lambda **terms: _said("DELIVERED-{deal}", "seller", **terms),
    "disputed": lambda **terms: _said("DISPUTE-{deal} nusu", "buyer", **terms),
    "paying": lambda **terms: completed(**terms).contract,
    "paid": lambda **terms: pay_out(completed(**terms)).contract,
    "returning": lambda **terms: _said("CANCEL-{deal}", "seller", **terms),
    "off": _declined,
}
WHAT_IS_NEXT = [
    ("pending", "en", "NOT LOCKED", "If you agree reply YES-", "If you agree reply YES-"),
    ("confirmed", "en", "NOT LOCKED", "or Pay Bill 174379, account ", "The buyer has not paid. Do not deliver."),
    ("checking", "en", "NOT LOCKED", "Do not pay again", "Do not deliver yet"),
    ("locked", "en", "LOCKED", "All there? Reply ACCEPT-", "Deliver now, then reply DELIVERED-"),
    ("delivered", "en", "LOCKED", "All there? Reply ACCEPT-", "The buyer has to accept"),
    ("disputed", "en", "LOCKED", "A dispute is open", "A dispute is open"),
    ("paying", "en", "NOT LOCKED", "on its way to the seller", "on its way to the seller"),
    ("paid", "en", "NOT LOCKED", "It was paid to the seller", "It was paid to the seller"),
    ("returning", "en", "NOT LOCKED", "on its way to your M-Pesa", "on its way to the buyer"),
    ("off", "en", "NOT LOCKED", "No money came in", "No money came in"),
    ("pending", "sw", "HAIJAFUNGWA", "Ukikubali jibu NDIYO-", "Ukikubali jibu NDIYO-"),
    ("confirmed", "sw", "HAIJAFUNGWA", "Kulipa jibu LIPA-", "Mnunuzi hajalipa. Usipeleke mzigo."),
    ("locked", "sw", "IMEFUNGWA", "Ukifika wote jibu NIMEPOKEA-", "Peleka mzigo sasa, kisha jibu NIMELETA-"),
    ("delivered", "sw", "IMEFUNGWA", "Mzigo upo? Jibu NIMEPOKEA-", "Mnunuzi akikubali mzigo, unalipwa"),
    ("returning", "sw", "HAIJAFUNGWA", "Pesa inarudi kwa M-Pesa yako", "Pesa inarudi kwa mnunuzi"),
]


@pytest.mark.parametrize(("state", "language", "said", "to_buyer", "to_seller"), WHAT_IS_NEXT)
def test_whoever_asks_reads_whether_the_money_is_locked_and_who_must_do_what(
    state, language, said, to_buyer, to_seller
):
    contract = MADE[state](amount=SMALL, parties=people(language))

    for role, expected in (("buyer", to_buyer), ("seller", to_seller)):
        answer = asked(contract, role)
        assert answer.startswith(f"VoicePact {contract.pk}: {said}, KES 1,000. ")
        assert expected in answer
        assert len(answer) <= ONE_SMS
        assert set(answer) <= ALPHABET


@pytest.mark.parametrize(
    ("language", "to_buyer", "to_seller"),
    [
        ("en", "KES 400 {} back to your M-Pesa, the rest ", "KES 400 {} back to the buyer, the rest "),
        ("sw", "KES 400 {} kwa M-Pesa yako, zilizobaki ", "KES 400 {} kwa mnunuzi, zilizobaki "),
    ],
)
def test_of_money_that_is_split_nobody_reads_that_the_seller_gets_all(language, to_buyer, to_seller):
    contract = _said("DISPUTE-{deal} nusu", "buyer", amount=SMALL, parties=people(language))
    dispute = Dispute.objects.get(contract=contract)
    decided(Proposal.Kind.DECISION, dispute, details={"seller_amount": 600, "buyer_amount": 400})
    now_and_then = {"en": ("goes", "went"), "sw": ("zinarudi", "zilirudi")}[language]

    for word in now_and_then:
        for role, expected in (("buyer", to_buyer), ("seller", to_seller)):
            answer = asked(contract, role)
            assert expected.format(word) in answer
            assert len(answer) <= ONE_SMS
        pay_out(contract.payments.get())


def test_who_has_agreed_reads_that_the_other_side_has_to():
    contract = drafted()
    say(contract.seller.phone, f"YES-{contract.pk}")

    assert "Now the other side has to agree" in asked(contract, "seller")
    assert "If you agree reply YES-" in asked(contract, "buyer")


def test_the_only_open_deal_needs_no_id_and_of_several_the_exact_replies_are_told():
    buyer = PartyDraft(role=Party.Role.BUYER, phone=new_phone())
    first = drafted(parties=(buyer, PartyDraft(role=Party.Role.SELLER, phone=new_phone())))
    assert f"VoicePact {first.pk}: NOT LOCKED" in asked(first, "buyer", "hali")

    second = drafted(parties=(buyer, PartyDraft(role=Party.Role.SELLER, phone=new_phone())))
    announced(second)

    assert asked(first, "buyer", "Hali?").endswith(f"HALI-{second.pk} or HALI-{first.pk}")


def test_an_id_that_is_not_whole_is_never_answered_for_another_deal():
    contract = locked(amount=SMALL).contract
    assert "LOCKED" not in asked(contract, "buyer", "HALI AG-2026-00012")
    assert asked(contract, "buyer", "HALI 000123").endswith(f"HALI-{contract.pk}")


def test_after_the_last_deal_a_bare_question_is_about_that_one():
    contract = pay_out(completed(amount=SMALL)).contract
    assert "It was paid to the seller" in asked(contract, "seller", "STATUS")


def test_nobody_is_told_to_pay_a_deal_whose_day_has_passed(later):
    contract = confirmed(parties=people("en"), delivery_deadline=now() + timedelta(hours=1))
    assert f"PAY-{contract.pk}" in asked(contract, "buyer", "HELP")
    later(hours=2)

    assert asked(contract, "buyer").endswith("The day of delivery has passed: it cannot be paid any more.")
    assert asked(contract, "seller").endswith("Do not deliver.")
    assert "PAY-" not in asked(contract, "buyer", "HELP")
    assert "none of your deals waits for PAY" in asked(contract, "buyer", "PAY")


def test_while_people_check_what_the_rail_says_nobody_is_told_to_pay_or_that_nothing_came(later):
    payment = prompted(amount=SMALL)
    contract, prompt = payment.contract, open_transfer(payment)
    settle(prompt.pk, succeeded(prompt, amount=SMALL - 1))
    phone = contract.buyer.phone
    announced(contract)

    assert "Do not pay again" in asked(contract, "buyer")
    assert "Do not pay again" in answer_to(phone, f"PAY-{contract.pk}")
    assert "NOT LOCKED yet" in Dialled(phone, text="1*1").screen
    assert payment.transfers.count() == 1

    later(days=4)
    work_deadlines()
    assert Contract.objects.get(pk=contract.pk).status == "expired"
    assert "We are still checking a payment" in text_of(contract, "buyer", "expired")
    assert "No money came in" not in asked(contract, "buyer")


def test_who_has_accepted_is_not_told_how_to():
    contract = locked(amount=SMALL).contract
    assert asked(contract, "buyer").endswith(f"Reply ACCEPT-{contract.pk}.")
    escrow.accept(contract.pk, phone=contract.buyer.phone, channel="sms")
    assert asked(contract, "buyer").endswith("The seller has to deliver.")


def test_an_agreed_payer_is_told_too():
    parties = (*people("en"), PartyDraft(role=Party.Role.PAYER, phone=new_phone()))
    contract = locked(amount=SMALL, parties=parties).contract
    assert asked(contract, "payer").endswith("The seller has to deliver.")


# --- what has happened so far -----------------------------------------------------------------------------------------


def test_the_statement_tells_what_happened_with_sums_and_times(later):
    payment = locked(amount=SMALL)
    contract = payment.contract
    say(contract.seller.phone, f"DELIVERED-{contract.pk}")
    say(contract.buyer.phone, f"ACCEPT-{contract.pk}")
    pay_out(payment)

    lines = asked(contract, "seller", "STATEMENT {deal}").splitlines()

    moments = [re.sub(r"\d+ \w{3} \d\d:\d\d", "@", line) for line in lines]
    assert moments == [
        f"VoicePact {contract.pk}, KES 1,000:",
        "Agreed @",
        "Paid in KES 1,000 @",
        "Delivered @",
        "Accepted @",
        "To the seller KES 1,000 @",
    ]


def test_the_statement_of_what_went_back_is_as_plain_and_two_sms_at_most():
    payment = locked(amount=Decimal(350_000), parties=people("sw"))
    contract = payment.contract
    say(contract.buyer.phone, f"MGOGORO-{contract.pk} nusu haipo")
    say(contract.seller.phone, f"GHAIRI-{contract.pk}")
    while payment.transfers.open().exists():
        pay_out(payment)

    said = asked(contract, "buyer", "taarifa {deal}")

    assert "Ililipwa KES 350,000 " in said
    assert "Mgogoro " in said
    assert "Zilirudishwa KES 350,000 " in said
    assert len(said) <= TWO_SMS


def test_a_deal_in_which_nothing_has_happened_says_so():
    contract = drafted()
    assert asked(contract, "buyer", "TAARIFA").endswith("Not agreed yet\nNothing paid")


# --- what the phone asks for besides ----------------------------------------------------------------------------------


def test_help_names_the_replies_that_make_sense_now():
    contract = locked(amount=SMALL, parties=people("sw")).contract

    answer = asked(contract, "buyer", "msaada")

    assert f"NIMEPOKEA-{contract.pk}, MGOGORO-{contract.pk}, GHAIRI-{contract.pk}" in answer
    assert "ONDOA" not in answer


@pytest.mark.parametrize("word", ["HELP", "DELIVERED"])
def test_a_seller_of_many_deals_is_answered_by_no_more_queries_than_one_of_a_few(word: str) -> None:
    def queries(deals: int) -> int:
        buyer, seller = people("en")
        for _ in range(deals):
            locked(amount=SMALL, parties=(replace(buyer, phone=new_phone()), seller))
        heard = InboundMessage.objects.create(message_id=new_id(), phone=seller.phone, text=word)
        with CaptureQueriesContext(connection) as asked:
            assert replies.read_due() == 1
        assert InboundMessage.objects.get(pk=heard.pk).worked_at
        return len(asked)

    assert queries(8) == queries(4)


def test_help_with_words_besides_waits_for_staff_too():
    contract = locked(amount=SMALL).contract
    row = say(contract.buyer.phone, "HELP me with my money")
    assert row.needs_staff
    assert "You can reply" in messages_to(contract.buyer.phone)[-1]


def test_the_language_counts_at_once_in_every_deal_of_the_phone():
    contract = locked(amount=SMALL).contract

    assert asked(contract, "buyer", "LUGHA SW").startswith("VoicePact sasa itakuandikia kwa Kiswahili")
    assert "IMEFUNGWA" in asked(contract, "buyer")
    assert "LOCKED" in asked(contract, "seller")
    assert asked(contract, "buyer", "language english").startswith("VoicePact now writes to you in English")
    assert contact.language_of(contract.buyer.phone) == "en"


def test_a_language_that_we_do_not_have_is_asked_back():
    contract = locked(amount=SMALL).contract
    assert "LANGUAGE EN or LANGUAGE SW" in asked(contract, "buyer", "LUGHA FR")


@pytest.mark.parametrize(("stop", "start"), [("STOP", "START"), ("acha", "Anza!")])
def test_stop_is_kept_and_says_what_still_comes_and_start_ends_it(stop, start):
    contract = locked(amount=SMALL).contract
    phone = contract.buyer.phone

    assert "no more SMS from VoicePact but about your money" in asked(contract, "buyer", stop)
    assert optouts.has_stopped(phone)
    assert "again" in asked(contract, "buyer", start)
    assert not optouts.has_stopped(phone)


def test_stop_about_a_deal_stops_no_texts_and_waits_for_staff():
    contract = locked(amount=SMALL).contract
    assert say(contract.buyer.phone, f"STOP {contract.pk}").needs_staff
    assert not optouts.has_stopped(contract.buyer.phone)


# --- strangers, replays, and much of it -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["HALI {deal}", "TAARIFA {deal}", "MSAADA", "LUGHA SW", "STOP", "NIMEPOKEA {deal}"])
def test_a_stranger_learns_nothing_and_changes_nothing_whatever_it_asks(text):
    contract = locked(amount=SMALL).contract
    announced(contract)
    before, stranger = standing(contract), new_phone()

    assert not say(stranger, text.format(deal=contract.pk)).needs_staff

    (answer,) = messages_to(stranger)
    assert contract.pk not in answer
    assert standing(contract) == before
    assert not optouts.has_stopped(stranger)


def test_a_stranger_is_answered_in_the_language_of_its_word():
    stranger = new_phone()
    say(stranger, "MSAADA")
    assert messages_to(stranger)[0].startswith("VoicePact hushika pesa")


def test_a_question_that_is_handed_over_twice_is_answered_once():
    contract = locked(amount=SMALL).contract
    announced(contract)
    told = len(messages_to(contract.buyer.phone))

    for _ in range(2):
        send(contract.buyer.phone, f"HALI {contract.pk}", id=f"replay-{contract.buyer.phone}")
    say(contract.seller.phone, f"HALI {contract.pk}")

    assert len(messages_to(contract.buyer.phone)) == told + 1


def test_staff_send_no_answer_once_more_that_was_true_at_its_moment_only():
    contract = locked(amount=SMALL).contract
    asked(contract, "buyer")
    answer = Message.objects.get(phone=contract.buyer.phone, kind="reply_status")
    Message.objects.filter(pk=answer.pk).update(status=Message.Status.DELIVERED)
    answer.refresh_from_db()

    assert "right at its moment" in resending.why_not(answer)
