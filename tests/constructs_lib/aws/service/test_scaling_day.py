"""Simulated loads under the policies and health checks that stand in the template."""

import dataclasses
from collections.abc import Sequence
from itertools import pairwise

import pytest

from reports.scaling_day import DOCUMENT, render
from reports.scaling_day.day import MINUTES, SLOW_DATABASE, SPIKE, Load, Minute, simulate
from reports.scaling_day.policies import Health, Scaling, parse
from tests.aws.resources import Environment
from tests.synthesis import CHECKOUT

# Three minutes until the alarm is sure, two until new tasks serve, one for what waits.
REACTION = 6


@pytest.fixture(scope="module")
def scaling(prod: Environment) -> Scaling:
    return parse(prod.stack("Service"))


@pytest.fixture(scope="module")
def day(scaling: Scaling) -> Sequence[Minute]:
    return simulate(scaling)


@pytest.mark.plan("SCL-3", "SCL-4")
def test_the_response_time_is_held(day: Sequence[Minute]) -> None:
    excused = {*range(SPIKE.start, SPIKE.start + REACTION), *SLOW_DATABASE}
    assert not [minute for minute in range(MINUTES) if day[minute].response_ms > 500 and minute not in excused]


@pytest.mark.plan("SCL-4")
def test_a_slow_database_is_over_when_it_is_over(day: Sequence[Minute]) -> None:
    assert day[SLOW_DATABASE.stop].response_ms < 500


@pytest.mark.plan("SCL-5", "CST-1")
def test_instances_do_not_come_and_go_by_turns(day: Sequence[Minute]) -> None:
    steps = [
        (minute, after.instances > before.instances)
        for minute, (before, after) in enumerate(pairwise(day))
        if after.instances != before.instances
    ]
    turns = [second[0] for first, second in pairwise(steps) if first[1] != second[1]]
    # Up in the morning, down after the spike, up and down for the slow database, and so into the night.
    assert len(turns) <= 4
    assert all(later - earlier >= 15 for earlier, later in pairwise(turns))


@pytest.mark.plan("SCL-5", "CST-1")
def test_the_night_costs_least(day: Sequence[Minute]) -> None:
    assert {day[minute].instances for minute in (0, 240, MINUTES - 1)} == {2}


@pytest.mark.plan("SCL-6", "SCL-7")
def test_there_are_never_fewer_than_two_nor_more_than_twenty(day: Sequence[Minute]) -> None:
    instances = [minute.instances for minute in day]
    assert (min(instances), max(instances)) == (2, 20)


def test_without_its_policies_the_day_goes_badly(scaling: Scaling) -> None:
    asleep = simulate(dataclasses.replace(scaling, max_capacity=scaling.min_capacity))
    assert all(asleep[minute].response_ms > 500 for minute in SPIKE)


@pytest.mark.plan("SCL-3", "SCL-4", "CST-1")
@pytest.mark.parametrize(
    ("rate", "seconds", "settled"),
    [
        # By CPU, by requests in flight, and with slow answers.
        (600, 0.03, 5),
        (300, 0.395, 3),
        (300, 0.8, 5),
        (400, 0.6, 7),
        (100, 3.0, 7),
        (60, 2.0, 3),
        (20, 5.0, 3),
    ],
)
def test_a_steady_load_settles_and_the_instances_go_with_it(
    scaling: Scaling, rate: float, seconds: float, settled: int
) -> None:
    steady, quiet = 240, 120
    run = simulate(scaling, Load([rate] * steady + [1.0] * quiet, [seconds] * steady + [0.03] * quiet))
    assert {minute.instances for minute in run[60:steady]} <= {settled - 1, settled, settled + 1}
    assert len({minute.instances for minute in run[60:steady]}) == 1, "it comes and goes by turns"
    assert run[-1].instances == scaling.min_capacity


@pytest.mark.plan("SCL-4")
def test_a_slow_database_drives_nothing_to_the_maximum(day: Sequence[Minute]) -> None:
    assert max(day[minute].instances for minute in SLOW_DATABASE) < 10


@pytest.mark.plan("AWS-3", "SCL-3")
def test_no_task_is_replaced_because_it_is_busy(scaling: Scaling, day: Sequence[Minute]) -> None:
    assert not sum(minute.replaced for minute in day)
    # A check that waits for five seconds, three times in 45, takes an overloaded task for a dead one.
    impatient = simulate(dataclasses.replace(scaling, health=Health(timeout=5, minutes=0.75)))
    assert sum(minute.replaced for minute in impatient) > scaling.max_capacity
    slow, slower = (sum(run[minute].response_ms > 500 for minute in SPIKE) for run in (day, impatient))
    assert slower > slow


def test_the_picture_is_current(scaling: Scaling) -> None:
    assert render(scaling) == (CHECKOUT / DOCUMENT).read_text(), "run make scaling-day"
