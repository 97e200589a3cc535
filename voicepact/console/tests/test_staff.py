"""An admin makes staff and gives them roles; nobody gives what they do not have, and nobody locks themselves out."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from time_machine import TimeMachineFixture

from contracts import audit
from contracts.models import Event
from notifications import alerts
from notifications.models import Alert
from payments.models import Proposal
from tests import factories
from voicepact.console.models import DeskAct
from voicepact.console.proposal.plans import plan
from voicepact.console.tests.desk import approve, list_of, member, page_of, propose, sign_in
from voicepact.kernel import clock
from voicepact.kernel.models import User
from voicepact.kernel.tests.caller import new_caller

pytestmark = pytest.mark.django_db
PASSWORDS = {"usable_password": "true", "password1": "maize-and-beans-9", "password2": "maize-and-beans-9"}


@pytest.fixture
def boss() -> Client:
    return member("admin")


def role(name: str) -> Group:
    return Group.objects.get(name=name)


def colleague(*roles: str, **fields: Any) -> User:
    user = User.objects.create(username="juma", is_staff=True, **fields)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def change(client: Client, user: User, **fields: object) -> Any:
    """The form of a person is sent as a browser would, with these fields otherwise."""
    form = {"username": user.username, "is_active": "on", "is_staff": "on", "groups": _keys(user), **fields}
    return client.post(page_of(user), {name: value for name, value in form.items() if value != ""}, follow=True)


def _keys(user: User) -> list[int]:
    return list(user.groups.values_list("pk", flat=True))


def roles_of(user: User) -> set[str]:
    return set(User.objects.get(pk=user.pk).groups.values_list("name", flat=True))


def untouched(user: User, *roles: str) -> bool:
    """Nothing about the person has changed, and nothing was written down."""
    now = User.objects.get(pk=user.pk)
    same = [getattr(now, name) == getattr(user, name) for name in ("password", "is_active", "is_staff", "is_superuser")]
    return all(same) and roles_of(user) == set(roles) and not DeskAct.objects.exists()


# --- what an admin does -----------------------------------------------------------------------------------------------


def test_an_admin_makes_a_member_of_staff_and_gives_a_role(boss: Client) -> None:
    password = {"usable_password": "true", "password1": "maize-and-beans-9", "password2": "maize-and-beans-9"}
    boss.post(reverse("admin:kernel_user_add"), {"username": "juma", **password})
    made = User.objects.get(username="juma")
    change(boss, made, groups=[role("support").pk])

    now = User.objects.get(pk=made.pk)
    assert (now.is_staff, now.is_superuser, roles_of(made)) == (True, False, {"support"})
    events = list(Event.objects.filter(kind__startswith="staff.").order_by("serial"))
    assert [event.kind for event in events] == ["staff.added", "staff.changed"]
    assert events[1].actor == f"staff:{User.objects.get(username='admin').pk}"
    assert (events[1].payload["subject"], events[1].payload["roles"]) == (f"user:{made.pk}", [role("support").pk])
    assert list(DeskAct.objects.order_by("pk").values_list("act", "event")) == [
        ("staff.added", events[0].pk),
        ("staff.changed", events[1].pk),
    ]
    assert list(audit.verify("system")) == []


def test_a_new_colleague_and_a_raised_role_alert_those_on_call_once_each(boss: Client) -> None:
    boss.post(reverse("admin:kernel_user_add"), {"username": "juma", **PASSWORDS})
    made = User.objects.get(username="juma")
    change(boss, made, groups=[role("admin").pk])
    change(boss, User.objects.get(username="admin"), first_name="Wambui")
    for _ in range(2):
        alerts.make_due()

    told = Alert.objects.filter(event__kind__startswith="staff.").order_by("event__serial")
    assert [alert.event.kind for alert in told] == ["staff.added", "staff.changed"]
    for alert in told:
        assert page_of(made) in alert.body
        assert "juma" not in alert.subject + alert.body


def test_an_admin_switches_a_colleague_off(boss: Client) -> None:
    user = colleague("support")
    change(boss, user, is_active="")
    assert not User.objects.get(pk=user.pk).is_active


def test_the_list_shows_roles_and_who_is_active(boss: Client) -> None:
    colleague("support", "auditor", first_name="Juma", last_name="Mwangi")
    text = boss.get(list_of(User)).content.decode()
    for words in ("auditor, support", "Juma Mwangi", "Active"):
        assert words in text, words


# --- what an admin cannot ---------------------------------------------------------------------------------------------


def test_an_admin_makes_no_superuser_and_gives_no_single_rights(boss: Client) -> None:
    user = colleague("support")
    right = Permission.objects.get(codename="delete_user")
    change(boss, user, is_superuser="on", user_permissions=[right.pk])
    now = User.objects.get(pk=user.pk)
    assert (now.is_superuser, now.user_permissions.count()) == (False, 0)


def test_an_admin_gives_no_role_with_a_right_that_admins_lack(boss: Client) -> None:
    mighty, user = Group.objects.create(name="mighty"), colleague("support")
    mighty.permissions.add(Permission.objects.get(codename="delete_user"))
    answer = change(boss, user, groups=[role("support").pk, mighty.pk])
    assert "not one of the available choices" in answer.content.decode()
    assert untouched(user, "support")


@pytest.mark.parametrize("above", ["superuser", "mighty", "single right"])
def test_nobody_above_an_admin_is_changed_or_taken_over(boss: Client, above: str) -> None:
    user = colleague(is_superuser=above == "superuser")
    right = Permission.objects.get(codename="delete_user")
    if above == "mighty":
        Group.objects.create(name="mighty").permissions.add(right)
        user.groups.add(Group.objects.get(name="mighty"))
    if above == "single right":
        user.user_permissions.add(right)
    User.objects.filter(pk=user.pk).update(is_active=False)  # switched off, it would be the easier prey
    user.refresh_from_db()
    before = roles_of(user)

    assert change(boss, user, groups=[]).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[user.pk])
    assert boss.get(password).status_code == 403
    new = {"password1": "maize-and-beans-9", "password2": "maize-and-beans-9", "usable_password": "true"}
    assert boss.post(password, new).status_code == 403

    assert untouched(user, *before)


@pytest.mark.parametrize("who", ["admin", "superuser"])
def test_nobody_locks_themselves_out_or_promotes_themselves(who: str) -> None:
    client = member("admin") if who == "admin" else sign_in()
    me = User.objects.get(username="admin" if who == "admin" else "wambui")
    before = roles_of(me)
    change(client, me, is_active="", is_staff="", groups=[], is_superuser="on" if who == "admin" else "")
    now = User.objects.get(pk=me.pk)
    assert (now.is_active, now.is_staff, now.is_superuser) == (True, True, who == "superuser")
    assert roles_of(me) == before


def test_nobody_is_removed_not_even_by_who_may_do_everything() -> None:
    chief, user = sign_in(), colleague("support")
    assert chief.post(page_of(user, "delete"), {"post": "yes"}).status_code == 403
    chief.post(list_of(User), {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"})
    assert untouched(user, "support")


@pytest.mark.parametrize("name", ["viewer", "support", "operator", "approver", "auditor"])
def test_only_admins_change_people_and_roles(name: str) -> None:
    client, user = member(name), colleague("support")
    assert change(client, user, is_active="").status_code == 403
    assert client.post(page_of(role("viewer")), {"name": "viewer"}).status_code == 403
    assert client.get(reverse("admin:kernel_user_add")).status_code == 403
    assert untouched(user, "support")


def test_whoever_may_only_look_sees_nothing_of_a_password() -> None:
    user = colleague("support")
    user.set_password("maize-and-beans-9")
    user.save()
    text = member("auditor").get(page_of(user)).content.decode()
    assert "juma" in text
    assert user.password not in text
    assert "algorithm" not in text


# --- roles ------------------------------------------------------------------------------------------------------------


def test_a_role_is_read_in_words(boss: Client) -> None:
    colleague("support", first_name="Juma", last_name="Mwangi")
    for client in (boss, member("auditor")):
        text = client.get(list_of(Group)).content.decode()
        assert "Can send an SMS once more" in text
        assert "Juma Mwangi" in text
        assert "Juma Mwangi" in client.get(page_of(role("support"))).content.decode()
    assert "Can send an SMS once more" in member("auditor").get(page_of(role("support"))).content.decode()


def test_an_admin_makes_a_role_of_rights_that_admins_have(boss: Client) -> None:
    own, foreign = (Permission.objects.get(codename=name) for name in ("resend", "delete_user"))
    add = reverse("admin:auth_group_add")
    boss.post(add, {"name": "night", "permissions": [own.pk]})
    assert list(role("night").permissions.all()) == [own]
    assert Event.objects.get(kind="role.added").payload["rights"] == ["resend"]

    boss.post(add, {"name": "mighty", "permissions": [own.pk, foreign.pk]})
    assert not Group.objects.filter(name="mighty").exists()
    boss.post(page_of(role("night")), {"name": "night", "permissions": [own.pk, foreign.pk]})
    assert list(role("night").permissions.all()) == [own]


def test_an_admin_does_not_change_the_own_role_or_one_above(boss: Client) -> None:
    mighty, right = Group.objects.create(name="mighty"), Permission.objects.get(codename="delete_user")
    mighty.permissions.add(right)
    before = set(role("admin").permissions.all())
    for group in (role("admin"), mighty):
        assert boss.post(page_of(group), {"name": group.name, "permissions": []}).status_code == 403
    assert set(role("admin").permissions.all()) == before
    assert list(mighty.permissions.all()) == [right]
    assert not DeskAct.objects.exists()


def test_a_key_that_is_revoked_is_written_down(boss: Client) -> None:
    key = new_caller().key
    boss.post(reverse("admin:kernel_apikey_delete", args=[key.pk]), {"post": "yes"})
    assert Event.objects.get(kind="key.removed").payload == {"subject": f"user:{key.user_id}", "key": key.token_key}
    assert DeskAct.objects.get().act == "key.removed"


def test_an_admin_resets_no_device_of_an_account_above_theirs(boss: Client) -> None:
    above = User.objects.create(username="root", is_staff=True, is_superuser=True)
    TOTPDevice.objects.create(user=above, confirmed=True)
    assert reverse("desk:reset_device", args=[above.pk]) not in boss.get(page_of(above)).content.decode()
    assert boss.post(reverse("desk:reset_device", args=[above.pk])).status_code == 403
    assert TOTPDevice.objects.filter(user=above).exists()


# --- nobody is two people ---------------------------------------------------------------------------------------------


def refused(client: Client, proposal: Proposal) -> None:
    """The page that asks once more is not shown, and a yes that reaches it all the same approves nothing."""
    address, yes = reverse("desk:approve", args=[proposal.pk]), {"seen": plan(proposal).fingerprint}
    for answer in (client.get(address, follow=True), client.post(address, yes, follow=True)):
        assert answer.redirect_chain == [(page_of(proposal), 302)]
        assert [str(message) for message in answer.context["messages"] if "less than 24 hours ago" in str(message)]
        assert "Not now. " in answer.content.decode()
    assert Proposal.objects.get(pk=proposal.pk).is_open


@pytest.mark.parametrize("new_proposes", [False, True])
def test_an_account_that_an_admin_has_just_opened_is_no_second_pair_of_eyes(
    boss: Client, time_machine: TimeMachineFixture, new_proposes: bool
) -> None:
    boss.post(reverse("admin:kernel_user_add"), {"username": "ghost", **PASSWORDS})
    ghost = User.objects.get(username="ghost")
    change(boss, ghost, groups=[role("operator").pk, role("approver").pk])
    admin, other = User.objects.get(username="admin"), Client()
    other.force_login(ghost)
    first, second, approver = (other, boss, admin) if new_proposes else (boss, other, ghost)
    propose(first, Proposal.Kind.REFUND, factories.locked(amount=Decimal(1_000)))

    refused(second, Proposal.objects.get())

    time_machine.move_to(clock.now() + timedelta(hours=25))
    second.force_login(approver)
    approve(second, Proposal.objects.get())
    assert Proposal.objects.get().status == Proposal.Status.APPROVED


@pytest.mark.parametrize("how", ["password", "device"])
def test_nor_is_one_into_which_an_admin_has_just_let_themselves(boss: Client, how: str) -> None:
    brian, second = colleague("approver"), Client()
    device = TOTPDevice.objects.create(user=brian, confirmed=True)
    if how == "password":
        boss.post(reverse("admin:auth_user_password_change", args=[brian.pk]), PASSWORDS)
        device.delete()
    else:
        boss.post(reverse("desk:reset_device", args=[brian.pk]))
    propose(boss, Proposal.Kind.REFUND, factories.locked(amount=Decimal(1_000)))
    second.force_login(User.objects.get(pk=brian.pk))

    refused(second, Proposal.objects.get())
