import logging
from pathlib import Path

import pytest

from voicepact.simulator.certificate import Certificate
from voicepact.simulator.jobs import Post
from voicepact.simulator.refusals import ControlRefused
from voicepact.simulator.tests.stage import CONFIG, Stage


def test_due_things_happen_after_a_restart(certificate: Certificate, tmp_path: Path) -> None:
    before = Stage(CONFIG, certificate, tmp_path / "books.sqlite3")
    before.push("254711000000")
    before.books.close()

    after = Stage(CONFIG, certificate, tmp_path / "books.sqlite3")
    after.later(seconds=1)

    assert after.codes() == [0]
    assert after.moved() == [("collection", 1000)]
    after.books.close()


def test_things_happen_in_the_order_in_which_they_were_due(stage: Stage) -> None:
    stage.push("254711000006", 100)
    stage.push("254711000008", 200)
    stage.later(hours=48)

    assert stage.codes() == [1037, 0, 0]
    assert [f"{movement.at:%H:%M:%S}" for movement in stage.world.ground.movements.statement()] == [
        "09:00:01",
        "09:01:01",
    ]


def test_a_callback_that_nobody_hears_is_not_made_again(stage: Stage) -> None:
    stage.status = 500
    stage.collect(1000)
    stage.later(hours=1)

    assert len(stage.posts) == 1


def test_a_job_that_fails_does_not_hold_up_the_others(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.world.ground.jobs.put("settle_prompt", "no such prompt")
    with caplog.at_level(logging.ERROR):
        stage.collect(1000)

    assert stage.codes() == [0]
    assert "settle_prompt failed" in caplog.text


def test_the_log_never_shows_an_address(certificate: Certificate, caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(CONFIG, certificate)
    stage.status = 404
    stage.world.delivery.post_now(Post("http://127.0.0.1:8000/cb/stk/secret", "{}"))

    assert "answered with 404" in caplog.text
    assert "secret" not in caplog.text
    stage.books.close()


def test_the_books_keep_all_of_a_block_or_nothing(stage: Stage) -> None:
    with pytest.raises(ControlRefused):
        stage.world.phones.change("254712345678", {"balance": 5, "standing": "absurd"})

    assert stage.world.phones.read("254712345678").purse.bottomless
