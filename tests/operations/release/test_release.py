"""Release of an image: the registry is asked first, the record follows the deployment."""

from types import SimpleNamespace
from typing import Any

import pytest

from operations.release.environment import Environment
from operations.release.errors import RolloutError
from operations.release.release import release
from tests.admin.test_patch_release import TAG, Cloud

IMAGE = "999900001111.dkr.ecr.us-east-1.amazonaws.com/goodies/funkygibbon:none"
NEXT = "0.4.0-aaaaaaa"


class MissingImage(Exception):
    """Stands for ECR's error of the name."""


class Registry(Cloud):
    """Knows images, and an environment whose task definition names their registry."""

    def __init__(self, *tags: str, runs: str = TAG) -> None:
        super().__init__(*tags, runs=runs)
        self.running = runs
        self.image = IMAGE
        self.images: list[str] = []
        self.exceptions = SimpleNamespace(ParameterNotFound=LookupError, ImageNotFoundException=MissingImage)

    def client(self, _service: str, region_name: str = "us-east-1") -> "Registry":
        assert region_name == "us-east-1"
        return self

    def describe_stacks(self, **_: Any) -> Any:
        output = {"OutputKey": "TaskDefinition", "OutputValue": "arn:task-definition/service:1"}
        return {"Stacks": [{**super().describe_stacks()["Stacks"][0], "Outputs": [output]}]}

    def describe_task_definition(self, **_: Any) -> Any:
        containers = [{"name": "migrate", "image": self.image}, {"name": "funkygibbon", "image": self.image}]
        return {"taskDefinition": {"containerDefinitions": containers}}

    def describe_images(self, *, registryId: str, repositoryName: str, imageIds: Any) -> Any:  # noqa: N803
        self.images.append(f"{registryId} {repositoryName}")
        if imageIds[0]["imageTag"] not in self.tags:
            raise MissingImage
        return {"imageDetails": [{}]}


def released(cloud: Registry, tag: str = NEXT) -> bool:
    return release(Environment("prod", cloud.client), tag)


@pytest.mark.plan("AWS-3")
@pytest.mark.parametrize("runs", ["none", TAG])
def test_a_release_is_recorded_and_deployed(runs: str) -> None:
    cloud = Registry(NEXT, runs=runs)
    assert released(cloud)
    assert (cloud.deployed, cloud.runs) == ([NEXT], NEXT)
    assert cloud.images == ["999900001111 goodies/funkygibbon"], "the registry is the one that the tasks use"


def test_a_release_without_an_image_is_refused() -> None:
    cloud = Registry(TAG)
    with pytest.raises(RolloutError, match=f"TAG={NEXT}: .* has no image of this tag"):
        released(cloud)
    assert (cloud.deployed, cloud.runs) == ([], TAG)


def test_a_task_definition_of_another_registry_is_refused() -> None:
    cloud = Registry(NEXT)
    cloud.image = "docker.io/library/nginx:1"
    with pytest.raises(RolloutError, match="of no registry of AWS"):
        released(cloud)


def test_a_release_that_runs_is_left_alone() -> None:
    cloud = Registry(TAG)
    assert not released(cloud, TAG)
    assert cloud.deployed == []


def test_a_release_that_was_rolled_back_is_deployed_again() -> None:
    cloud = Registry(NEXT)
    cloud.runs, cloud.running = NEXT, TAG
    assert released(cloud)


@pytest.mark.parametrize(("runs", "before"), [("none", "no release"), (TAG, TAG)])
def test_the_record_goes_back_with_the_deployment(runs: str, before: str) -> None:
    cloud = Registry(NEXT, runs=runs)
    cloud.update_ends = "UPDATE_ROLLBACK_COMPLETE"
    with pytest.raises(RolloutError, match=f"prod runs {before} as before"):
        released(cloud)
    assert cloud.runs == runs


def test_the_record_goes_back_to_what_runs() -> None:
    cloud = Registry(NEXT)
    cloud.runs, cloud.update_ends = "0.5.0-bbbbbbb", "UPDATE_ROLLBACK_COMPLETE"
    with pytest.raises(RolloutError, match=f"prod runs {TAG} as before"):
        released(cloud)
    assert cloud.runs == TAG


def test_an_alarm_that_is_on_stops_a_release() -> None:
    cloud = Registry(NEXT)
    cloud.alarms_on = ["GoodiesProd-Deployment-Errors"]
    with pytest.raises(RolloutError, match="GoodiesProd-Deployment-Errors is on"):
        released(cloud)
    assert cloud.runs == TAG
