"""Alarms of an environment: thresholds, receivers, pages, metrics."""

import re
from typing import Any

from assembly.values import Json
from local.body.metric_math import evaluate
from reports import metric_math
from tests.aws.resources import Environment, Resource

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
_RUNBOOK = re.compile(r"Runbook: (\S+)$")


def alarms(environment: Environment, suffix: str = "") -> dict[str, Resource]:
    """Return the alarms by name, without that of the environment; ``suffix`` takes those that end with it."""
    found = [*environment.resources(ALARM), *environment.resources(COMPOSITE)]
    named = {f"{alarm['AlarmName'].removeprefix(environment.name + '-')}": alarm for alarm in found}
    return {name: alarm for name, alarm in named.items() if name.endswith(suffix)}


def threshold(environment: Environment, name: str) -> Any:
    """Return the number of an alarm."""
    return alarms(environment)[name]["Threshold"]


def runbook(alarm: Resource) -> str | None:
    """Return the path that an alarm's text ends with."""
    found = _RUNBOOK.search(alarm["AlarmDescription"])
    return found and found[1]


def receivers(environment: Environment, alarm: Resource) -> set[str]:
    """Return the addresses that receive an alarm."""
    return {
        subscription["Endpoint"]
        for subscription in environment.resources("AWS::SNS::Subscription")
        if subscription["TopicArn"] in alarm.get("AlarmActions", [])
    }


def pages(environment: Environment) -> dict[str, Resource]:
    """Return the composite alarms by name."""
    return {name: alarm for name, alarm in alarms(environment).items() if alarm.type == COMPOSITE}


def members(page: Resource) -> set[str]:
    """Return the logical ids that a composite alarm is made of."""
    rule: Json = page.body["Properties"]["AlarmRule"]
    return {part["Fn::GetAtt"][0] for part in rule["Fn::Join"][1] if isinstance(part, dict)}


def metrics(alarm: Resource) -> dict[str, str]:
    """Return the metrics that an alarm reads, and their statistics."""
    queries = [query["MetricStat"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    read = {stat["Metric"]["MetricName"]: stat["Stat"] for stat in queries}
    return read or {alarm["MetricName"]: alarm.get("Statistic") or alarm.get("ExtendedStatistic")}


def value(alarm: Resource, metrics: dict[str, float]) -> float:
    """Return what an alarm's expression is in a minute, from the values of its metrics by their ids; 0 without one."""
    (expression,) = (query["Expression"] for query in alarm["Metrics"] if query.get("ReturnData", True))
    queries = [query["Id"] for query in alarm["Metrics"] if "MetricStat" in query]
    series = {name: {0: metrics[name]} if name in metrics else {} for name in queries}
    return evaluate(expression, series, [0]).get(0, 0)


def metric_value(expression: str, metrics: dict[str, float]) -> float:
    """Return the value of metric math, from the values of its metrics by their ids; 0 without one."""
    return metric_math.value(metric_math.parse(expression), metrics) or 0
