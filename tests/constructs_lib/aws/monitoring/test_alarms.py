"""Alarms: thresholds, missing data, receivers, pages."""

import json

import pytest

from assembly.values import Json
from tests.aws.alarms import COMPOSITE, alarms, members, metrics, pages, receivers, threshold, value
from tests.aws.resources import Environment
from tests.plan_numbers import (
    CONNECTIONS_MINUTES,
    CONNECTIONS_PERCENT,
    FREE_MEMORY_PERCENT,
    GROWTH,
    GROWTH_HOURS,
    LEVELS,
    MAX_CONNECTIONS,
    PROBE,
    ROLLBACK,
    RPO_SECONDS,
)


def dashboard(environment: Environment) -> Json:
    (board,) = environment.resources("AWS::CloudWatch::Dashboard")
    return json.loads(board["DashboardBody"])


def shown(environment: Environment) -> set[tuple[str, str, str]]:
    """Return the metrics on the dashboard, with whose they are and with their statistics."""
    found = set()
    for widget in dashboard(environment)["widgets"]:
        for line in widget["properties"].get("metrics", []):
            if isinstance(line[0], str):
                options = line[-1] if isinstance(line[-1], dict) else {}
                found.add((line[0], line[1], options.get("stat", "Average")))
    return found


@pytest.mark.plan("AWS-11")
def test_there_is_one_dashboard(environment: Environment) -> None:
    assert environment.one("AWS::CloudWatch::Dashboard")["DashboardName"] == environment.name


@pytest.mark.plan("MON-1/p50", "MON-1/p95", "MON-1/p99")
@pytest.mark.parametrize("percentile", ["p50", "p95", "p99"])
def test_response_times_are_shown(environment: Environment, percentile: str) -> None:
    assert ("AWS/ApplicationELB", "TargetResponseTime", percentile) in shown(environment)


@pytest.mark.parametrize(
    ("namespace", "name", "statistic"),
    [
        pytest.param("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", marks=pytest.mark.plan("MON-2")),
        pytest.param("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", marks=pytest.mark.plan("MON-2")),
        pytest.param("AWS/ApplicationELB", "RequestCount", "Sum", marks=pytest.mark.plan("MON-3")),
        pytest.param("AWS/ECS", "CPUUtilization", "Average", marks=pytest.mark.plan("MON-4/cpu")),
        pytest.param("AWS/ECS", "MemoryUtilization", "Average", marks=pytest.mark.plan("MON-4/memory")),
        pytest.param("AWS/RDS", "CPUUtilization", "Average", marks=pytest.mark.plan("MON-4/cpu")),
        pytest.param("AWS/RDS", "DatabaseConnections", "Maximum", marks=pytest.mark.plan("MON-5")),
        pytest.param("AWS/ElastiCache", "CacheHitRate", "Average", marks=pytest.mark.plan("MON-6")),
        pytest.param("AWS/CloudFront", "CacheHitRate", "Average", marks=pytest.mark.plan("IMP-4")),
        pytest.param("AWS/RDS", "FreeStorageSpace", "Average", marks=pytest.mark.plan("AWS-11")),
        pytest.param("ECS/ContainerInsights", "EphemeralStorageUtilized", "Average", marks=pytest.mark.plan("AWS-11")),
        pytest.param("ECS/ContainerInsights", "RunningTaskCount", "Average", marks=pytest.mark.plan("AWS-11")),
        pytest.param("ECS/ContainerInsights", "DesiredTaskCount", "Average", marks=pytest.mark.plan("AWS-11")),
        pytest.param("AWS/CertificateManager", "DaysToExpiry", "Minimum", marks=pytest.mark.plan("AWS-11")),
    ],
)
def test_it_is_on_the_dashboard(environment: Environment, namespace: str, name: str, statistic: str) -> None:
    assert (namespace, name, statistic) in shown(environment)


