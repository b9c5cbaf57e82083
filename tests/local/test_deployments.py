"""Deployments of ECS services: stages, traffic, judgement and ways back, with tasks that are played."""

import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.cloud import EmbeddedCloud
from tests.local.deployments import PlayedService
from tests.local.stacks import RefusedError, create


@pytest.fixture
def service(cloud: EmbeddedCloud) -> Iterator[PlayedService]:
    made = PlayedService(cloud)
    made.step()
    yield made
    made.end()


@pytest.fixture
def running(service: PlayedService) -> PlayedService:
    """A blue/green service of two tasks after its first deployment, which are in the alternate target group."""
    service.create("healthy:1")
    service.until_status("SUCCESSFUL")
    return service


def test_a_first_deployment_serves_from_the_alternate_target_group(running: PlayedService) -> None:
    assert running.images() == ["healthy:1"] * 2
    assert (running.weights(running.production), running.weights(running.test)) == ((0, 100), (0, 100))
    assert (len(running.targets(running.blue)), len(running.targets(running.green))) == (0, 2)


@pytest.mark.plan("AWS-3")
def test_traffic_moves_to_the_other_target_group_and_back_with_the_next_deployment(running: PlayedService) -> None:
    seen = []
    running.release("healthy:2")
    while running.deployment()["status"] == "IN_PROGRESS":
        running.step()
        state = (
            running.deployment()["lifecycleStage"],
            running.weights(running.test),
            running.weights(running.production),
        )
        seen += [state] if state not in seen else []
        if running.weights(running.production) == (100, 0):
            assert len(running.targets(running.blue)) == 2, "it serves before it is healthy"
    test, production = [each[1] for each in seen], [each[2] for each in seen]
    assert test == sorted(test)
    assert production == sorted(production)
    assert ("TEST_TRAFFIC_SHIFT", (100, 0), (0, 100)) in seen, "test traffic moves first"
    assert running.deployment()["status"] == "SUCCESSFUL"
    assert running.images() == ["healthy:2"] * 2
    assert (len(running.targets(running.blue)), len(running.targets(running.green))) == (2, 0)
    running.release("healthy:3")
    running.until_status("SUCCESSFUL")
    assert (running.weights(running.production), running.weights(running.test)) == ((0, 100), (0, 100))
    assert running.images() == ["healthy:3"] * 2


def test_a_stage_waits_until_the_runner_has_read_moved_weights(running: PlayedService) -> None:
    running.release("healthy:2")
    running.until_stage("TEST_TRAFFIC_SHIFT")
    running.until(lambda: running.weights(running.test) == (100, 0))
    assert running.cloud.control("pass-awaited") is True
    assert running.deployment()["lifecycleStage"] == "TEST_TRAFFIC_SHIFT"
    running.until_status("SUCCESSFUL")
    assert running.cloud.control("pass-awaited") is False


def test_both_revisions_run_during_the_bake(cloud: EmbeddedCloud, running: PlayedService) -> None:
    cloud.clock = 12
    try:
        running.release("healthy:2", deploymentConfiguration=running.configuration("BLUE_GREEN", bakeTimeInMinutes=1))
        baking = running.until_stage("BAKE_TIME")
        assert running.images() == ["healthy:1"] * 2 + ["healthy:2"] * 2
        assert running.weights(running.production) == (100, 0)
        (source,) = baking["sourceServiceRevisions"]
        target = baking["targetServiceRevision"]
        assert (source["requestedProductionTrafficWeight"], target["requestedProductionTrafficWeight"]) == (0, 100)
        assert (source["runningTaskCount"], target["runningTaskCount"]) == (2, 2)
        ended = running.until_status("SUCCESSFUL")
    finally:
        cloud.clock = 1
    assert (ended["finishedAt"] - ended["startedAt"]).total_seconds() >= 5
    assert running.images() == ["healthy:2"] * 2


def test_the_api_tells_of_deployments_and_revisions(running: PlayedService) -> None:
    arn = running.release("healthy:2")
    running.until_status("SUCCESSFUL")
    newest, first = running.deployments()
    assert newest["serviceDeploymentArn"] == arn
    assert running.deployments(status=["IN_PROGRESS"]) == []
    assert running.deployments(maxResults=1) == [newest]
    described = running.described()
    assert described["currentServiceDeployment"] == arn
    assert [each["arn"] for each in described["currentServiceRevisions"]] == [newest["targetServiceRevisionArn"]]
    answer = running.ecs.describe_service_revisions(
        serviceRevisionArns=[newest["targetServiceRevisionArn"], first["targetServiceRevisionArn"]]
    )
    images = [each["containerImages"][0]["image"] for each in answer["serviceRevisions"]]
    groups = [
        each["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"] for each in answer["serviceRevisions"]
    ]
    assert images == ["healthy:2", "healthy:1"]
    assert groups == [running.blue, running.green]
    missing = running.ecs.describe_service_deployments(serviceDeploymentArns=[f"{arn}x"])
    assert [each["reason"] for each in missing["failures"]] == ["MISSING"]


