import base64
from datetime import timedelta

import pytest

from voicepact.simulator.refusals import CredentialsRefused, Refused
from voicepact.simulator.tests.stage import Stage

BASIC = "Basic " + base64.b64encode(b"key:secret").decode()


def grant(stage: Stage) -> str:
    return "Bearer " + stage.world.tokens.grant(BASIC, grant_type="client_credentials")


def test_a_token_lives_for_an_hour_of_clock_time(stage: Stage) -> None:
    token = grant(stage)
    stage.now += timedelta(seconds=3598)
    stage.world.tokens.check(token, family="stk")

    stage.now += timedelta(seconds=1)

    with pytest.raises(Refused, match="Invalid Access Token"):
        stage.world.tokens.check(token, family="stk")


def test_a_new_token_kills_the_one_before_it(stage: Stage) -> None:
    first, second = grant(stage), grant(stage)

    stage.world.tokens.check(second, family="b2c")
    with pytest.raises(Refused):
        stage.world.tokens.check(first, family="b2c")


@pytest.mark.parametrize(
    ("family", "code", "http"), [("stk", "404.001.03", 404), ("b2c", "401.002.01", 401), ("status", "400.003.01", 400)]
)
def test_each_family_refuses_a_dead_token_in_its_own_way(stage: Stage, family: str, code: str, http: int) -> None:
    with pytest.raises(Refused) as refused:
        stage.world.tokens.check("Bearer no", family=family)  # type: ignore[arg-type]

    assert (refused.value.code, refused.value.http) == (code, http)


def test_wrong_keys_are_not_told_from_each_other(stage: Stage) -> None:
    for pair in (b"key:wrong", b"wrong:secret", b"", b"\xff"):
        with pytest.raises(CredentialsRefused):
            stage.world.tokens.grant("Basic " + base64.b64encode(pair).decode(), grant_type="client_credentials")


@pytest.mark.parametrize(
    ("authorization", "grant_type", "code"),
    [(BASIC, "password", "400.008.02"), (BASIC, "", "400.008.02"), ("Bearer x", "client_credentials", "400.008.01")],
)
def test_a_wrong_way_of_asking_is_named(stage: Stage, authorization: str, grant_type: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        stage.world.tokens.grant(authorization, grant_type=grant_type)

    assert refused.value.code == code