@pytest.mark.plan(
    "MON-7/errors",
    "MON-7/response-time",
    "MON-7/cpu",
    "MON-7/disk",
    "MON-8/errors",
    "MON-8/response-time",
    "MON-8/cpu",
    "MON-8/disk",
)
@pytest.mark.parametrize(("name", "critical", "warning"), LEVELS)
def test_alarms_go_off_where_the_plan_says(environment: Environment, name: str, critical: int, warning: int) -> None:
    assert threshold(environment, f"{name}-Critical") == critical
    assert threshold(environment, f"{name}-Warning") == warning
    comparisons = {
        alarm["ComparisonOperator"] for key, alarm in alarms(environment).items() if key.startswith(name + "-")
    }
    assert comparisons == {"GreaterThanThreshold"}


@pytest.mark.plan("MON-7/response-time")
def test_the_slowest_twentieth_counts(environment: Environment) -> None:
    assert metrics(alarms(environment)["Users-ResponseTime-Critical"])["TargetResponseTime"] == "p95"


@pytest.mark.plan("MON-7/errors", "MON-7/response-time", "MON-7/cpu", "MON-7/disk")
def test_what_is_critical_wakes_who_is_on_call(environment: Environment) -> None:
    on_call = receiver(environment, "OnCall")
    paged = {logical_id for page in pages(environment).values() for logical_id in members(page)}
    for name, alarm in alarms(environment, "-Critical").items():
        # One or the other: by itself, or by the page of its part, never by both.
        assert (receivers(environment, alarm) == {on_call}) != (alarm.logical_id in paged), name
    assert {tuple(receivers(environment, page)) for page in pages(environment).values()} == {(on_call,)}


@pytest.mark.plan(
    "MON-8/errors", "MON-8/response-time", "MON-8/cpu", "MON-8/disk", "SCL-8/usage", "SCL-8/connections", "SCL-8/memory"
)
@pytest.mark.parametrize("severity", ["-Warning", "-Growth"])
def test_warnings_are_read_by_the_team(environment: Environment, severity: str) -> None:
    team = receiver(environment, "Team")
    assert alarms(environment, severity)
    for name, alarm in alarms(environment, severity).items():
        assert receivers(environment, alarm) == {team}, name


@pytest.mark.plan("AWS-11")
def test_one_outage_is_one_page(environment: Environment) -> None:
    found = pages(environment)
    assert set(found) == {"Users-Page", "Service-Page", "Database-Page"}
    outage = found.pop("Users-Page")
    assert "ActionsSuppressor" not in outage.properties
    assert {page["ActionsSuppressor"] for page in found.values()} == {outage}


@pytest.mark.plan("MON-7/errors", "MON-7/response-time")
@pytest.mark.parametrize("name", ["Users-ErrorRate-Critical", "Users-ResponseTime-Critical"])
@pytest.mark.parametrize("requests", [3.0, 29.0])
def test_three_requests_at_night_page_nobody(environment: Environment, name: str, requests: float) -> None:
    alarm = alarms(environment)[name]
    few = {"requests": requests, "failed": 3.0, "unanswered": 0.0, "p95": 5.0}
    assert value(alarm, few) == 0
    assert value(alarm, few | {"requests": 30.0}) > alarm["Threshold"]


_FAILING = [
    ({"requests": 5.0, "failed": 5.0}, True),
    ({"requests": 7.0, "failed": 4.0}, True),
    # No task was there to take a request: the load balancer counts none.
    ({"unanswered": 5.0}, True),
    ({"requests": 1000.0, "failed": 60.0}, True),
    ({"requests": 8.0, "failed": 4.0}, False),
    ({"requests": 1000.0, "failed": 40.0}, False),
    ({"requests": 5.0}, False),
    ({}, False),
]


