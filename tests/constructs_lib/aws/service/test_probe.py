"""Probe: its package runs alone, it may do what it does and nothing else, and it has run before an alarm reads it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.aws.creation_order import waits_for
from tests.aws.iam import statements
from tests.aws.ingress import reaches
from tests.aws.resources import Environment

# Lambda brings boto3; everything else must come along.
_ALONE = """
import sys, types
sys.path.insert(0, sys.argv[1])
sys.modules["boto3"] = types.ModuleType("boto3")
import probe
print(probe.handle.__name__)
"""


def test_the_packed_program_needs_nothing_but_boto3(assembly_folder: Path) -> None:
    (packed,) = {path.read_text(): path.parent for path in assembly_folder.glob("asset.*/probe.py")}.values()
    files = {path.relative_to(packed).as_posix() for path in packed.rglob("*") if path.is_file()}
    assert files == {"probe.py", "operations/release/direct_calls.py"}
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", _ALONE, str(packed)], capture_output=True, text=True, check=False
    )
    assert run.stdout.strip() == "handle", run.stderr


@pytest.mark.plan("RBK-1/errors")
def test_it_asks_both_sets_each_minute(environment: Environment) -> None:
    function = environment.one("AWS::Lambda::Function", "Service/Probe")
    groups = environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup")
    variables = function["Environment"]["Variables"]
    named = variables["TARGET_GROUP_ARNS"]
    assert str(named) == ",".join(map(str, groups))
    assert len(groups) == (1 if environment.name in ("GoodiesDev", "GoodiesStaging") else 2)
    assert (variables["REQUESTS"], variables["SECONDS"]) == ("20", "5")
    schedule = environment.one("AWS::Scheduler::Schedule", "Service/Probe")
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(1 minute)", "ENABLED")
    assert schedule["Target"]["Arn"] == function


@pytest.mark.plan("SEC-9/roles")
def test_it_reads_one_secret_and_writes_its_own_metrics(environment: Environment) -> None:
    held = [each for each in statements(environment) if each.holder.path.startswith("Probe/Function/")]
    assert {action for each in held for action in each.actions} == {
        "elasticloadbalancing:DescribeTargetHealth",
        "elasticloadbalancing:DescribeRules",
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "cloudwatch:PutMetricData",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }
    (metrics,) = (each for each in held if "cloudwatch:PutMetricData" in each.actions)
    assert metrics.conditions == {"StringEquals": {"cloudwatch:namespace": "goodies/probe"}}
    (secret,) = (each for each in held if "secretsmanager:GetSecretValue" in each.actions)
    assert "Jwt" in str(secret.resources)


@pytest.mark.plan("SEC-2")
def test_it_reaches_the_tasks_and_nothing_reaches_it(environment: Environment) -> None:
    assert "Probe" in reaches(environment, "Service", port=8000)
    assert "Probe" not in reaches(environment, "Service", port=443)
    assert reaches(environment, "Probe") == set()


def test_it_has_run_before_an_alarm_asks_for_its_figures(environment: Environment) -> None:
    """An alarm for which missing data is a breach would be on when the first deployment begins."""
    first = environment.one("Custom::FirstRun", "Service/Probe")
    function = environment.one("AWS::Lambda::Function", "Service/Probe")
    schedule = environment.one("AWS::Scheduler::Schedule", "Service/Probe")
    for name in ("Probe", "ProbeResponseTime"):
        (alarm,) = (
            each
            for each in environment.resources("AWS::CloudWatch::Alarm")
            if each["AlarmName"] == f"{environment.name}-Deployment-{name}-Rollback"
        )
        earlier = waits_for(environment.stack("Service"), alarm.logical_id)
        assert {first.logical_id, function.logical_id, schedule.logical_id} <= earlier
