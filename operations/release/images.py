"""Images of releases: their tags, and whether the registry has one."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from operations.release import names
from operations.release.errors import RolloutError
from operations.release.stacks import Client, outputs

_REGISTRY = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.")
# In ASCII: ECR takes no other tag, and Python takes other digits for numbers.
TAG = re.compile(r"(?P<version>[\w.]+)-(?P<commit>[0-9a-f]{7,40})(?:-(?P<build>\d+))?", re.ASCII)


class Release(NamedTuple):
    """A release and its build: ``0.3.0-2a1ec34``, and ``0.3.0-2a1ec34-2`` after two patches.

    Attributes:
        name: version and commit.
        commit: of the application.
        build: 0 at first.
    """

    name: str
    commit: str
    build: int

    @property
    def tag(self) -> str:
        """The tag of its image."""
        return f"{self.name}-{self.build}" if self.build else self.name

    @classmethod
    def read(cls, tag: str) -> "Release":
        """Return the release that a tag names.

        Raises:
            RolloutError: the tag has another form.
        """
        match = TAG.fullmatch(tag)
        if not match:
            raise RolloutError(f"{tag} is no release: a tag is <version>-<commit>, as in 0.3.0-2a1ec34")
        return cls(f"{match['version']}-{match['commit']}", match["commit"], int(match["build"] or 0))


def tag_of(containers: Iterable[Mapping[str, Any]], name: str = "name") -> str:
    """Return the tag of the image of the service's container; empty where it has none.

    Args:
        containers: as ECS describes them.
        name: the member that holds the container's name.
    """
    found = next((str(each.get("image", "")) for each in containers if each[name] == names.CONTAINER), "")
    return found.partition("@")[0].rpartition("/")[2].partition(":")[2]


def has_image(client: Client, environment: str, tag: str) -> bool:
    """Return whether the registry that an environment's task definition names has an image.

    Raises:
        RolloutError: the environment is not deployed, or its image is of another registry.
    """
    image = _container(client, environment)["image"]
    registry = _REGISTRY.match(image)
    if registry is None:
        raise RolloutError(f"{image} of the task definition is of no registry of AWS: nothing was deployed")
    ecr = client("ecr", region_name=registry["region"])
    try:
        found = ecr.describe_images(
            registryId=registry["account"], repositoryName=names.REPOSITORY, imageIds=[{"imageTag": tag}]
        )
    except ecr.exceptions.ImageNotFoundException:
        return False
    # The embedded registry answers with nothing instead of the error.
    return bool(found["imageDetails"])


def _container(client: Client, environment: str) -> Mapping[str, Any]:
    definition = outputs(client, names.stack(environment), "TaskDefinition")["TaskDefinition"]
    given = client("ecs").describe_task_definition(taskDefinition=definition)["taskDefinition"]
    (found,) = (each for each in given["containerDefinitions"] if each["name"] == names.CONTAINER)
    return dict(found)
