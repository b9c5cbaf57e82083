"""Containers of the service's task definition."""

from assembly.values import Json
from tests.aws.resources import Environment


def container(environment: Environment, name: str = "funkygibbon") -> Json:
    """Return a container by its name."""
    containers = environment.one("AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    (found,) = (each for each in containers if each["Name"] == name)
    return found
