"""Watchdog of deployments, run as synthesized, with answers of ECS made up."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from assembly.values import Json
from tests.aws.resources import Environment
from tests.aws.state_machines import Run, run
from tests.plan_numbers import UP_MINUTES

STATE_MACHINE = "AWS::StepFunctions::StateMachine"
LIST = "ecs:listServiceDeployments"
DESCRIBE = "ecs:describeServiceDeployments"
STOP = "ecs:stopServiceDeployment"
ARN = "arn:aws:ecs:us-east-1:111122223333:service-deployment/goodies-prod/funkygibbon/new"
Watch = Callable[..., Run]


def deployment(**changes: Any) -> Json:
    """Return a deployment as Step Functions gives it, of which one of two new tasks runs."""
    return {
        "ServiceDeploymentArn": ARN,
        "Status": "IN_PROGRESS",
        "LifecycleStage": "SCALE_UP",
        "DeploymentConfiguration": {"Strategy": "BLUE_GREEN"},
        "TargetServiceRevision": {"RequestedTaskCount": 2, "RunningTaskCount": 1},
        **changes,
    }


def rolling(running: int, status: str = "IN_PROGRESS") -> Json:
    """Return a rolling deployment with so many of its two new tasks."""
    made = deployment(
        Status=status,
        DeploymentConfiguration={"Strategy": "ROLLING"},
        TargetServiceRevision={"RequestedTaskCount": 2, "RunningTaskCount": running},
    )
    del made["LifecycleStage"]
    return made


@pytest.fixture
def run_watchdog(environment: Environment) -> Watch:
    """Run the watchdog while ECS describes a deployment so, one time after the other."""
    (machine,) = environment.resources(STATE_MACHINE, at="Service/Watchdog")

    def watch(*described: Json) -> Run:
        listed = [
            {"ServiceDeploymentArn": "an older one", "CreatedAt": "2026-11-05T05:00:00.000Z"},
            {"ServiceDeploymentArn": ARN, "CreatedAt": "2026-11-05T05:59:59.000Z"},
        ]
        answers: dict[str, list[Json]] = {
            LIST: [{"ServiceDeployments": listed if described else []}],
            DESCRIBE: [{"ServiceDeployments": [each]} for each in described],
            "ssm:getParameter": [{"Parameter": {"Value": "0.3.0-2a1ec34"}}],
        }
        return run(machine, {}, answers)

    return watch


@pytest.mark.plan("RBK-1/health")
@pytest.mark.parametrize(
    "late", [deployment(), deployment(Status="PENDING", LifecycleStage="PRE_SCALE_UP"), rolling(1)]
)
def test_a_deployment_that_does_not_come_up_is_rolled_back_and_people_read_why(
    environment: Environment, run_watchdog: Watch, late: Json
) -> None:
    done = run_watchdog(late)
    assert done.calls[DESCRIBE] == [{"ServiceDeploymentArns": [ARN]}]
    assert done.calls[STOP] == [{"ServiceDeploymentArn": ARN, "StopType": "ROLLBACK"}]
    (written,) = done.calls["ssm:putParameter"]
    assert written["Name"].endswith("/refusal")
    reason = f"the new tasks were not healthy within {UP_MINUTES} minutes; 1 of 2 ran"
    assert written["Value"] == f"0.3.0-2a1ec34 {reason}"
    (message,) = done.calls["sns:publish"]
    assert f"The deployment of 0.3.0-2a1ec34 to {environment.name} is rolled back: {reason}." in message["Message"]
    assert "docs/runbooks/rollback.md" in message["Message"]


@pytest.mark.parametrize(
    "described",
    [
        [],
        [deployment(Status="SUCCESSFUL", LifecycleStage="CLEAN_UP")],
        [deployment(Status="ROLLBACK_IN_PROGRESS")],
        [deployment(LifecycleStage="BAKE_TIME")],
        [deployment(LifecycleStage="POST_SCALE_UP")],
        [rolling(2, "SUCCESSFUL")],
        [rolling(2), rolling(2), rolling(2, "SUCCESSFUL")],
    ],
)
def test_a_deployment_that_is_up_or_has_ended_is_left_alone(run_watchdog: Watch, described: list[Json]) -> None:
    done = run_watchdog(*described)
    assert len(done.calls[DESCRIBE]) == len(described)
    assert done.calls[STOP] == []


@pytest.mark.plan("RBK-1/health")
def test_a_rolling_deployment_whose_tasks_end_again_is_rolled_back(run_watchdog: Watch) -> None:
    assert len(run_watchdog(rolling(2), rolling(2), rolling(0)).calls[STOP]) == 1


@pytest.mark.plan("RBK-1/health")
def test_each_deployment_starts_it_and_it_waits_as_long_as_the_policy_says(environment: Environment) -> None:
    (machine,) = environment.resources(STATE_MACHINE, at="Service/Watchdog")
    (rule,) = environment.resources("AWS::Events::Rule", at="Service/Watchdog")
    assert rule["EventPattern"]["detail"] == {"eventName": ["SERVICE_DEPLOYMENT_IN_PROGRESS"]}
    assert [target["Arn"] for target in rule["Targets"]] == [machine]
    states = json.loads(machine["DefinitionString"])["States"]
    assert states["WaitForTasks"]["Seconds"] == UP_MINUTES * 60
