import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command


def test_a_member_of_staff_can_log_in_and_no_more(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAFF_PASSWORD", "first")

    call_command("create_staff", "achieng")

    user = get_user_model().objects.get(username="achieng")
    assert user.check_password("first")
    assert (user.is_staff, user.is_superuser) == (True, False)


def test_asking_again_sets_the_password_anew_and_makes_nobody_else(db, monkeypatch: pytest.MonkeyPatch):
    for password in ("first", "second"):
        monkeypatch.setenv("STAFF_PASSWORD", password)
        call_command("create_staff", "achieng", "--superuser")

    user = get_user_model().objects.get(username="achieng")
    assert user.check_password("second")
    assert user.is_superuser


def test_without_a_password_nobody_is_made(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("STAFF_PASSWORD", raising=False)

    with pytest.raises(CommandError, match="STAFF_PASSWORD is not set"):
        call_command("create_staff", "achieng")

    assert not get_user_model().objects.filter(username="achieng").exists()


def test_a_member_of_staff_may_do_what_the_groups_may(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAFF_PASSWORD", "first")
    call_command("create_staff", "achieng", "--group", "viewer")

    call_command("create_staff", "achieng", "--group", "operator", "--group", "approver")

    user = get_user_model().objects.get(username="achieng")
    assert set(user.groups.values_list("name", flat=True)) == {"operator", "approver"}
    assert user.has_perms(["payments.propose", "payments.approve", "payments.pause", "payments.replay"])


def test_a_group_that_nobody_knows_is_refused(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAFF_PASSWORD", "first")

    with pytest.raises(CommandError, match="no group Wizards"):
        call_command("create_staff", "achieng", "--group", "Wizards", "--group", "viewer")

    assert not get_user_model().objects.filter(username="achieng").exists()
