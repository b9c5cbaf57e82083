"""Monitors of a service deployment: the circuit breaker, and the alarms that end it.

"Amazon ECS deployment failure detection", developer guide: both support rolling and blue/green deployments.
"""

from collections.abc import Mapping
from typing import Any

from local.emulator.deployments.records import Record
from local.emulator.ministack_internals import ALARMS, CIRCUIT_BREAKER_THRESHOLD, COMPOSITE_ALARMS

DISABLED = "DISABLED"
_MONITORING = "MONITORING"
_TRIGGERED = "TRIGGERED"
_ENDED = "MONITORING_COMPLETE"
# DeploymentCircuitBreaker and ServiceDeployment, Amazon ECS API reference; hashicorp/terraform-provider-aws, tests of
# blue/green deployments.
THRESHOLD_EXCEEDED = "Service deployment rolled back because the circuit breaker threshold was exceeded."


def begun(service: Record) -> Record:
    """Return the monitors of a deployment that begins.

    With one alarm on, ECS ignores the alarms for the whole deployment ("How CloudWatch alarms detect Amazon ECS
    deployment failures").
    """
    alarms = alarm_settings(service)
    names = list(alarms.get("alarmNames", []))
    monitored = bool(alarms.get("enable")) and not alarms_on(names)
    return {
        "deploymentCircuitBreaker": {
            "status": _MONITORING if breaker_settings(service).get("enable") else DISABLED,
            "failureCount": 0,
            "threshold": threshold(service),
        },
        "alarms": {
            "status": _MONITORING if monitored else DISABLED,
            "alarmNames": names,
            "triggeredAlarmNames": [],
        },
    }


def breaker_settings(service: Mapping[str, Any]) -> Record:
    """Return a service's settings of the circuit breaker."""
    return dict((service.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {})


def alarm_settings(service: Mapping[str, Any]) -> Record:
    """Return a service's settings of the alarms."""
    return dict((service.get("deploymentConfiguration") or {}).get("alarms") or {})


def threshold(service: Record) -> int:
    """Return how many failed tasks end a deployment (ThresholdConfiguration, Amazon ECS API reference)."""
    return int(CIRCUIT_BREAKER_THRESHOLD.value(service))


def alarms_on(names: list[str]) -> list[str]:
    """Return those of some alarms that are on."""
    found = {name: ALARMS.value.get(name) or COMPOSITE_ALARMS.value.get(name) for name in names}
    return [name for name, alarm in found.items() if alarm and alarm["StateValue"] == "ALARM"]


def count_failure(service: Record, record: Record, entry: Record) -> None:
    """Count a task that has failed."""
    breaker = record["deploymentCircuitBreaker"]
    breaker["failureCount"] += 1
    breaker["threshold"] = threshold(service)
    entry["failedTasks"] = breaker["failureCount"]


def count_healthy(service: Record, record: Record, entry: Record) -> None:
    """Begin to count anew once a task is healthy, unless the service says otherwise (``resetOnHealthyTask``)."""
    if breaker_settings(service).get("resetOnHealthyTask", True):
        record["deploymentCircuitBreaker"]["failureCount"] = entry["failedTasks"] = 0


def trip(record: Record) -> bool:
    """Return whether too many tasks have failed, and say so in the record."""
    breaker = record["deploymentCircuitBreaker"]
    if breaker["status"] == DISABLED or breaker["failureCount"] < breaker["threshold"]:
        return False
    breaker["status"] = _TRIGGERED
    return True


def alarm(record: Record) -> list[str]:
    """Return the alarms that have gone off since the deployment began, and say so in the record."""
    alarms = record["alarms"]
    on = alarms_on(alarms["alarmNames"]) if alarms["status"] == _MONITORING else []
    if on:
        alarms |= {"status": _TRIGGERED, "triggeredAlarmNames": on}
    return on


def end(record: Record) -> None:
    """Say that nothing is monitored any longer."""
    for name in ("deploymentCircuitBreaker", "alarms"):
        if record[name]["status"] == _MONITORING:
            record[name]["status"] = _ENDED


def rolling_bake_seconds(service: Record) -> float:
    """Return how long the alarms are monitored after a rolling deployment.

    ECS "computes this time period based on the alarm configuration" and does not say how: here it is the longest time
    that one of the alarms evaluates.
    """
    alarms = alarm_settings(service)
    found = [ALARMS.value.get(name) for name in alarms.get("alarmNames", [])] if alarms.get("enable") else []
    return max((_evaluated_seconds(each) for each in found if each), default=0.0)


def _evaluated_seconds(found: Mapping[str, Any]) -> float:
    periods = [int(each["MetricStat"]["Period"]) for each in found.get("Metrics") or [] if each.get("MetricStat")]
    return float(max([int(found.get("Period") or 0), *periods]) * int(found.get("EvaluationPeriods", 1)))
