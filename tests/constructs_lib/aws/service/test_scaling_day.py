"""A simulated day under the policies that stand in the template."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from reports.scaling_day import DOCUMENT, render
from reports.scaling_day.day import MINUTES, SLOW_DATABASE, SPIKE, Minute, simulate
from reports.scaling_day.policies import Scaling, parse
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
    asleep = simulate(
        Scaling(min_capacity=scaling.min_capacity, max_capacity=scaling.min_capacity, policies=scaling.policies)
    )
    assert all(asleep[minute].response_ms > 500 for minute in SPIKE)


def test_the_picture_is_current(scaling: Scaling) -> None:
    assert render(scaling) == (CHECKOUT / DOCUMENT).read_text(), "run make scaling-day"
