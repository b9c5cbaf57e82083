"""Rollback alarm on the pods' health: its query on the series of healthy and of bad releases, sample by sample."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from tests.gcp.promql import Series, evaluate
from tests.gcp.terraform import Stack

MINUTE = 60
# A pod of an image that its node pulls first, with a migration: 170 seconds.
PULL, MIGRATION, START = 60, 90, 20
# Seconds in which a pod that ends does not answer any more and is not gone yet.
END = 15
NEVER = 10**6


@dataclass(frozen=True)
class Pod:
    """A pod by the second of its life: its container is there from ``begin`` to ``end``, ready in some spans."""

    name: str
    begin: int
    end: int = NEVER
    ready: Sequence[tuple[int, int]] = field(default=())

    def series(self, every: int, phase: int) -> Series:
        times = range(phase, 40 * MINUTE, every)
        samples = {
            at - 20 * MINUTE: float(any(start <= at - 20 * MINUTE < end for start, end in self.ready))
            for at in times
            if self.begin <= at - 20 * MINUTE < self.end
        }
        labels = {"cluster": "goodies-prod", "container": "funkygibbon", "pod": self.name}
        return Series("kube_pod_container_status_ready", labels, samples)


def starting(name: str, begin: int, seconds: int = PULL + MIGRATION + START, end: int = NEVER) -> Pod:
    return Pod(name, begin, end, [(begin + seconds, end - END)])


def breaches(stack: Stack, pods: Iterable[Pod]) -> Iterator[int]:
    """Yield the minutes since the release in which the alarm is on, for any interval and phase of the samples."""
    (alarm,) = (
        policy
        for policy in stack.resources("google_monitoring_alert_policy", "Rollback")
        if "-Deployment-Unhealthy" in policy["display_name"]
    )
    query = alarm["conditions"][0]["condition_prometheus_query_language"]["query"]
    known = list(pods)
    for every, phase in ((15, 3), (30, 0), (30, 17), (60, 0), (60, 31), (60, 59)):
        series = [pod.series(every, phase) for pod in known]
        yield from (minute for minute in range(-3, 20) if evaluate(query, series, minute * MINUTE))


def release(ready_after: int) -> list[Pod]:
    """Four pods take over from four: none of the old ends before all of the new are ready."""
    old = [starting(f"old-{number}", -9000, end=ready_after + 30 + END) for number in range(4)]
    return [*old, *(starting(f"new-{number}", 0, ready_after) for number in range(4))]


@pytest.mark.plan("RBK-1/health")
@pytest.mark.parametrize("seconds", [20, 110, PULL + MIGRATION + START, 400])
def test_a_healthy_release_is_not_rolled_back_however_long_it_starts(gcp_prod: Stack, seconds: int) -> None:
    assert sorted(breaches(gcp_prod, release(seconds))) == []


@pytest.mark.plan("RBK-1/health")
def test_pods_added_and_pods_moved_are_no_fault_of_the_release(gcp_prod: Stack) -> None:
    added = [starting(f"added-{number}", 5 * MINUTE) for number in range(4)]
    drained = starting("drained", 0, end=6 * MINUTE)
    moved = starting("moved", 6 * MINUTE)
    assert sorted(breaches(gcp_prod, [*release(170), *added, drained, moved])) == []


@pytest.mark.plan("RBK-1/health")
def test_a_release_whose_pods_stop_answering_is_rolled_back(gcp_prod: Stack) -> None:
    good = release(100)
    bad = [Pod(pod.name, 0, ready=[(100, 6 * MINUTE)]) for pod in good[4:]]
    found = list(breaches(gcp_prod, [*good[:4], *bad]))
    assert min(found) > 6
    assert {9, 10, 11} <= set(found)


@pytest.mark.plan("RBK-1/health")
def test_a_release_that_crashes_again_and_again_is_rolled_back(gcp_prod: Stack) -> None:
    good = release(100)
    # The kubelet doubles the pause before each restart, from ten seconds ("Pod Lifecycle", Kubernetes documentation).
    spans = [(100, 140), (170, 210), (250, 290), (350, 390), (490, 530), (710, 750)]
    bad = [Pod(pod.name, 0, ready=spans) for pod in good[4:]]
    assert min(breaches(gcp_prod, [*good[:4], *bad])) <= 13


@pytest.mark.plan("RBK-1/health")
def test_a_release_that_never_answers_is_rolled_back_after_the_time_to_start(gcp_prod: Stack) -> None:
    old = [starting(f"old-{number}", -9000) for number in range(4)]
    new = [Pod(f"new-{number}", 0) for number in range(4)]
    found = list(breaches(gcp_prod, [*old, *new]))
    assert min(found) >= 10
    assert {13, 14, 15} <= set(found)
