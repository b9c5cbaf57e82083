"""The alarms of an environment on Google Cloud, in the words of the plan."""

import re
from dataclasses import dataclass

from tests.gcp.terraform import Resource, Stack

POLICY = "google_monitoring_alert_policy"
_RUNBOOK = re.compile(r"Runbook: (\S+)$")
_JUDGED = re.compile(r" ([<>]) bool ([0-9.e+]+)\)?(?: or absent\(.*\))?\)\[(\d+)m:(\d+)m\]\) >= (\d+)$")


@dataclass(frozen=True)
class Judgement:
    """Condition of an alarm, parsed from its query."""

    sign: str
    value: float
    minutes: int
    period: int
    samples: int


def alarms(stack: Stack, suffix: str = "") -> dict[str, Resource]:
    """Return the alarms by name, without that of the environment; ``suffix`` takes those that end with it."""
    found = {policy["display_name"].partition("-")[2]: policy for policy in stack.resources(POLICY)}
    return {name: policy for name, policy in found.items() if name.endswith(suffix)}


def query(policy: Resource) -> str:
    """Return the query of an alarm of metrics."""
    (condition,) = policy["conditions"]
    return str(condition["condition_prometheus_query_language"]["query"])


def judged(policy: Resource) -> Judgement:
    """Return when an alarm goes off."""
    found = _JUDGED.search(query(policy))
    assert found, f"{policy} is judged otherwise: {query(policy)}"
    sign, value, minutes, period, samples = found.groups()
    return Judgement(sign, float(value), int(minutes), int(period), int(samples))


def runbook(policy: Resource) -> str | None:
    """Return the path that an alarm's text ends with."""
    found = _RUNBOOK.search(policy["documentation"]["content"])
    return found and found[1]


def receivers(policy: Resource) -> set[str]:
    """Return the addresses that an alarm tells."""
    return {channel["labels"]["email_address"] for channel in policy["notification_channels"]}