@pytest.mark.plan("MON-7/errors", "RBK-1/errors")
@pytest.mark.parametrize("name", ["Users-ErrorRate-Critical", "Deployment-ErrorRate-Rollback"])
@pytest.mark.parametrize(("metrics", "breaches"), _FAILING)
def test_a_service_that_only_fails_is_found_at_night_too(
    environment: Environment, name: str, metrics: dict[str, float], breaches: bool
) -> None:
    alarm = alarms(environment)[name]
    if name.startswith("Deployment"):
        metrics = {key if key == "unanswered" else f"{key}_0": number for key, number in metrics.items()}
    assert (value(alarm, metrics) > alarm["Threshold"]) == breaches


@pytest.mark.plan("RBK-1/response-time")
@pytest.mark.parametrize(
    ("metrics", "breaches"),
    [
        ({"requests": 100.0, "p95": 1.5, "p50": 0.1}, True),
        ({"requests": 100.0, "p95": 0.5, "p50": 0.1}, False),
        ({"requests": 5.0, "p95": 4.0, "p50": 1.5}, True),
        ({"requests": 5.0, "p95": 4.0, "p50": 0.1}, False),
        ({"requests": 3.0, "p95": 4.0, "p50": 4.0}, False),
    ],
)
def test_a_release_that_is_only_slow_is_found_at_night_too(
    environment: Environment, metrics: dict[str, float], breaches: bool
) -> None:
    alarm = alarms(environment)["Deployment-ResponseTime-Rollback"]
    of_set = {f"{key}_0": number for key, number in metrics.items()}
    assert (value(alarm, of_set) > alarm["Threshold"]) == breaches


@pytest.mark.plan("RBK-1/health")
def test_one_task_that_fails_by_itself_rolls_nothing_back(environment: Environment) -> None:
    alarm = alarms(environment)["Deployment-Unhealthy-Rollback"]
    assert value(alarm, {"hosts_0": 1.0}) <= alarm["Threshold"]
    assert value(alarm, {"hosts_0": 2.0}) > alarm["Threshold"]


@pytest.mark.plan("RBK-1/cpu", "RBK-1/memory")
@pytest.mark.parametrize("name", ["Cpu", "Memory"])
def test_an_idle_revision_does_not_hide_a_busy_one(environment: Environment, name: str) -> None:
    """Every alarm of a deployment on a metric of the whole service reads the busiest task."""
    alarm = alarms(environment)[f"Deployment-{name}-Rollback"]
    assert (alarm["Namespace"], alarm["Statistic"]) == ("AWS/ECS", "Maximum")


@pytest.mark.plan("AWS-11")
def test_missing_data_is_an_alarm_only_where_it_is_bad(prod: Environment) -> None:
    silent = {name for name, alarm in alarms(prod).items() if alarm.get("TreatMissingData") == "breaching"}
    assert silent == {
        "Users-Answering-Critical",
        "Users-OutsideCheck-Critical",
        "Database-Cpu-Critical",
        "Database-Cpu-Warning",
        "Replica-Behind-Critical",
        "Deployment-Probe-Rollback",
        "Deployment-Probe-Warning",
        *(f"Backups-{name}Age-Warning" for name in ("PointInTime", "Backup", "Copy", "Archive")),
        "Notifications-OnCallUnreachable-Warning",
        "Notifications-TeamUnreachable-Critical",
    }
    judged = {alarm.get("TreatMissingData") for alarm in alarms(prod).values() if alarm.type != COMPOSITE}
    assert judged == {"breaching", "notBreaching"}


@pytest.mark.plan("DR-12")
def test_the_replica_has_alarms_in_its_own_region(prod: Environment) -> None:
    behind = alarms(prod)["Replica-Behind-Critical"]
    assert behind.region == "us-west-2"
    assert behind["Threshold"] == RPO_SECONDS
    assert {action.region for action in behind["AlarmActions"]} == {"us-west-2"}


