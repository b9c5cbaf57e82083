"""Signals: every cloud renders each section with the same alarms, receivers, pages and runbooks."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from constructs_lib.signals.alarms import alarms_of, pages_of
from constructs_lib.signals.signal import Graph, MissingData, Receiver, Section, Severity, Signal, Threshold
from tests.aws import alarms as aws
from tests.aws.resources import Environment
from tests.gcp import alarms as gcp
from tests.gcp.terraform import Stack

_SECTIONS = ("Users", "Service", "Database", "Cache", "Certificates", "Replica", "Deployment")
# The load balancer is regional there and has a certificate of its own; on Google Cloud it is the CDN's.
# A release on Google Cloud is judged by what users get alone.
_ONLY_AWS = {
    "Certificates-LoadBalancer-Critical",
    "Certificates-LoadBalancer-Warning",
    "Deployment-Probe-Rollback",
    "Deployment-Probe-Warning",
    "Deployment-ProbeResponseTime-Rollback",
}


@dataclass(frozen=True)
class Rendered:
    """Rendered alarm of a cloud.

    Attributes:
        runbook: the path that its text ends with.
        receivers: addresses that it notifies; of a rollback alarm none, which no person receives.
    """

    runbook: str | None
    receivers: frozenset[str]


def _of_aws(environment: Environment) -> Mapping[str, Rendered]:
    return {
        name: Rendered(aws.runbook(alarm), frozenset(aws.receivers(environment, alarm)))
        for name, alarm in aws.alarms(environment).items()
        if name.startswith(_SECTIONS) and name not in _ONLY_AWS
    }


def _of_gcp(stack: Stack) -> Mapping[str, Rendered]:
    return {
        name: Rendered(
            gcp.runbook(policy), frozenset() if name.endswith("-Rollback") else frozenset(gcp.receivers(policy))
        )
        for name, policy in gcp.alarms(stack).items()
        if name.startswith(_SECTIONS)
    }


def test_both_clouds_have_the_same_alarms_receivers_and_runbooks(prod: Environment, gcp_prod: Stack) -> None:
    assert _of_aws(prod) == _of_gcp(gcp_prod)


@pytest.mark.parametrize("section", _SECTIONS)
def test_every_section_has_alarms(gcp_prod: Stack, section: str) -> None:
    assert [name for name in _of_gcp(gcp_prod) if name.startswith(section)]


def _section(name: str, *, page_message: str) -> Section[str]:
    signal = Signal(
        name="Errors",
        metric="errors",
        summary="Requests fail.",
        first_check="the log.",
        runbook="errors",
        thresholds={severity: Threshold(value=1, periods=1) for severity in Severity},
        missing_data=MissingData.OK,
    )
    return Section(
        name=name, graphs=[Graph(title="Errors", shows=[signal, "p50"])], page_message=page_message, runbook="outage"
    )


def test_a_critical_alarm_notifies_by_itself_or_by_its_page() -> None:
    receivers = {}
    for page_message in ("", "Users notice."):
        section = _section("Users", page_message=page_message)
        (signal,) = section.signals
        receivers[page_message] = [alarm.receiver for alarm in alarms_of(section, signal)]
    others = [Receiver.TEAM, Receiver.TEAM, Receiver.ROLLBACK]
    assert receivers == {"": [Receiver.ON_CALL, *others], "Users notice.": [None, *others]}


def test_the_first_page_suppresses_the_others() -> None:
    sections = [
        _section("Silent", page_message=""),
        _section("Users", page_message="It fails."),
        _section("Service", page_message="It is strained."),
        _section("Database", page_message="It is strained."),
    ]
    outage, *others = pages_of(sections)
    assert (outage.name, outage.suppressed_by) == ("Users-Page", None)
    assert [(page.name, page.suppressed_by) for page in others] == [
        ("Service-Page", outage),
        ("Database-Page", outage),
    ]
    assert [alarm.name for alarm in outage.alarms] == ["Users-Errors-Critical"]
    assert outage.description == "It fails. Runbook: docs/runbooks/outage.md"
