"""Deployment hooks in the template: stages, rights, ways in the network, and what must be there before the service."""

import pytest

from tests.aws.iam import statements
from tests.aws.ingress import egress_rules, reaches
from tests.aws.resources import Environment, Resource
from tests.plan_numbers import CHECK_SECONDS

SERVICE = "AWS::ECS::Service"


def hooks(environment: Environment) -> dict[str, Resource]:
    """Return the functions by the stage that they are called at."""
    configuration = environment.one(SERVICE)["DeploymentConfiguration"]
    return {hook["LifecycleStages"][0]: hook["HookTargetArn"] for hook in configuration.get("LifecycleHooks", [])}


def variables(function: Resource) -> dict[str, str]:
    """Return the variables of a function."""
    found: dict[str, str] = function["Environment"]["Variables"]
    return found


@pytest.mark.plan("RBK-1/errors", "RBK-1/health", "PRC-4/blue-green")
def test_production_is_checked_before_tasks_start_and_before_users_reach_them(prod: Environment) -> None:
    found = hooks(prod)
    assert {stage: function["Handler"] for stage, function in found.items()} == {
        "PRE_SCALE_UP": "alarm_check.handle",
        "POST_TEST_TRAFFIC_SHIFT": "green_check.handle",
    }
    assert variables(found["POST_TEST_TRAFFIC_SHIFT"])["SECONDS"] == str(CHECK_SECONDS)
    assert found["POST_TEST_TRAFFIC_SHIFT"]["Timeout"] > CHECK_SECONDS


def test_a_rolling_deployment_has_no_hooks(staging: Environment, dev: Environment) -> None:
    for environment in (staging, dev):
        assert hooks(environment) == {}
        assert [each.path for each in environment.resources("AWS::Lambda::Function", at="Service/Hooks")] == []


def test_the_alarms_that_are_checked_are_those_that_roll_back(prod: Environment) -> None:
    prefix = variables(hooks(prod)["PRE_SCALE_UP"])["ALARM_PREFIX"]
    names = prod.one(SERVICE)["DeploymentConfiguration"]["Alarms"]["AlarmNames"]
    assert names
    assert [name for name in names if not name.startswith(prefix)] == []
    found = {alarm["AlarmName"]: alarm for alarm in prod.resources("AWS::CloudWatch::Alarm")}
    # It is on only while the rollback alarm on the same metric is, so that it refuses nothing more.
    warning, rollback = found[f"{prefix}Probe-Warning"], found[f"{prefix}Probe-Rollback"]
    own = ("AlarmName", "AlarmDescription", "AlarmActions", "OKActions", "EvaluationPeriods", "DatapointsToAlarm")
    without = [{key: value for key, value in each.properties.items() if key not in own} for each in (warning, rollback)]
    assert without[0] == without[1]
    assert warning["DatapointsToAlarm"] >= rollback["DatapointsToAlarm"]
    assert {name for name in found if name.startswith(prefix)} - {*names} == {warning["AlarmName"]}


@pytest.mark.plan("SEC-2")
def test_the_check_reaches_tasks_and_aws_only(prod: Environment) -> None:
    calls = {(rule.destination, rule.ports) for rule in egress_rules(prod) if rule.source == "Hooks"}
    assert calls == {("Service", range(8000, 8001)), ("0.0.0.0/0", range(443, 444))}
    assert "Hooks" in reaches(prod, "Service", port=8000)
    assert reaches(prod, "Hooks") == set()


@pytest.mark.plan("SEC-9/roles")
def test_ecs_may_call_the_hooks_and_nothing_else(prod: Environment) -> None:
    configuration = prod.one(SERVICE)["DeploymentConfiguration"]
    (role,) = {hook["RoleArn"].path for hook in configuration["LifecycleHooks"]}
    found = [each for each in statements(prod) if each.holder.path.startswith(role)]
    assert [each.actions for each in found] == [("lambda:InvokeFunction",)]
    assert "*" not in "".join(found[0].resources)


@pytest.mark.plan("SEC-9/roles")
def test_a_hook_has_the_rights_that_its_program_uses(prod: Environment) -> None:
    tracing = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    both = {"ssm:GetParameter", "ssm:PutParameter", "sns:Publish", "kms:Decrypt", "kms:GenerateDataKey", *tracing}
    allowed = {
        "AlarmCheck": both | {"cloudwatch:DescribeAlarms"},
        "GreenCheck": both
        | {
            "ecs:DescribeServices",
            "ecs:DescribeServiceRevisions",
            "elasticloadbalancing:DescribeTargetHealth",
            "secretsmanager:GetSecretValue",
        },
    }
    for name, actions in allowed.items():
        found = [each for each in statements(prod) if f"Hooks/{name}/" in each.holder.path]
        assert {action for each in found for action in each.actions} == actions


def test_the_service_waits_for_its_hooks(prod: Environment) -> None:
    """A service that is made again is deployed at once, and its hooks are called."""
    needed = [
        each.logical_id
        for kind in ("AWS::IAM::Policy", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
        for each in prod.resources(kind)
        if each.stack == prod.one(SERVICE).stack and "Hooks" in f"{each.path} {each.properties}"
    ]
    assert len(needed) >= 5
    assert set(needed) <= set(prod.one(SERVICE).body["DependsOn"])