@pytest.mark.plan("AWS-11")
def test_undelivered_notifications_alarm_the_other_receiver(environment: Environment) -> None:
    on_call, team = receiver(environment, "OnCall"), receiver(environment, "Team")
    for alarm in alarms(environment, "OnCallUnreachable-Warning").values():
        assert receivers(environment, alarm) == {team}
    for alarm in alarms(environment, "TeamUnreachable-Critical").values():
        assert receivers(environment, alarm) == {on_call}
    counted = {
        str(dimension["Value"].logical_id)
        for alarm in alarms(environment).values()
        for query in alarm.get("Metrics", [])
        for dimension in query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", [])
        if dimension["Name"] == "TopicName"
    }
    assert counted == {topic.logical_id for topic in environment.resources("AWS::SNS::Topic")}


@pytest.mark.plan("SEC-5")
def test_topics_are_encrypted_and_open_to_alarms(environment: Environment) -> None:
    topics = environment.resources("AWS::SNS::Topic")
    assert all(topic.get("KmsMasterKeyId") for topic in topics)
    for policy in environment.resources("AWS::SNS::TopicPolicy"):
        allowed = [item for item in policy["PolicyDocument"]["Statement"] if item["Effect"] == "Allow"]
        assert [item["Principal"] for item in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]


@pytest.mark.plan("AWS-11")
def test_production_is_called_from_outside(prod: Environment, staging: Environment, dev: Environment) -> None:
    for environment in (prod, staging):
        canary = environment.one("AWS::Synthetics::Canary")
        assert canary["RunConfig"]["EnvironmentVariables"]["URL"].startswith("https://api.")
        assert canary["Schedule"]["Expression"] == "rate(5 minutes)"
        assert "VPCConfig" not in canary.properties
    assert not dev.resources("AWS::Synthetics::Canary")


@pytest.mark.plan("SCL-8/usage", "SCL-8/connections", "SCL-8/memory")
@pytest.mark.parametrize(
    ("name", "limit", "period", "periods"),
    [
        *((name, limit, 3600, GROWTH_HOURS) for name, limit in GROWTH),
        ("Database-Connections", MAX_CONNECTIONS * CONNECTIONS_PERCENT // 100, 60, CONNECTIONS_MINUTES),
        ("Database-FreeMemory", 8 * 2**30 * FREE_MEMORY_PERCENT // 100, 3600, GROWTH_HOURS),
    ],
)
def test_what_is_too_small_for_hours_is_said(
    prod: Environment, name: str, limit: int, period: int, periods: int
) -> None:
    alarm = alarms(prod)[f"{name}-Growth"]
    found = {alarm.get("Period")} | {query.get("MetricStat", {}).get("Period") for query in alarm.get("Metrics", [])}
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], found - {None}) == (limit, periods, {period})


def test_it_says_how_to_grow(environment: Environment) -> None:
    name = environment.name.removeprefix("Goodies").lower()
    for key, alarm in alarms(environment, "-Growth").items():
        assert f"make resize ENV={name} WHAT={key.split('-')[0].lower()}" in alarm["AlarmDescription"], key


@pytest.mark.plan("RBK-1/health", "RBK-1/errors", "RBK-1/response-time", "RBK-1/memory", "RBK-1/cpu")
def test_a_bad_deployment_is_rolled_back(environment: Environment) -> None:
    limits = {**ROLLBACK, **PROBE}
    configuration = environment.one("AWS::ECS::Service")["DeploymentConfiguration"]
    assert configuration["Alarms"] == {
        "AlarmNames": [f"{environment.name}-{name}" for name in limits],
        "Enable": True,
        "Rollback": True,
    }
    assert configuration["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert {name: alarm["Threshold"] for name, alarm in alarms(environment, "-Rollback").items()} == limits


def test_rollback_alarms_exist_before_the_service(environment: Environment) -> None:
    service = environment.one("AWS::ECS::Service")
    assert {alarm.logical_id for alarm in alarms(environment, "-Rollback").values()} <= set(service.body["DependsOn"])


def receiver(environment: Environment, topic: str) -> str:
    """Return the one address behind the topics of a kind."""
    found = {
        subscription["Endpoint"]
        for subscription in environment.resources("AWS::SNS::Subscription")
        if f"/{topic}Email" in subscription.path
    }
    (address,) = found
    return str(address)
