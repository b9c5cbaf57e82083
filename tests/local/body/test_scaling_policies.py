"""Scaling policies: what each asks for by its numbers, and what a target makes of all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from local.body.scaling_policies import Capacity, StepScaling, TargetTracking, UnknownPolicyError, Wish, Wishes

TIMES = list(range(0, 17 * 60, 60))
PREDEFINED = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}


def tracking(**configuration: Any) -> TargetTracking:
    return TargetTracking(
        {
            "PolicyName": "Cpu",
            "PolicyType": "TargetTrackingScaling",
            "ResourceId": "service/cluster/app",
            "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70, **PREDEFINED, **configuration},
        }
    )


def series(values: Sequence[float | None]) -> Mapping[int, float]:
    """Values of the last minutes, the oldest first; None where there is none."""
    return {when: value for when, value in zip(TIMES[-len(values) :], values, strict=True) if value is not None}


def more(values: Sequence[float | None], capacity: int = 4) -> int | None:
    wish = tracking().more(capacity, series(values), TIMES[-5:])
    return wish.capacity if wish else None


def less(values: Sequence[float | None], capacity: int = 4, **configuration: Any) -> int | None:
    wish = tracking(**configuration).less(capacity, series(values), TIMES)
    return wish.capacity if wish else None


@pytest.mark.parametrize(
    ("values", "capacity"),
    [
        ([71, 71, 140], 8),
        ([71, 71, 71], 5),
        ([140, 140, 71], 5),
        ([140, 140, 70], None),
        ([140, 140], None),
        # Data that came late, or not at all, is passed over.
        ([140, 140, None, 140], 8),
        ([140, None, None, 140, 140], 8),
        ([140, None, None, None, 140, 140], None),
    ],
)
def test_three_data_points_above_the_target_add_in_proportion(
    values: Sequence[float | None], capacity: int | None
) -> None:
    assert more(values) == capacity


@pytest.mark.parametrize(
    ("values", "capacity"),
    [
        ([35] * 15, 2),
        # As many as the busiest minute needs, rounded up.
        ([35] * 14 + [53], 4),
        ([35] * 14 + [52], 3),
        ([0] * 15, 0),
        ([35] * 14 + [63], None),
        ([35] * 14, None),
        ([35] * 10 + [None] + [35] * 5, 2),
        ([35] * 3 + [None] * 3 + [35] * 11, None),
    ],
)
def test_fifteen_data_points_below_nine_tenths_remove(values: Sequence[float | None], capacity: int | None) -> None:
    assert less(values) == capacity


def test_a_policy_that_does_not_scale_in_removes_nothing() -> None:
    assert less([0] * 15, DisableScaleIn=True) is None


def test_cool_downs_are_those_of_the_policy_and_else_those_of_ecs() -> None:
    high, low = series([140] * 3), series([0] * 15)
    for policy, expected in ((tracking(), [300, 300]), (tracking(ScaleOutCooldown=60, ScaleInCooldown=0), [60, 0])):
        wishes = policy.more(4, high, TIMES), policy.less(4, low, TIMES)
        assert [wish.cooldown for wish in wishes if wish] == expected


def test_a_predefined_metric_is_the_average_of_the_service() -> None:
    ((query,),) = (tracking().number.queries.values(),)
    assert (query.namespace, query.name, query.statistic, query.period) == ("AWS/ECS", "CPUUtilization", "Average", 60)
    assert query.dimensions == (("ClusterName", "cluster"), ("ServiceName", "app"))


def customized(specification: Mapping[str, Any]) -> TargetTracking:
    return TargetTracking(
        {
            "PolicyName": "Own",
            "PolicyType": "TargetTrackingScaling",
            "ResourceId": "service/cluster/app",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 50,
                "CustomizedMetricSpecification": specification,
            },
        }
    )


def test_a_metric_of_its_own_is_tracked() -> None:
    dimensions = [{"Name": "Queue", "Value": "jobs"}]
    metric = {"Namespace": "Own", "MetricName": "waiting", "Dimensions": dimensions, "Statistic": "Sum"}
    (query,) = customized(metric).number.queries.values()
    assert (query.metric, query.statistic) == (("Own", "waiting", (("Queue", "jobs"),)), "Sum")


def test_metric_math_is_tracked() -> None:
    stat = {"Metric": {"Namespace": "Own", "MetricName": "waiting"}, "Stat": "Sum"}
    queries = [
        {"Id": "each", "Expression": "waiting / 2"},
        {"Id": "waiting", "MetricStat": stat, "ReturnData": False},
    ]
    policy = customized({"Metrics": queries})
    found = policy.number.series({"waiting": series([200, 200, 200])}, TIMES)
    wish = policy.more(3, found, TIMES)
    assert wish
    assert (wish.capacity, wish.cause) == (6, "Own is 100, above its target 50")


@pytest.mark.parametrize(
    ("kind", "configuration"),
    [
        ("PredictiveScaling", {}),
        (
            "TargetTrackingScaling",
            {
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": 1,
                    "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"},
                }
            },
        ),
    ],
)
def test_other_policies_are_named(kind: str, configuration: Mapping[str, Any]) -> None:
    with pytest.raises(UnknownPolicyError, match=r"PredictiveScaling is not known|RequestCountPerTarget is not meas"):
        TargetTracking({"PolicyName": "It", "PolicyType": kind, "ResourceId": "service/cluster/app", **configuration})


def stepped(
    capacity: Capacity, breach: float, *steps: tuple[float | None, float | None, int], **configuration: Any
) -> Wishes:
    """Return what a policy with steps, each a lower bound, an upper bound and an adjustment, asks for."""
    adjustments = [
        {
            name: value
            for name, value in (
                ("MetricIntervalLowerBound", lower),
                ("MetricIntervalUpperBound", upper),
                ("ScalingAdjustment", adjustment),
            )
            if value is not None
        }
        for lower, upper, adjustment in steps
    ]
    given = {"AdjustmentType": "PercentChangeInCapacity", "StepAdjustments": adjustments, **configuration}
    wishes = Wishes()
    policy = StepScaling({"PolicyARN": "arn", "PolicyName": "Slow", "StepScalingPolicyConfiguration": given})
    policy.ask(capacity, breach, "Alarm", wishes)
    return wishes


def having(desired: int, **changes: Any) -> Capacity:
    return Capacity(**{"least": 2, "most": 20, "desired": desired, **changes})


@pytest.mark.parametrize(
    ("desired", "adjustment", "least", "capacity"),
    [
        (4, 25, 1, 5),
        (4, 25, 2, 6),
        (7, 25, 1, 8),
        (2, 25, 0, 3),
        (15, -45, 0, 9),
        (2, -25, 0, 1),
        (4, -25, 2, 2),
    ],
)
def test_a_share_is_rounded_towards_zero_and_is_at_least_one(
    desired: int, adjustment: int, least: int, capacity: int
) -> None:
    found = stepped(having(desired), 1, (0, None, adjustment), MinAdjustmentMagnitude=least)
    assert [wish.capacity for wish in (*found.more, *found.fewer)] == [capacity]


@pytest.mark.parametrize(("kind", "adjustment", "capacity"), [("ChangeInCapacity", 3, 7), ("ExactCapacity", 9, 9)])
def test_other_adjustments(kind: str, adjustment: int, capacity: int) -> None:
    (wish,) = stepped(having(4), 0, (0, None, adjustment), AdjustmentType=kind).more
    assert wish.capacity == capacity


@pytest.mark.parametrize(
    ("breach", "capacity"), [(0, 5), (9.9, 5), (10, 6), (1000, 6), (-0.1, 3), (-10, 2), (-11, 2), (-9, 3)]
)
def test_the_step_is_that_of_the_breach(breach: float, capacity: int) -> None:
    steps = ((0, 10, 1), (10, None, 2), (-10, 0, -1), (None, -10, -2))
    found = stepped(having(4), breach, *steps, AdjustmentType="ChangeInCapacity")
    assert [wish.capacity for wish in (*found.more, *found.fewer)] == [capacity]


def test_no_step_is_for_what_is_below_the_threshold() -> None:
    assert stepped(having(4), -1, (0, None, 25)) == Wishes()


def wish(capacity: int) -> Wish:
    return Wish(capacity=capacity, cooldown=60, cause=str(capacity))


@pytest.mark.parametrize(
    ("wishes", "capacity"),
    [
        (Wishes(), None),
        # The largest of what adds, up to the maximum.
        (Wishes(more=[wish(6), wish(9)]), 9),
        (Wishes(more=[wish(60)]), 20),
        (Wishes(more=[wish(6)], less=[wish(2), None]), 6),
        # All that scale in have to agree, and the largest is taken, down to the minimum.
        (Wishes(less=[wish(3), wish(2), None]), None),
        (Wishes(less=[wish(3), wish(2)]), 3),
        (Wishes(less=[wish(1), wish(0)]), 2),
        (Wishes(less=[wish(4), wish(2)]), None),
        # A step that removes waits for nobody.
        (Wishes(less=[None], fewer=[wish(3)]), 3),
        (Wishes(less=[wish(2)], fewer=[wish(3)]), 3),
        (Wishes(more=[wish(5)], fewer=[wish(3)]), 5),
    ],
)
def test_the_largest_capacity_wins(wishes: Wishes, capacity: int | None) -> None:
    decided = having(4).decide(wishes)
    assert (decided.capacity if decided else None) == capacity


def test_below_the_minimum_what_adds_adds_up_to_it() -> None:
    decided = having(1, least=5).decide(Wishes(more=[wish(2)]))
    assert decided
    assert decided.capacity == 5
    assert having(1, least=5).decide(Wishes(less=[wish(1)])) is None


def test_above_the_maximum_nothing_is_added() -> None:
    assert having(22).decide(Wishes(more=[wish(30)])) is None


def test_nothing_is_removed_where_it_may_not_be() -> None:
    capacity = having(9, may_scale_in=False)
    assert capacity.decide(Wishes(less=[wish(3)], fewer=[wish(3)])) is None
    added = capacity.decide(Wishes(more=[wish(12)]))
    assert added
    assert added.capacity == 12


def test_what_was_added_in_a_cool_down_counts_with_what_is_added_next() -> None:
    cooling = having(10, added=2)
    assert cooling.settled == 8
    again = stepped(cooling, 1, (0, None, 25))
    assert cooling.decide(again) is None
    # It stays, too, although target tracking would remove it.
    again.less = [wish(2)]
    assert cooling.decide(again) is None
    larger = cooling.decide(stepped(cooling, 1, (0, None, 50)))
    assert larger
    assert larger.capacity == 12
    # What removes, removes of all.
    (fewer,) = stepped(cooling, 1, (0, None, -20)).fewer
    assert fewer.capacity == 8
