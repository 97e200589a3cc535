"""Events become alerts: those that people on call must hear of, once, in words that name nobody."""

from decimal import Decimal

import pytest
from django.test import Client

from contracts import audit
from contracts.audit import ALERTING, CLOCK, Actor
from contracts.models import Event, Outbox
from notifications import alerts
from notifications.models import Alert, AlertDelivery
from payments import deposits
from payments.gateways.base import HandPayment, Outcome, Source, Verdict
from payments.models import Callback, Transfer
from payments.outcomes import NEXT_DAY, OUR_FAULT, WRONG_RECIPIENT
from payments.settlement import settle
from tests.factories import acknowledge, completed, drafted, locked, open_transfer, prompted, refused, succeeded
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

pytestmark = pytest.mark.django_db

SMALL = Decimal(1_000)
WORDS = {path.stem for path in alerts.DIRECTORY.glob("*.txt")}
SAID = {
    "rail.circuit_opened": {"gateway": "daraja", "operation": "pay"},
    "payouts.stopped": {"stop": 7, "gateway": "daraja", "code": "float_short"},
    "suspense.owed": {"deposit": 7, "amount": 1000, "code": "not_reversible"},
    "suspense.used": {"deposit": 7, "amount": 1000},
    "deposit.refuted": {"deposit": 7, "amount": 1000},
    "transfer.needs_person": {"transfer": "0" * 32, "kind": "payout", "status": "unknown", "person": "wambui"},
    "transfer.contradicted": {"transfer": "0" * 32, "amount": 1000},
    "transfer.quarantined": {"transfer": "0" * 32, "kind": "collection", "part": 1, "reason": "another amount"},
    "dispute.undecided": {"dispute": 7, "person": "wambui"},
    "float.short": {"gateway": "daraja", "available": 1000, "owed": 250000},
    "password.old": {"gateway": "daraja", "days": 75},
    "callback.given_up": {"callback": 7, "kind": "b2c"},
    "refund.asked": {"payment": "TXN", "amount": 300},
    "collection.late": {"payment": "TXN", "transfer": "0" * 32, "amount": 1000},
    "charges.differ": {"gateway": "daraja", "expected": 5, "charged": "7.50"},
    "payout.owed": {"payment": "TXN", "transfer": "0" * 32, "amount": 1000, "code": "recipient_unknown"},
    "reversal.owed": {"payment": "TXN", "transfer": "0" * 32, "amount": 1000, "code": "refused"},
    "refund.owed": {"payment": "TXN", "transfer": "0" * 32, "amount": 1000, "code": "refused"},
    "proposal.made": {"proposal": 7, "kind": "decision", "subject": "dispute:7"},
    "phone.held_back": {"message": 7, "phone": "0" * 16, "hours": 20},
    "role.changed": {"subject": "group:7", "rights": ["approve"]},
    "staff.added": {"subject": "user:7", "active": True, "staff": True, "superuser": False, "roles": []},
    "staff.changed": {"subject": "user:7", "active": True, "staff": True, "superuser": True, "roles": [3]},
    "staff.device_reset": {"user": 7},
    "outbox.stuck": {"event": 7, "reader": "announcements", "attempts": 10},
}
"""What each kind of event says, as it is recorded."""


def alerted(contract) -> list[str]:
    alerts.make_due()
    rows = Alert.objects.filter(event__contract=contract).order_by("event__serial")
    return list(rows.values_list("event__kind", flat=True))


# --- words ------------------------------------------------------------------------------------------------------------


def test_every_kind_that_alerts_has_its_words_and_there_are_no_others():
    assert WORDS == ALERTING == set(SAID)


@pytest.mark.parametrize("kind", sorted(ALERTING))
def test_an_alert_says_what_happened_to_which_deal_and_what_to_do(kind, settings):
    contract = drafted()
    subject, body = alerts.words(audit.record(kind, contract=contract, actor=CLOCK, payload=SAID[kind]))

    assert 0 < len(subject) <= 100
    assert "What to do: " in body
    assert f"{settings.PUBLIC_URL}/admin/" in body
    assert contract.pk in subject + body
    assert "?" not in subject + body
    assert contract.buyer.phone[1:] not in body
    assert contract.buyer.name not in body


