from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from voicepact.kernel import clock
from voicepact.kernel.models import ApiKey, Scope, User
from voicepact.kernel.tests.caller import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.urls("voicepact.kernel.tests.views")]


def test_only_the_key_is_printed_and_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", "--client", "sacco", "--all-scopes")
    printed = capsys.readouterr()
    text = printed.out.strip()
    assert printed.out == f"{text}\n"
    assert text not in printed.err
    key = ApiKey.objects.get(user__username="sacco")
    assert Caller(key, text).get("/api/orders").status_code == 200
    assert (key.scopes, key.rate) == (sorted(Scope.values), 600)


def test_the_client_cannot_sign_in() -> None:
    call_command("create_api_key", "--client", "sacco", "--scopes", "contracts:read")
    client = User.objects.get(username="sacco")
    assert (client.is_staff, client.is_superuser, client.has_usable_password()) == (False, False, False)


def test_a_second_key_is_the_same_clients() -> None:
    for name in ("old", "new"):
        call_command("create_api_key", "--client", "sacco", "--scopes", "contracts:read", "--name", name)
    assert User.objects.filter(username="sacco").count() == 1
    assert set(ApiKey.objects.filter(user__username="sacco").values_list("name", flat=True)) == {"old", "new"}


def test_scopes_days_and_rate_are_as_asked() -> None:
    call_command(
        "create_api_key",
        "--client",
        "sacco",
        "--scopes",
        "payments:read, contracts:read",
        "--days",
        "30",
        "--rate",
        "5",
    )
    key = ApiKey.objects.get(user__username="sacco")
    assert (key.scopes, key.rate) == (["contracts:read", "payments:read"], 5)
    assert key.expiry is not None
    assert abs(key.expiry - clock.now() - timedelta(days=30)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--client", "sacco"],
        ["--client", "sacco", "--scopes", "everything"],
        ["--client", "sacco", "--scopes", ","],
        ["--client", "sacco", "--scopes", "contracts:read", "--all-scopes"],
        ["--client", "sacco", "--all-scopes", "--days", "0"],
        ["--client", "sacco", "--all-scopes", "--days", "99999999999"],
        ["--client", "sacco", "--all-scopes", "--rate", "0"],
        ["--client", "sacco", "--all-scopes", "--name", "n" * 101],
        ["--client", "not a name", "--all-scopes"],
        ["--client", "", "--all-scopes"],
    ],
)
def test_a_bad_request_makes_nothing(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("create_api_key", *arguments)
    assert not User.objects.filter(username__in=["sacco", "not a name", ""]).exists()


def test_a_member_of_staff_is_no_client() -> None:
    User.objects.create(username="wambui", is_staff=True)
    with pytest.raises(CommandError, match="member of staff"):
        call_command("create_api_key", "--client", "wambui", "--all-scopes")
    assert not ApiKey.objects.filter(user__username="wambui").exists()
