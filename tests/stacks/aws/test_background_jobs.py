"""Every job that runs without a person has a rule or an alarm that names it, in its account and region."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from assembly.values import Json
from tests.aws.assembly import Assembly
from tests.aws.resources import Environment, Resource, leaves

RULE = "AWS::Events::Rule"
ALARM = "AWS::CloudWatch::Alarm"
# The event by which a failed job of each type is known: source, detail type, and a state or name of it.
EVENTS = {
    "AWS::Backup::BackupPlan": [
        ("aws.backup", "Backup Job State Change", "FAILED"),
        ("aws.backup", "Copy Job State Change", "FAILED"),
    ],
    "AWS::Backup::RestoreTestingPlan": [("aws.backup", "Restore Job State Change", "FAILED")],
    "AWS::SecretsManager::RotationSchedule": [
        ("aws.secretsmanager", "AWS Service Event via CloudTrail", "RotationFailed")
    ],
    "AWS::StepFunctions::StateMachine": [
        ("aws.states", "Step Functions Execution Status Change", state) for state in ("FAILED", "TIMED_OUT", "ABORTED")
    ],
    "AWS::RDS::DBInstance": [("aws.rds", "RDS DB Instance Event", "failure")],
}
REPLICA_OF_A_SECRET = ("aws.secretsmanager", "AWS Service Event via CloudTrail", "ReplicationFailed")


def everything(assembly: Assembly) -> list[Resource]:
    return [resource for environment in assembly.environments for resource in environment.resources()]


def reported(account: Environment) -> set[tuple[str, str, str, str]]:
    """Return region, source, detail type and each value of the events that reach a topic."""
    found = set()
    for rule in account.resources(RULE):
        pattern: Any = rule["EventPattern"]
        if any(target["Arn"].type == "AWS::SNS::Topic" for target in rule["Targets"]):
            for source in pattern["source"]:
                for kind in pattern["detail-type"]:
                    found |= {(rule.region, source, kind, str(value)) for value in leaves(pattern.get("detail", {}))}
    return found


@pytest.mark.plan("DR-1", "DR-3", "DR-4", "SEC-8/rotated", "DR-7/region")
def test_the_failure_of_every_job_reaches_a_topic_of_its_region(assembly: Assembly, account: Environment) -> None:
    rules = reported(account)
    silent = [
        f"{job}: {event}"
        for job in everything(assembly)
        for event in [*EVENTS.get(job.type, []), *([REPLICA_OF_A_SECRET] if job.get("ReplicaRegions") else [])]
        if (job.region, *event) not in rules
    ]
    assert silent == []


@pytest.mark.plan("DR-4", "SEC-12")
def test_every_schedule_that_does_not_start_is_noticed(assembly: Assembly) -> None:
    jobs = everything(assembly)
    alarms = [job for job in jobs if job.type == ALARM]
    silent = [
        str(schedule)
        for schedule in jobs
        if schedule.type == "AWS::Scheduler::Schedule" and not any(_notices(alarm, schedule) for alarm in alarms)
    ]
    assert silent == []


def _notices(alarm: Resource, schedule: Resource) -> bool:
    """Return whether an alarm counts a schedule's dead letters, or misses the metric that its job writes."""
    if alarm.region != schedule.region or not alarm.get("AlarmActions"):
        return False
    queue = schedule["Target"].get("DeadLetterConfig", {}).get("Arn")
    if queue is not None and any(str(queue) == str(leaf) for leaf in leaves(_metrics(alarm))):
        return True
    job, metrics = schedule["Target"]["Arn"], _metrics(alarm)
    if alarm["TreatMissingData"] != "breaching":
        return False
    if job.type == "AWS::Lambda::Function":
        variables = job["Environment"]["Variables"]
        return variables["NAMESPACE"] in _values("Namespace", metrics) and variables["ENVIRONMENT"] in leaves(metrics)
    return bool({*_values("MetricName", metrics)} & {*_written(job)})


def _metrics(alarm: Resource) -> Json:
    return [
        alarm.get("Metrics", []),
        {key: alarm.get(key) for key in ("Namespace", "MetricName", "Dimensions")},
    ]


def _values(key: str, value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get(key):
            yield str(value[key])
        for item in value.values():
            yield from _values(key, item)
    elif isinstance(value, list):
        for item in value:
            yield from _values(key, item)


def _written(state_machine: Resource) -> Iterator[str]:
    """Return the names of the metrics that a state machine writes."""
    for state in json.loads(state_machine["DefinitionString"])["States"].values():
        if str(state.get("Resource", "")).endswith("cloudwatch:putMetricData"):
            yield from (metric["MetricName"] for metric in state["Arguments"]["MetricData"])


@pytest.mark.plan("DR-4", "SEC-8/rotated", "IMP-8/finding")
def test_every_rule_keeps_what_it_could_not_deliver_where_an_alarm_counts_it(assembly: Assembly) -> None:
    jobs = everything(assembly)
    counted = {str(leaf) for job in jobs if job.type == ALARM for leaf in leaves(_metrics(job))}
    silent = [
        str(rule)
        for rule in jobs
        if rule.type == RULE
        for target in rule["Targets"]
        if str(target.get("DeadLetterConfig", {}).get("Arn")) not in counted
    ]
    assert silent == []


@pytest.mark.plan("DR-9")
def test_every_replicated_bucket_has_its_alarms(assembly: Assembly) -> None:
    jobs = everything(assembly)
    counted = {
        (alarm["MetricName"], str(item["Value"]))
        for alarm in jobs
        if alarm.type == ALARM and alarm.get("MetricName")
        for item in alarm.get("Dimensions", [])
        if item["Name"] == "SourceBucket"
    }
    replicated = [
        bucket for bucket in jobs if bucket.type == "AWS::S3::Bucket" and bucket.get("ReplicationConfiguration")
    ]
    assert replicated
    for bucket in replicated:
        for metric in ("OperationsFailedReplication", "ReplicationLatency"):
            assert (metric, str(bucket)) in counted, bucket