def test_an_alert_about_no_deal_has_words_too():
    for kind in ALERTING:
        subject, body = alerts.words(audit.record(kind, contract=None, actor=CLOCK, payload=SAID[kind]))
        assert "()" not in subject + body
        assert "system #" in body


def test_what_an_event_does_not_say_silences_no_alert():
    for kind in ALERTING:
        subject, body = alerts.words(audit.record(kind, contract=None, actor=CLOCK))
        assert subject
        assert "/admin/" in body


def test_amounts_are_money_codes_are_sentences_and_somebody_is_named():
    contract = drafted()
    owed = alerts.words(audit.record("payout.owed", contract=contract, actor=CLOCK, payload=SAID["payout.owed"]))
    undecided = SAID["dispute.undecided"]

    assert owed[0] == f"KES 1,000 could not be paid out for {contract.pk}"
    assert "The rail does not know the recipient's number" in owed[1]
    for person, words in (("wambui", "It now waits for wambui."), ("", "until somebody does.\n")):
        said = undecided | {"person": person}
        event = audit.record("dispute.undecided", contract=contract, actor=CLOCK, payload=said)
        assert words in alerts.words(event)[1]


@pytest.mark.parametrize(("code", "words"), [("float_short", "lifted by itself"), ("paused", "somebody else approves")])
def test_a_stop_says_who_lifts_it(code, words):
    event = audit.record(
        "payouts.stopped", contract=None, actor=CLOCK, payload={"stop": 7, "gateway": "", "code": code}
    )
    subject, body = alerts.words(event)

    assert subject == "All payouts are stopped"
    assert words in body


def test_a_proposal_is_marked_as_less_urgent_than_everything_else():
    urgent = {kind: alerts.words(audit.record(kind, contract=None, actor=CLOCK))[0] for kind in ALERTING}

    assert [kind for kind, subject in urgent.items() if subject.startswith("Low priority")] == ["proposal.made"]


def test_the_address_leads_to_the_page_of_what_it_is_about():
    contract = drafted()
    client = Client()
    client.force_login(User.objects.create(username="wambui", is_staff=True, is_superuser=True))
    callback = Callback.objects.create(gateway="daraja", kind="b2c", body="", received_at=now(), not_before=now())
    about_callback = {"callback": callback.pk, "kind": "b2c"}
    events = [
        audit.record("callback.given_up", contract=contract, actor=CLOCK, payload=about_callback),
        audit.record("collection.late", contract=contract, actor=CLOCK),
        audit.record("password.old", contract=None, actor=CLOCK),
    ]
    for event, name in zip(events, ("payments/callback", "contracts/contract", "contracts/event"), strict=True):
        address = alerts.address(event)
        assert f"/admin/{name}/" in address
        assert client.get(address).status_code == 200


# --- which events -----------------------------------------------------------------------------------------------------


def test_a_quarantined_transfer_alerts_once():
    payment = prompted()
    transfer = open_transfer(payment)
    settle(transfer.pk, succeeded(transfer, amount=transfer.amount - 1))

    assert alerted(payment.contract) == ["transfer.quarantined"]
    assert alerted(payment.contract) == ["transfer.quarantined"]


def test_money_that_the_rail_told_of_and_did_not_confirm_alerts():
    contract = drafted()
    said = HandPayment("UKN7A1B2C3", SMALL, contract.payment_reference, shortcode="")
    deposit = deposits.tell(said, gateway=contract.gateway)
    assert alerted(contract) == []

    deposits.answered(deposit.pk, Outcome(verdict=Verdict.FAILED, source=Source.ANSWER))

    assert alerted(contract) == ["deposit.refuted"]


def _owe(code: str) -> Transfer:
    transfer = acknowledge(open_transfer(completed(amount=SMALL)))
    settle(transfer.pk, refused(transfer, code, Source.ANSWER))
    return transfer


@pytest.mark.parametrize("code", ["4", "8", "1", "2001"])
def test_what_goes_out_by_itself_tomorrow_or_when_payouts_leave_again_has_no_alert_of_its_own(code):
    transfer = _owe(code)

    assert Transfer.objects.get(pk=transfer.pk).failure_code in NEXT_DAY | OUR_FAULT
    assert "payout.owed" not in alerted(transfer.payment.contract)
    assert not Outbox.objects.filter(reader=Outbox.Reader.ALERTS, event__contract=transfer.payment.contract).exists()


