"""State machine that follows each deployment: both records name what runs, and the team is notified of a rollback."""

from typing import Any

import pytest

from tests.aws.iam import statements
from tests.aws.resources import Environment
from tests.aws.state_machines import run

NEW, OLD = "0.4.0-bbbbbbb", "0.3.0-aaaaaaa"
ARN = "arn:aws:ecs:us-east-1:111122223333:service-deployment/goodies-prod/funkygibbon/"


def event(name: str, reason: str = "ECS deployment ecs-svc/1 completed.") -> Any:
    return {"detail": {"eventName": f"SERVICE_DEPLOYMENT_{name}", "reason": reason}}


def deployment(status: str, *, rollback: bool = False, before: bool = True, **members: Any) -> Any:
    """Return ECS's description of a deployment of NEW over OLD."""
    found = {
        "Status": status,
        "CreatedAt": "2026-11-05T05:50:00Z",
        "TargetServiceRevision": {"Arn": "revision/new"},
        "SourceServiceRevisions": [{"Arn": "revision/old"}] if before else [],
        "Alarms": {"Status": "MONITORING", "AlarmNames": ["one"], "TriggeredAlarmNames": []},
        **members,
    }
    if rollback:
        found["Rollback"] = {"Reason": "Alarm detected: errors", "ServiceRevisionArn": "revision/old"}
    return {"ServiceDeployments": [found]}


def followed(environment: Environment, given: Any, *deployments: Any, tags: tuple[str, str] = (NEW, OLD)) -> Any:
    """Run the state machine; return its calls by action."""
    machine = environment.one("AWS::StepFunctions::StateMachine", "Service/Deployments")
    listed = [{"ServiceDeploymentArn": f"{ARN}{age}", "CreatedAt": f"2026-11-0{age}T00:00:00Z"} for age in (3, 5, 4)]
    revisions = [
        {
            "ServiceRevisionArn": f"revision/{name}",
            "ContainerImages": [
                {"ContainerName": "migrate", "Image": "registry/goodies/funkygibbon:other"},
                {"ContainerName": "funkygibbon", "Image": f"registry/goodies/funkygibbon:{tag}"},
            ],
        }
        for name, tag in zip(("new", "old"), tags, strict=True)
    ]
    ended = run(
        machine,
        given,
        {
            "ecs:listServiceDeployments": [{"ServiceDeployments": listed if deployments else []}],
            "ecs:describeServiceDeployments": list(deployments),
            "ecs:describeServiceRevisions": [{"ServiceRevisions": revisions}],
        },
    )
    assert ended.error == ""
    return ended.calls


def records(calls: Any) -> dict[str, str]:
    return {call["Name"].rpartition("/")[2]: call["Value"] for call in calls["ssm:putParameter"]}


@pytest.mark.plan("AWS-3")
def test_a_release_that_has_completed_is_recorded(environment: Environment) -> None:
    calls = followed(environment, event("COMPLETED"), deployment("SUCCESSFUL"))
    assert records(calls) == {"release": NEW, "running": NEW}
    assert not calls["sns:publish"]
    (read,) = calls["ecs:describeServiceDeployments"]
    assert read["ServiceDeploymentArns"] == [f"{ARN}5"], "the newest, in whatever order ECS lists them"
    (revisions,) = calls["ecs:describeServiceRevisions"]
    assert revisions["ServiceRevisionArns"] == ["revision/new", "revision/old"]


@pytest.mark.plan("RBK-1/errors", "RBK-2/team")
def test_a_rollback_is_recorded_and_reported(environment: Environment) -> None:
    over = deployment("ROLLBACK_SUCCESSFUL", rollback=True)
    calls = followed(environment, event("COMPLETED"), over)
    assert records(calls) == {"release": OLD, "running": OLD}
    (report,) = calls["sns:publish"]
    assert report["Subject"] == f"{environment.name}: {NEW} was rolled back"
    what, now, graphs, runbook = report["Message"].splitlines()
    assert f"the deployment of {NEW} was rolled back: Alarm detected: errors" in what
    assert now == f"{OLD} runs again."
    assert f"#dashboards/dashboard/{environment.name}?start=2026-11-05T05:50:00Z&end=" in graphs
    assert runbook.endswith("docs/runbooks/rollback.md")


@pytest.mark.plan("RBK-2/team")
def test_a_failure_is_reported_at_once_and_recorded_when_ecs_has_gone_back(environment: Environment) -> None:
    failing = deployment("ROLLBACK_IN_PROGRESS", rollback=True)
    failing["ServiceDeployments"][0]["Alarms"]["TriggeredAlarmNames"] = ["GoodiesProd-Deployment-ErrorRate-Rollback"]
    over = deployment("ROLLBACK_SUCCESSFUL", rollback=True)
    calls = followed(environment, event("FAILED", "tasks failed to start."), failing, failing, over)
    (report,) = calls["sns:publish"]
    assert report["Subject"] == f"{environment.name}: {NEW} has failed"
    for words in ("tasks failed to start", "Alarm detected", "Deployment-ErrorRate-Rollback", f"goes back to {OLD}."):
        assert words in report["Message"]
    assert len(calls["ecs:describeServiceDeployments"]) == 3
    assert records(calls) == {"release": OLD, "running": OLD}


@pytest.mark.plan("RBK-2/team")
def test_a_first_release_that_fails_is_reported(environment: Environment) -> None:
    calls = followed(environment, event("FAILED"), deployment("STOPPED", before=False))
    (report,) = calls["sns:publish"]
    assert "No release ran before." in report["Message"]
    assert records(calls) == {}


def test_a_restart_changes_no_record(environment: Environment) -> None:
    assert records(followed(environment, event("COMPLETED"), deployment("SUCCESSFUL"), tags=(NEW, NEW))) == {}


def test_a_service_without_a_release_is_none(environment: Environment) -> None:
    first = deployment("SUCCESSFUL", before=False)
    assert records(followed(environment, event("COMPLETED"), first, tags=("none", OLD))) == {}


def test_a_service_without_a_deployment_is_left_alone(environment: Environment) -> None:
    assert not followed(environment, event("COMPLETED"))["ecs:describeServiceDeployments"]


@pytest.mark.plan("RBK-2/team")
def test_the_ends_of_deployments_start_it(environment: Environment) -> None:
    rule = environment.one("AWS::Events::Rule", "Service/Deployments")
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.ecs"], ["ECS Deployment State Change"])
    assert pattern["detail"] == {"eventName": ["SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_COMPLETED"]}
    assert pattern["resources"] == [environment.one("AWS::ECS::Service")]
    (target,) = rule["Targets"]
    assert target["Arn"] == environment.one("AWS::StepFunctions::StateMachine", "Service/Deployments")


def test_it_may_write_both_records_and_publish_to_the_team(environment: Environment) -> None:
    given = [each for each in statements(environment) if each.holder.path.startswith("Deployments/Following")]
    may = {action: each.resources for each in given for action in each.actions}
    assert {str(each).rpartition("/")[2] for each in may["ssm:putParameter"]} == {"running", "release"}
    topic = environment.one("AWS::SNS::Topic", "Foundation/Notifications/Team")
    assert may["sns:publish"] == (str(topic),)