@pytest.fixture
def rolling(service: PlayedService) -> PlayedService:
    """A rolling service of two tasks after its first deployment."""
    service.create("healthy:1", "ROLLING")
    service.until_status("SUCCESSFUL")
    return service


@pytest.fixture(params=["ROLLING", "BLUE_GREEN"])
def either(request: pytest.FixtureRequest, service: PlayedService) -> PlayedService:
    """A service of either strategy after its first deployment."""
    service.create("healthy:1", request.param)
    service.until_status("SUCCESSFUL")
    return service


def baking(service: PlayedService) -> dict[str, object]:
    return service.configuration("BLUE_GREEN", bakeTimeInMinutes=60)


def broken_by(service: PlayedService, breaker: dict[str, object]) -> dict[str, object]:
    return service.configuration("ROLLING", deploymentCircuitBreaker=breaker)


def strategy(service: PlayedService) -> str:
    return str(service.described()["deploymentConfiguration"]["strategy"])


@pytest.mark.plan("RBK-1/health")
def test_a_release_whose_tasks_crash_is_rolled_back(either: PlayedService) -> None:
    good = either.described()["taskDefinition"]
    either.release("crash:2")
    ended = either.until_status("ROLLBACK_SUCCESSFUL")
    assert ended["statusReason"] == "Service deployment rolled back because the circuit breaker threshold was exceeded."
    assert ended["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert ended["deploymentCircuitBreaker"]["threshold"] == 3
    assert ended["rollback"]["serviceRevisionArn"] == ended["sourceServiceRevisions"][0]["arn"]
    assert either.described()["taskDefinition"] == good
    assert either.images() == ["healthy:1"] * 2
    if strategy(either) == "BLUE_GREEN":
        assert either.weights(either.production) == (0, 100)
    either.release("healthy:3")
    either.until_status("SUCCESSFUL")
    assert either.images() == ["healthy:3"] * 2


@pytest.mark.parametrize(
    ("more", "threshold"),
    [
        ({}, 3),
        ({"thresholdConfiguration": {"type": "COUNT", "value": 1}}, 1),
        ({"thresholdConfiguration": {"type": "UNBOUNDED_PERCENT", "value": 100}}, 2),
    ],
)
def test_the_threshold_of_the_circuit_breaker(rolling: PlayedService, more: dict[str, object], threshold: int) -> None:
    breaker = {"enable": True, "rollback": True, **more}
    rolling.release(
        "wait:2", deploymentConfiguration=rolling.configuration("ROLLING", deploymentCircuitBreaker=breaker)
    )
    for number in range(threshold):
        assert rolling.deployment()["status"] == "IN_PROGRESS", f"{number} failures"
        rolling.fail_one("wait:2")
    rolling.until_status("ROLLBACK_SUCCESSFUL")


@pytest.mark.parametrize(("reset", "status"), [(True, "IN_PROGRESS"), (False, "ROLLBACK_SUCCESSFUL")])
def test_a_healthy_task_resets_the_count_unless_told_otherwise(
    rolling: PlayedService, reset: bool, status: str
) -> None:
    breaker = {"enable": True, "rollback": True, "resetOnHealthyTask": reset}
    rolling.release(
        "wait:2", deploymentConfiguration=rolling.configuration("ROLLING", deploymentCircuitBreaker=breaker)
    )
    for _ in range(2):
        rolling.fail_one("wait:2")
    rolling.start_one("wait:2")
    rolling.fail_one("wait:2")
    for _ in range(10):
        rolling.step()
    rolling.until_status(status)


def test_without_rollback_a_failed_deployment_stops_and_starts_nothing(rolling: PlayedService) -> None:
    breaker = {"enable": True, "rollback": False}
    rolling.release(
        "crash:2", deploymentConfiguration=rolling.configuration("ROLLING", deploymentCircuitBreaker=breaker)
    )
    ended = rolling.until_status("STOPPED")
    assert "stoppedAt" in ended
    rolling.step()
    assert rolling.images() == ["healthy:1"] * 2
    assert len(rolling.tasks()) == 2


def test_a_first_deployment_has_nothing_to_go_back_to(service: PlayedService) -> None:
    service.create("crash:1")
    ended = service.until_status("ROLLBACK_FAILED")
    assert ended["statusReason"] == "No rollback candidate was found to run the rollback."
    service.step()
    assert service.tasks() == []
    assert [each["rolloutState"] for each in service.described()["deployments"]] == ["FAILED"]
    service.release("healthy:2")
    service.until_status("SUCCESSFUL")
    assert service.images() == ["healthy:2"] * 2
    assert service.weights(service.production) in {(100, 0), (0, 100)}


@pytest.fixture
def alarm(cloud: EmbeddedCloud) -> Iterator[str]:
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="Deployment-Errors",
        Namespace="Played",
        MetricName="errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    yield "Deployment-Errors"
    cloudwatch.delete_alarms(AlarmNames=["Deployment-Errors"])


def switch(cloud: EmbeddedCloud, alarm: str, state: str) -> None:
    cloud.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="played")