@pytest.mark.parametrize("code", ["2040", "SFC_IC0003", "no such code"])
def test_what_stays_owed_until_people_act_alerts(code):
    transfer = _owe(code)

    assert Transfer.objects.get(pk=transfer.pk).failure_code in WRONG_RECIPIENT | {"refused"}
    assert "payout.owed" in alerted(transfer.payment.contract)


def test_a_deal_that_goes_well_makes_no_work_for_alerts():
    contract = locked().contract

    assert not Outbox.objects.filter(event__contract=contract, reader=Outbox.Reader.ALERTS).exists()
    assert Outbox.objects.filter(event__contract=contract).count() == contract.events.count()
    assert alerted(contract) == []


@pytest.mark.parametrize("kind", ["staff.added", "staff.changed", "staff.device_reset", "role.changed"])
def test_who_may_come_in_and_with_which_rights_alerts_once_and_leads_to_its_page(kind):
    event = audit.record(kind, contract=None, actor=Actor("staff:3", "console"), payload=SAID[kind])
    alerts.make_due()
    alerts.make_due()

    alert = Alert.objects.get(event=event)
    assert "staff:3" in alert.body
    assert f"/admin/{'auth/group' if kind == 'role.changed' else 'kernel/user'}/7/change/" in alert.body


def test_what_somebody_changes_about_themselves_alerts_nobody():
    event = audit.record(
        "staff.changed", contract=None, actor=Actor("staff:7", "console"), payload=SAID["staff.changed"]
    )
    alerts.make_due()

    assert not Alert.objects.filter(event=event).exists()


def test_the_outbox_is_empty_afterwards_and_an_event_that_is_read_twice_alerts_once():
    event = audit.record("float.short", contract=None, actor=CLOCK, payload=SAID["float.short"])
    alerts.make_due()
    Outbox.objects.create(event=event, reader=Outbox.Reader.ALERTS)
    alerts.make_due()

    assert Alert.objects.filter(event=event).count() == 1
    assert not Outbox.objects.filter(event=event, reader=Outbox.Reader.ALERTS).exists()


# --- roads ------------------------------------------------------------------------------------------------------------


def test_an_alert_waits_at_every_road_that_leads_to_somebody(settings):
    roads = {}
    for emails, url in ([], ""), (["on@call.test"], ""), ([], "http://x.test"), (["on@call.test"], "http://x.test"):
        settings.ALERT_EMAILS, settings.ALERT_WEBHOOK_URL = emails, url
        event = audit.record("float.short", contract=None, actor=CLOCK, payload=SAID["float.short"])
        alerts.make_due()
        roads[len(roads)] = [delivery.road for delivery in AlertDelivery.objects.filter(alert__event=event)]

    assert list(roads.values()) == [[], ["email"], ["webhook"], ["email", "webhook"]]


def test_an_alert_that_nobody_is_sent_is_kept_and_is_an_error_in_the_logs(settings, monkeypatch):
    settings.ALERT_EMAILS, settings.ALERT_WEBHOOK_URL = [], ""
    errors = []
    monkeypatch.setattr(alerts.log, "error", lambda words, **fields: errors.append((words, fields)))

    event = audit.record("float.short", contract=None, actor=CLOCK, payload=SAID["float.short"])
    alerts.make_due()

    alert = Alert.objects.get(event=event)
    assert (alert.subject, alert.pk) in [(fields["subject"], fields["alert"]) for _, fields in errors]


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_an_event_without_words_waits_and_stops_no_other(monkeypatch):
    monkeypatch.setattr(audit, "ALERTING", ALERTING | {"no.words"})
    poison = audit.record("no.words", contract=None, actor=CLOCK)
    sound = audit.record("float.short", contract=None, actor=CLOCK, payload=SAID["float.short"])

    alerts.make_due()

    assert Alert.objects.filter(event=sound).exists()
    assert Outbox.objects.get(event=poison, reader=Outbox.Reader.ALERTS).attempts == 1
    assert not Event.objects.filter(kind="outbox.stuck", payload__event=poison.pk).exists()
