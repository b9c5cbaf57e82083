"""Application Auto Scaling: each minute the deployed policies of ECS services are judged, and desired counts are set.

A test that wants a service to scale sets a fast clock (``cloud.clock = 12``), sends load that the deployed policies act
on, and reads ``DescribeServices`` and ``DescribeScalingActivities``. It waits for three minutes of the clock above the
target, or for fifteen below nine tenths of it, and for some seconds in which metrics are published.

A minute of a fast clock has fewer requests than one of AWS at the same rate. Metrics that target tracking reads are
divided by the seconds of a minute where they are rates, so a sum is multiplied by the factor.
"""

import logging
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from local.body.alarms import Alarm
from local.body.deployed import Deployed, Place
from local.body.metric_math import MetricMathError, Series
from local.body.metric_queries import Number, Query, Reading
from local.body.metric_values import last_minute
from local.body.part import Part
from local.body.scaling_policies import (
    IN_PERIODS,
    OUT_PERIODS,
    Capacity,
    StepScaling,
    TargetTracking,
    UnknownPolicyError,
    Wish,
    Wishes,
)

_NAMESPACE = "ecs"
_DIMENSION = "ecs:service:DesiredCount"
_COUNTS = ("Sum", "SampleCount")
_log = logging.getLogger(__name__)


@dataclass
class _Activity:
    """The last scaling activity of a target.

    Attributes:
        identifier: by which the emulator lists it.
        added: by how much it changed the capacity; negative where it removed.
        capacity: that it set.
        cooldown: seconds that begin when it is completed.
        cause: why it was.
        started: when.
        until: end of its cool-down; None before it is completed.
    """

    identifier: str
    added: int
    capacity: int
    cooldown: float
    cause: str
    started: float
    until: float | None = None

    @property
    def over(self) -> bool:
        """True after its cool-down."""
        return self.until is not None and time.time() >= self.until


@dataclass(frozen=True)
class _Target:
    """A scalable target with its policies and its service, as the APIs have them."""

    place: Place
    described: Mapping[str, Any]
    policies: Sequence[Mapping[str, Any]]
    service: Mapping[str, Any]

    @property
    def resource(self) -> str:
        return str(self.described["ResourceId"])

    @property
    def deploys(self) -> bool:
        """True during a deployment of the service, in which nothing is removed."""
        return any(each.get("rolloutState") == "IN_PROGRESS" for each in self.service.get("deployments", ()))


class Autoscaling(Part):
    """Scales the deployed services each minute, after the alarms were judged."""

    def __init__(self) -> None:
        super().__init__()
        self._judged = 0
        self._activities: dict[tuple[Place, str], _Activity] = {}

    def reconcile(self, deployed: Deployed) -> None:
        """Judge the policies, once in each minute, and set desired counts."""
        now = last_minute(deployed.now, deployed.clock)
        if now == self._judged:
            return
        notes: list[str] = []
        for place in deployed.places if self._judged else ():
            for target in _targets(deployed, place):
                self._scale(deployed, target, now, notes)
        self.notes = notes
        self._judged = now

    @override
    def stop(self) -> None:
        """Do nothing: no process of it runs."""

    def _scale(self, deployed: Deployed, target: _Target, now: int, notes: list[str]) -> None:
        activity = self._completed(deployed, target)
        capacity = Capacity(
            least=int(target.described["MinCapacity"]),
            most=int(target.described["MaxCapacity"]),
            desired=int(target.service["desiredCount"]),
            added=max(0, activity.added) if activity else 0,
            # The cool-down of what was added does not keep anything from being removed.
            may_scale_in=not target.deploys and (activity is None or (activity.added > 0 and bool(activity.until))),
        )
        reading = Reading(deployed.client("cloudwatch", target.place), now, deployed.clock)
        wish = capacity.decide(_wishes(target, capacity, reading, notes))
        if wish:
            self._set(deployed, target, wish, capacity.added)

    def _completed(self, deployed: Deployed, target: _Target) -> _Activity | None:
        """Return the last activity while it is at work or its cool-down lasts; it is at work until its tasks run."""
        activity = self._activities.get((target.place, target.resource))
        if activity is None or activity.over or activity.capacity != target.service["desiredCount"]:
            return None  # somebody else may have set another count meanwhile
        running = int(target.service["runningCount"])
        reached = running >= activity.capacity if activity.added > 0 else running <= activity.capacity
        if activity.until is None and reached:
            activity.until = time.time() + activity.cooldown / deployed.clock
            _publish(deployed, target, activity, "Successful")
        return activity

    def _set(self, deployed: Deployed, target: _Target, wish: Wish, added: int) -> None:
        """Set the desired count; in a cool-down, what was added before counts with what is added now."""
        before = int(target.service["desiredCount"])
        _, cluster, service = target.resource.split("/")
        ecs = deployed.client("ecs", target.place)
        ecs.update_service(cluster=cluster, service=service, desiredCount=wish.capacity)
        _log.info("%s: desired count %s instead of %s: %s", target.resource, wish.capacity, before, wish.cause)
        earlier = self._activities.get((target.place, target.resource))
        if earlier and earlier.until is None:
            _publish(deployed, target, earlier, "Overridden")
        activity = _Activity(
            identifier=str(uuid.uuid4()),
            added=wish.capacity - before + (added if wish.capacity > before else 0),
            capacity=wish.capacity,
            cooldown=wish.cooldown,
            cause=wish.cause,
            started=time.time(),
        )
        self._activities[target.place, target.resource] = activity
        _publish(deployed, target, activity, "InProgress")