def monitored(service: PlayedService, alarm: str) -> dict[str, object]:
    alarms = {"alarmNames": [alarm], "enable": True, "rollback": True}
    more = {"bakeTimeInMinutes": 60} if strategy(service) == "BLUE_GREEN" else {}
    return service.configuration(strategy(service), alarms=alarms, **more)


def test_an_alarm_in_the_bake_rolls_back(cloud: EmbeddedCloud, either: PlayedService, alarm: str) -> None:
    before = either.weights(either.production)
    either.release("healthy:2", deploymentConfiguration=monitored(either, alarm))
    if strategy(either) == "BLUE_GREEN":
        either.until_stage("BAKE_TIME")
        assert either.weights(either.production) != before
    else:
        # Old tasks are gone by then; the alarms are watched for as long as they evaluate.
        either.until(lambda: either.images() == ["healthy:2"] * 2)
    assert either.deployment()["alarms"]["status"] == "MONITORING"
    switch(cloud, alarm, "ALARM")
    ended = either.until_status("ROLLBACK_SUCCESSFUL")
    assert ended["alarms"] == {"status": "TRIGGERED", "alarmNames": [alarm], "triggeredAlarmNames": [alarm]}
    assert alarm in ended["statusReason"]
    assert either.images() == ["healthy:1"] * 2
    assert either.weights(either.production) == before


def test_alarms_are_ignored_where_one_is_on_at_the_start(
    cloud: EmbeddedCloud, rolling: PlayedService, alarm: str
) -> None:
    switch(cloud, alarm, "ALARM")
    rolling.release("healthy:2", deploymentConfiguration=monitored(rolling, alarm))
    ended = rolling.until_status("SUCCESSFUL")
    assert ended["alarms"]["status"] == "DISABLED"
    assert rolling.images() == ["healthy:2"] * 2


def test_a_deployment_is_stopped_in_the_bake(running: PlayedService) -> None:
    arn = running.release(
        "healthy:2", deploymentConfiguration=running.configuration("BLUE_GREEN", bakeTimeInMinutes=60)
    )
    running.until_stage("BAKE_TIME")
    running.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    ended = running.until_status("ROLLBACK_SUCCESSFUL", arn)
    assert running.weights(running.production) == running.weights(running.test) == (0, 100)
    assert running.images() == ["healthy:1"] * 2
    assert "rollback" in ended
    with pytest.raises(running.ecs.exceptions.ConflictException):
        running.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    with pytest.raises(running.ecs.exceptions.ServiceDeploymentNotFoundException):
        running.ecs.stop_service_deployment(serviceDeploymentArn=f"{arn}x")


def test_an_aborted_deployment_stays_as_it_is(running: PlayedService) -> None:
    arn = running.release(
        "healthy:2", deploymentConfiguration=running.configuration("BLUE_GREEN", bakeTimeInMinutes=60)
    )
    running.until_stage("BAKE_TIME")
    running.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ABORT")
    running.until_status("STOPPED", arn)
    running.step()
    assert running.weights(running.production) == (100, 0)
    assert running.images() == ["healthy:1"] * 2 + ["healthy:2"] * 2


