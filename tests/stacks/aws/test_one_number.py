"""Numbers of the plan: each written once, with the resources that follow it."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from assembly.values import Json
from reports.runbooks import tables_aws
from tests.aws.alarms import alarms
from tests.aws.assembly import Assembly
from tests.aws.resources import Environment
from tests.settings import set_value
from tests.synthesis import CHECKOUT, cdk_context, copy_sources, synthesize

pytestmark = pytest.mark.plan(
    "SCL-1",
    "SCL-2",
    "SCL-3",
    "SCL-4",
    "SCL-8/memory",
    "MON-7/errors",
    "MON-8/response-time",
    "MON-8/disk",
    "RBK-1/errors",
    "DR-12",
)

POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
# Each number with a value of its own, the alarms and the scaling policies that follow it, with what it means for them.
FOLLOWERS: dict[str, tuple[float, dict[str, float], dict[str, float]]] = {
    "scaling.cpu_percent": (61, {}, {"Cpu": 61}),
    "scaling.memory_percent": (73, {}, {"Memory": 73}),
    "scaling.requests_in_flight": (150, {"Users-InFlight-Warning": 75}, {"InFlight": 75}),
    "scaling.response_time_ms": (450, {"Scaling-ResponseTime": 450}, {}),
    "alarms.error_rate_percent.critical": (
        7,
        {
            "Users-ErrorRate-Critical": 7,
            "Deployment-ErrorRate-Rollback": 7,
            "Deployment-Probe-Rollback": 7,
            "Deployment-Probe-Warning": 7,
        },
        {},
    ),
    "alarms.response_time_ms.warning": (440, {"Users-ResponseTime-Warning": 440}, {}),
    "alarms.disk_percent.warning": (77, {"Service-Disk-Warning": 77, "Database-Disk-Warning": 77}, {}),
    "alarms.certificate_days.warning": (
        25,
        {"Certificates-LoadBalancer-Warning": 25, "Certificates-Cdn-Warning": 25},
        {},
    ),
    "alarms.certificate_days.critical": (
        9,
        {"Certificates-LoadBalancer-Critical": 9, "Certificates-Cdn-Critical": 9},
        {},
    ),
    "growth.evictions": (1234, {"Cache-Evictions-Growth": 1234}, {}),
    "backup.rpo_minutes": (
        11,
        {"Replica-Behind-Critical": 660, "Backups-PointInTimeAge-Warning": 11 / 60}
        | {f"Copies-{bucket}Behind-Warning": 660 for bucket in ("Assets", "Backups", "Uploads")},
        {},
    ),
}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Production with other numbers in the policy."""
    folder = tmp_path_factory.mktemp("one-number")
    checkout = copy_sources(folder / "checkout")
    policy = checkout / "environments" / "policy.yaml"
    for key, (value, _, _) in FOLLOWERS.items():
        set_value(policy, key, value)
    context = json.dumps(cdk_context(environments="prod"))
    synthesize(folder / "cdk.out", checkout=checkout, CDK_CONTEXT_JSON=context)
    return Assembly.read(folder / "cdk.out").environment("GoodiesProd")


def thresholds(environment: Environment) -> dict[str, float]:
    return {name: alarm["Threshold"] for name, alarm in alarms(environment).items() if "Threshold" in alarm.properties}


def targets(environment: Environment) -> dict[str, float]:
    return {
        policy.path.rpartition("/")[2]: policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
        for policy in environment.resources(POLICY, PolicyType="TargetTrackingScaling")
    }


def differences(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    assert before.keys() == after.keys()
    return {name: value for name, value in after.items() if value != before[name]}


@pytest.mark.parametrize("number", FOLLOWERS)
def test_a_number_changes_its_alarms_and_its_scaling(prod: Environment, changed: Environment, number: str) -> None:
    _, of_alarms, of_scaling = FOLLOWERS[number]
    assert of_alarms.items() <= differences(thresholds(prod), thresholds(changed)).items()
    assert of_scaling.items() <= differences(targets(prod), targets(changed)).items()


def test_nothing_else_changes(prod: Environment, changed: Environment) -> None:
    expected_alarms = {name: value for _, found, _ in FOLLOWERS.values() for name, value in found.items()}
    expected_scaling = {name: value for _, _, found in FOLLOWERS.values() for name, value in found.items()}
    assert differences(thresholds(prod), thresholds(changed)) == expected_alarms
    assert differences(targets(prod), targets(changed)) == expected_scaling
    assert [name for name in prod.stacks if rest(prod, name) != rest(changed, name)] == []


def rest(environment: Environment, stack: str) -> str:
    """Return a stack's template without the numbers, and without the dashboard, which draws them."""
    template: Any = copy.deepcopy(environment.stacks[stack].template)
    for body in template["Resources"].values():
        properties: Json = body.get("Properties", {})
        for key in ("Threshold", "DashboardBody"):
            properties.pop(key, None)
        if str(properties.get("AlarmName")).endswith("-Scaling-ResponseTime"):
            # It adds tasks only near the targets of the others, which are part of its expression.
            del properties["Metrics"]
        # Their expressions know each other's targets.
        properties.pop("TargetTrackingScalingPolicyConfiguration", None)
    return json.dumps(template)


def test_the_runbooks_of_these_alarms_change_and_no_others(prod: Environment, changed: Environment) -> None:
    before, after = (tables_aws(each.stacks.values()) for each in (prod, changed))
    moved = {name for _, found, _ in FOLLOWERS.values() for name in found}
    led_to = {
        alarm["AlarmDescription"].partition("Runbook: ")[2] for name, alarm in alarms(prod).items() if name in moved
    }
    assert {path for path in before if before[path] != after[path]} == led_to
    assert "> 75 " in after["docs/runbooks/requests-in-flight.md"]
    assert all(Path(CHECKOUT, path).exists() for path in led_to)
