"""Deployments of ECS services: stages, traffic, judgement and ways back, with tasks that are played."""

from collections.abc import Iterator

import pytest

from local.cloud import EmbeddedCloud
from tests.local.deployments import PlayedService


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