def test_a_newer_deployment_takes_the_place_of_one_under_way(either: PlayedService) -> None:
    first = either.release("wait:2")
    either.step()
    either.release("healthy:3")
    either.until_status("SUCCESSFUL")
    assert either.deployment(first)["status"] == "STOPPED"
    assert either.images() == ["healthy:3"] * 2
    either.until(lambda: len(either.tasks()) == 2)


def test_a_deployment_follows_the_number_of_tasks(running: PlayedService) -> None:
    running.release("healthy:2", deploymentConfiguration=baking(running))
    running.until_stage("BAKE_TIME")
    running.ecs.update_service(cluster=running.name, service=running.name, desiredCount=3)
    running.until(lambda: running.images() == ["healthy:1"] * 3 + ["healthy:2"] * 3)
    assert len(running.deployments()) == 2, "a number is no deployment"


def test_a_killed_task_is_replaced_in_the_target_group_of_its_revision(running: PlayedService) -> None:
    before = running.targets(running.green)
    running.fail_one("healthy:1")
    running.until(lambda: len(running.targets(running.green)) == 2)
    assert len(running.targets(running.green) & before) == 1


def test_a_deployment_needs_one_target_group_that_serves(running: PlayedService) -> None:
    groups = [{"TargetGroupArn": each, "Weight": 50} for each in (running.blue, running.green)]
    running.elb.modify_rule(
        RuleArn=running.production, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    )
    running.release("healthy:2")
    ended = running.until_status("ROLLBACK_SUCCESSFUL")
    assert "should have exactly one target group serving traffic but found 2" in ended["statusReason"]
    assert running.images() == ["healthy:1"] * 2


def test_a_change_of_the_network_is_a_deployment_and_other_strategies_are_refused(rolling: PlayedService) -> None:
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    for _ in range(2):
        rolling.ecs.update_service(cluster=rolling.name, service=rolling.name, networkConfiguration=network)
    assert len(rolling.deployments()) == 2
    with pytest.raises(rolling.ecs.exceptions.UnsupportedFeatureException, match="CANARY"):
        rolling.release("healthy:2", deploymentConfiguration={"strategy": "CANARY"})


def test_a_deployment_goes_on_when_the_emulator_comes_back(own_cloud: EmbeddedCloud) -> None:
    own_cloud.account = "111122223333"
    service = PlayedService(own_cloud)
    service.step()
    service.create("healthy:1", bakeTimeInMinutes=1)
    service.until_stage("BAKE_TIME")
    own_cloud.stop()
    own_cloud.start()
    again = service.reconnected()
    assert again.deployment()["lifecycleStage"] == "BAKE_TIME"
    own_cloud.clock = 12
    again.ecs.stop_service_deployment(serviceDeploymentArn=again.deployment()["serviceDeploymentArn"])
    again.until_status("ROLLBACK_FAILED")