def _targets(deployed: Deployed, place: Place) -> Sequence[_Target]:
    """Return the scalable targets of a place whose service there is."""
    client, ecs = deployed.client("application-autoscaling", place), deployed.client("ecs", place)
    targets = []
    for described in client.describe_scalable_targets(ServiceNamespace=_NAMESPACE)["ScalableTargets"]:
        _, cluster, service = described["ResourceId"].split("/")
        request = {"ServiceNamespace": _NAMESPACE, "ResourceId": described["ResourceId"]}
        policies = client.describe_scaling_policies(**request)["ScalingPolicies"]
        clusters = ecs.describe_clusters(clusters=[cluster])["clusters"]
        found = ecs.describe_services(cluster=cluster, services=[service])["services"] if clusters else ()
        targets += [_Target(place, described, policies, each) for each in found if each["status"] == "ACTIVE"]
    return targets


def _wishes(target: _Target, capacity: Capacity, reading: Reading, notes: list[str]) -> Wishes:
    """Return what the policies of a target ask for; those that are not acted on are noted."""
    wishes = Wishes()
    steps: list[StepScaling] = []
    for described in target.policies:
        try:
            if described["PolicyType"] == "StepScaling":
                steps.append(StepScaling(described))
            else:
                _track(TargetTracking(described), capacity, reading, wishes)
        except (UnknownPolicyError, MetricMathError) as error:
            notes.append(f"The scaling policy {described['PolicyName']} of {target.resource} does nothing: {error}")
    if steps:
        _step(steps, capacity, reading, wishes)
    return wishes


def _track(policy: TargetTracking, capacity: Capacity, reading: Reading, wishes: Wishes) -> None:
    number = policy.number
    series = number.series(
        _values(reading, number, IN_PERIODS, reading.clock), reading.times(number.period, IN_PERIODS)
    )
    if wish := policy.more(capacity.settled, series, reading.times(number.period, OUT_PERIODS)):
        wishes.more.append(wish)
    if policy.scales_in:
        wishes.less.append(policy.less(capacity.desired, series, reading.times(number.period, IN_PERIODS)))


def _step(policies: Sequence[StepScaling], capacity: Capacity, reading: Reading, wishes: Wishes) -> None:
    """Add what steps ask for whose alarm is on.

    Such an action is taken each minute while the alarm stays in its state ("Alarm actions", CloudWatch user guide).
    """
    pages = reading.cloudwatch.get_paginator("describe_alarms").paginate(StateValue="ALARM", AlarmTypes=["MetricAlarm"])
    for described in (each for page in pages for each in page["MetricAlarms"] if each.get("ActionsEnabled", True)):
        for policy in policies:
            if policy.arn in described.get("AlarmActions", ()):
                alarm = Alarm(described)
                policy.ask(capacity, _breach(alarm, reading), alarm.name, wishes)


def _breach(alarm: Alarm, reading: Reading) -> float:
    """Return how far an alarm's number is above its threshold; 0 where it has no value."""
    times = reading.times(alarm.number.period, alarm.periods)
    series = alarm.number.series(_values(reading, alarm.number, alarm.periods), times)
    found = [series[each] for each in times if each in series]
    return found[-1] - alarm.threshold if found else 0.0


def _values(reading: Reading, number: Number, periods: int, clock: int = 1) -> Mapping[str, Series]:
    """Return the values of a number's metrics by their ids; counts as they would be in a period of AWS."""
    values = reading.values([(number, periods)])
    return {identifier: _scaled(query, values[query], clock) for identifier, query in number.queries.items()}


def _scaled(query: Query, series: Series, clock: int) -> Series:
    factor = clock if query.statistic in _COUNTS else 1
    return {when: value * factor for when, value in series.items()}


def _publish(deployed: Deployed, target: _Target, activity: _Activity, status: str) -> None:
    """Let the emulator list an activity."""
    messages = {
        "InProgress": "Waiting for change to be fulfilled by ecs.",
        "Successful": "Change successfully fulfilled by ecs.",
    }
    described = {
        "ActivityId": activity.identifier,
        "ServiceNamespace": _NAMESPACE,
        "ResourceId": target.resource,
        "ScalableDimension": _DIMENSION,
        "Description": f"Setting desired count to {activity.capacity}.",
        "Cause": activity.cause,
        "StartTime": activity.started,
        "StatusCode": status,
    }
    if status in messages:
        described["StatusMessage"] = f"Successfully set desired count to {activity.capacity}. {messages[status]}"
    if status != "InProgress":
        described["EndTime"] = time.time()
    place = {"Account": target.place.account, "Region": target.place.region}
    deployed.cloud.control("scaling-activity", {**place, "Activity": described})
