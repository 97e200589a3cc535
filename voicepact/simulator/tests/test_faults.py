import pytest

from voicepact.simulator.refusals import ControlRefused, Refused
from voicepact.simulator.tests.stage import Stage


def set_faults(stage: Stage, **faults: object) -> None:
    stage.world.ground.faults.change(faults)


def test_a_dropped_callback_does_not_stop_the_money(stage: Stage) -> None:
    set_faults(stage, drop_callback=1)
    stage.collect(1000)

    assert stage.posts == []
    assert stage.moved() == [("collection", 1000)]


def test_a_doubled_callback_is_the_same_twice(stage: Stage) -> None:
    set_faults(stage, duplicate_callback=1)
    stage.collect(1000)

    assert len(stage.posts) == 2
    assert stage.posts[0] == stage.posts[1]
    assert stage.moved() == [("collection", 1000)]


def test_a_late_callback_comes_later_than_its_result(stage: Stage) -> None:
    set_faults(stage, delay_callback_s=90)
    stage.collect(1000)
    stage.later(seconds=89)
    assert stage.posts == []
    assert stage.moved() == [("collection", 1000)]

    stage.later(seconds=1)

    assert stage.codes() == [0]


def test_callbacks_overtake_each_other(stage: Stage) -> None:
    set_faults(stage, reorder=1)
    for amount in range(100, 110):
        stage.push("254711000000", amount)
    for _ in range(70):
        stage.later(seconds=0.1)

    told = [post.body for post in stage.posts]
    asked = [f'"Amount", "Value": {amount}.00' for amount in range(100, 110)]
    order = [next(place for place, amount in enumerate(asked) if amount in body) for body in told]
    assert sorted(order) == list(range(10))
    assert order != list(range(10))


def test_a_query_may_say_nothing(stage: Stage) -> None:
    pushed = stage.push("254711000000")
    stage.later(seconds=1)
    set_faults(stage, query_noise=1)

    with pytest.raises(Refused) as refused:
        stage.world.express.query(pushed.prompt.checkout_id)

    assert (refused.value.code, refused.value.message, refused.value.http) == ("500.001.1001", "", 500)


def test_a_forged_callback_does_not_know_the_secret(stage: Stage) -> None:
    set_faults(stage, forge=1)
    stage.push()
    stage.later(seconds=0)

    [forged] = stage.posts
    assert forged.url.startswith("http://127.0.0.1:8000/cb/stk/")
    assert not forged.url.endswith(stage.push("254711000000").prompt.callback_url.rsplit("/", 1)[1])
    assert stage.codes() == [0]
    assert stage.moved() == []


def test_a_queue_tells_of_its_time_out_and_works_all_the_same(stage: Stage) -> None:
    stage.collect(1000)
    set_faults(stage, queue_timeout=1)
    stage.posts.clear()
    stage.pay_out("payout-1", amount=400)
    stage.reverse(stage.receipt(), 1000)
    stage.later(seconds=1)
    assert [post.url.split("/")[4] for post in stage.posts] == ["b2c-timeout", "reversal-timeout"]
    assert stage.moved() == [("collection", 1000)]

    stage.later(seconds=10)

    assert stage.moved() == [("collection", 1000), ("payout", 400)]


def test_faults_stay_until_changed_and_go_all_at_once(stage: Stage) -> None:
    set_faults(stage, forge=0.5)
    set_faults(stage, delay_callback_s=3)
    faults = stage.world.ground.faults.read()
    assert (faults.forge, faults.delay_callback_s) == (0.5, 3)

    set_faults(stage)

    faults = stage.world.ground.faults.read()
    assert (faults.forge, faults.delay_callback_s) == (0, 0)


@pytest.mark.parametrize("faults", [{"rain": 1}, {"forge": 1.1}, {"forge": -1}, {"forge": "1"}, {"forge": True}])
def test_absurd_faults_are_refused_whole(stage: Stage, faults: dict[str, object]) -> None:
    with pytest.raises(ControlRefused):
        set_faults(stage, drop_callback=1, **faults)

    assert stage.world.ground.faults.read().drop_callback == 0