def test_events_tell_of_a_deployment_and_its_rollback(cloud: EmbeddedCloud, rolling: PlayedService) -> None:
    sqs, events = cloud.client("sqs"), cloud.client("events")
    url = sqs.create_queue(QueueName=rolling.name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"]}
    events.put_rule(Name=rolling.name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rolling.name, Targets=[{"Id": "queue", "Arn": arn}])
    rolling.release("crash:2")
    rolling.until_status("ROLLBACK_SUCCESSFUL")
    rolling.release("healthy:3")
    rolling.until_status("SUCCESSFUL")
    found: list[dict[str, Any]] = []

    def all_came() -> bool:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        found.extend(json.loads(each["Body"]) for each in answer.get("Messages", []))
        return len(found) >= 6

    rolling.until(all_came)
    details = [each["detail"] for each in found]
    assert [(each["eventType"], each["eventName"].removeprefix("SERVICE_DEPLOYMENT_")) for each in details] == [
        ("INFO", "IN_PROGRESS"),
        ("ERROR", "FAILED"),
        ("INFO", "IN_PROGRESS"),
        ("INFO", "COMPLETED"),
        ("INFO", "IN_PROGRESS"),
        ("INFO", "COMPLETED"),
    ]
    assert details[1]["reason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert "rolling back to deploymentId ecs-svc/" in details[2]["reason"]
    assert {tuple(each["resources"]) for each in found} == {(rolling.described()["serviceArn"],)}
    events.remove_targets(Rule=rolling.name, Ids=["queue"])
    events.delete_rule(Name=rolling.name)


FUNCTION = """
import json

def handler(event, context):
    details = event["hookDetails"]
    with open(details["file"], "a") as file:
        file.write(json.dumps(event) + "\\n")
    answer, *rest = details["answers"]
    if answer == "RAISED":
        raise RuntimeError("no")
    return {"hookStatus": answer, "callBackDelay": 1, "hookDetails": {**details, "answers": rest}}
"""


class Hook:
    """A lifecycle hook: a real function that gives the answers it is told, and writes down what it is asked."""

    def __init__(self, cloud: EmbeddedCloud, service: PlayedService, file: Path) -> None:
        self._file = file
        self._cloud = cloud
        self.role = service.role
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("hook.py", FUNCTION)
        self.arn = cloud.client("lambda").create_function(
            FunctionName=service.name,
            Runtime="python3.12",
            Handler="hook.handler",
            Role=service.role,
            Code={"ZipFile": packed.getvalue()},
        )["FunctionArn"]

    def allow(self) -> None:
        """Let the role invoke the function."""
        statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": self.arn}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._cloud.client("iam").put_role_policy(
            RoleName=self.role.rpartition("/")[2], PolicyName="hook", PolicyDocument=document
        )

    def at(self, stages: list[str], *answers: str) -> dict[str, object]:
        """Return the hook's settings for some stages."""
        details = {"file": str(self._file), "answers": list(answers)}
        return {"hookTargetArn": self.arn, "roleArn": self.role, "lifecycleStages": stages, "hookDetails": details}

    def events(self) -> list[dict[str, Any]]:
        """Return the events that it was given."""
        return [json.loads(line) for line in self._file.read_text().splitlines()] if self._file.exists() else []


@pytest.fixture
def hook(cloud: EmbeddedCloud, running: PlayedService, tmp_path: Path) -> Hook:
    return Hook(cloud, running, tmp_path / "events.jsonl")


def hooked(service: PlayedService, *hooks: dict[str, object]) -> dict[str, object]:
    return service.configuration("BLUE_GREEN", lifecycleHooks=list(hooks))


def test_hooks_are_asked_at_their_stages_until_they_let_pass(running: PlayedService, hook: Hook) -> None:
    stages = ["PRE_SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT"]
    arn = running.release(
        "healthy:2", deploymentConfiguration=hooked(running, hook.at(stages, "IN_PROGRESS", "SUCCEEDED"))
    )
    running.until_status("SUCCESSFUL")
    events = hook.events()
    assert [each["lifecycleStage"] for each in events] == [
        *["PRE_SCALE_UP"] * 2,
        *["POST_TEST_TRAFFIC_SHIFT"] * 2,
        *["PRODUCTION_TRAFFIC_SHIFT"] * 2,
    ]
    assert [each["hookDetails"]["answers"] for each in events[:2]] == [["IN_PROGRESS", "SUCCEEDED"], ["SUCCEEDED"]]
    deployment = running.deployment(arn)
    target, source = deployment["targetServiceRevision"]["arn"], deployment["sourceServiceRevisions"][0]["arn"]
    first, last = events[0], events[-1]
    assert first["resourceArn"] == arn
    assert first["executionDetails"] == {
        "testTrafficWeights": {},
        "productionTrafficWeights": {},
        "serviceArn": running.described()["serviceArn"],
        "targetServiceRevisionArn": target,
    }
    assert last["executionDetails"]["productionTrafficWeights"] == {target: 100, source: 0}


@pytest.mark.parametrize(
    ("stage", "answer", "reason"),
    [
        ("PRE_SCALE_UP", "FAILED", "Lifecycle hook target {arn} returned FAILED status."),
        ("POST_TEST_TRAFFIC_SHIFT", "RAISED", "unable to parse the response from {arn} due to HookStatus must not be"),
    ],
)
def test_a_hook_that_refuses_rolls_back_before_anybody_sees_the_release(
    running: PlayedService, hook: Hook, stage: str, answer: str, reason: str
) -> None:
    running.release("healthy:2", deploymentConfiguration=hooked(running, hook.at([stage], answer)))
    ended = running.until_status("ROLLBACK_SUCCESSFUL")
    assert ended["statusReason"].startswith(f"Service deployment rolled back because {stage} lifecycle hook(s) failed.")
    assert reason.format(arn=hook.arn) in ended["statusReason"]
    assert running.images() == ["healthy:1"] * 2
    assert running.weights(running.production) == running.weights(running.test) == (0, 100)


def test_a_hook_has_the_rights_of_its_role(cloud: EmbeddedCloud, running: PlayedService, hook: Hook) -> None:
    settings = hooked(running, hook.at(["PRE_SCALE_UP"], "SUCCEEDED"))
    cloud.enforce_iam(True)
    try:
        running.release("healthy:2", deploymentConfiguration=settings)
        ended = running.until_status("ROLLBACK_SUCCESSFUL")
        assert f"ECS was unable to invoke hook target {hook.arn}" in ended["statusReason"]
        hook.allow()
        running.release("healthy:3", deploymentConfiguration=settings)
        running.until_status("SUCCESSFUL")
    finally:
        cloud.enforce_iam(False)


def template(service: PlayedService, image: str) -> dict[str, Any]:
    advanced = {
        "AlternateTargetGroupArn": service.green,
        "ProductionListenerRule": service.production,
        "TestListenerRule": service.test,
        "RoleArn": service.role,
    }
    balancer = {
        "TargetGroupArn": service.blue,
        "ContainerName": "web",
        "ContainerPort": 8000,
        "AdvancedConfiguration": advanced,
    }
    properties = {
        "Cluster": service.name,
        "ServiceName": service.name,
        "TaskDefinition": service.define(image),
        "DesiredCount": 2,
        "LaunchType": "FARGATE",
        "LoadBalancers": [balancer],
        "DeploymentConfiguration": {
            "Strategy": "BLUE_GREEN",
            "BakeTimeInMinutes": 1,
            "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
        },
    }
    return {"Service": ("AWS::ECS::Service", properties)}


def test_cloudformation_waits_for_the_bake_and_fails_with_the_deployment(
    cloud: EmbeddedCloud, service: PlayedService
) -> None:
    cloud.clock = 12
    with ThreadPoolExecutor() as other:
        try:
            made = other.submit(create, cloud, template(service, "healthy:1"))
            service.until(made.done)
            stack = made.result()
            assert service.deployment()["status"] == "SUCCESSFUL"
            crashing = other.submit(stack.update, template(service, "crash:2"))
            service.until(crashing.done)
            with pytest.raises(RefusedError, match="'ECS Deployment Circuit Breaker was triggered'"):
                crashing.result()
            assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
            cloud.clock = 1
            stopped = other.submit(stack.update, template(service, "healthy:3"))
            arn = service.until_stage("BAKE_TIME")["serviceDeploymentArn"]
            with pytest.raises(RefusedError, match="is in UPDATE_IN_PROGRESS state and can not be updated"):
                stack.change(template(service, "healthy:4"))
            service.ecs.stop_service_deployment(serviceDeploymentArn=arn)
            service.until(stopped.done)
            with pytest.raises(RefusedError, match="stopped by the user"):
                stopped.result()
            assert (stack.status, service.images()) == ("UPDATE_ROLLBACK_COMPLETE", ["healthy:1"] * 2)
        finally:
            cloud.clock = 1
        deleted = other.submit(stack.delete)
        service.until(deleted.done)


def test_iam_names_the_deployment_of_a_request(cloud: EmbeddedCloud, running: PlayedService) -> None:
    arn = running.release("healthy:2", deploymentConfiguration=baking(running))
    mine = f"arn:aws:ecs:us-east-1:111122223333:%s/{running.name}/{running.name}%s"
    statements = [
        {"Effect": "Allow", "Action": "ecs:ListServiceDeployments", "Resource": mine % ("service", "")},
        {"Effect": "Allow", "Action": "ecs:StopServiceDeployment", "Resource": mine % ("service-deployment", "/*")},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    cloud.client("iam").put_role_policy(
        RoleName=running.role.rpartition("/")[2], PolicyName="stops", PolicyDocument=document
    )
    given = cloud.client("sts").assume_role(RoleArn=running.role, RoleSessionName="it")["Credentials"]
    ecs = boto3.client(
        "ecs",
        region_name="us-east-1",
        endpoint_url=cloud.endpoint,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    cloud.enforce_iam(True)
    try:
        found = ecs.list_service_deployments(cluster=running.name, service=running.name)["serviceDeployments"]
        assert found[0]["serviceDeploymentArn"] == arn
        with pytest.raises(ecs.exceptions.ClientError, match="AccessDenied"):
            ecs.list_service_deployments(cluster=running.name, service="another")
        with pytest.raises(ecs.exceptions.ClientError, match="AccessDenied"):
            ecs.describe_service_deployments(serviceDeploymentArns=[arn])
        ecs.stop_service_deployment(serviceDeploymentArn=arn)
    finally:
        cloud.enforce_iam(False)
    running.until_status("ROLLBACK_SUCCESSFUL")
