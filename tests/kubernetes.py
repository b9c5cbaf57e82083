"""The objects of Kubernetes in a Terraform stack, those of releases as well."""

import json

from assembly.values import Json
from tests.gcp.terraform import Stack


def objects(stack: Stack, kind: str) -> list[Json]:
    """Return the objects of a kind that Terraform has no type for, references in them followed."""
    releases = (release for release in stack.resources("helm_release") if release["chart"].startswith("assets/"))
    given = (item for release in releases for item in json.loads(release["values"][0])["objects"])
    return [stack.resolve(item) for item in given if item["kind"] == kind]


def the_object(stack: Stack, kind: str) -> Json:
    """Return the only such object."""
    found = objects(stack, kind)
    assert len(found) == 1, f"{stack.name} has {len(found)} {kind}, not one"
    return found[0]


def pod(stack: Stack) -> Json:
    """Return what the service's pods are like."""
    return stack.one("kubernetes_deployment_v1")["spec"]["template"]["spec"]


def container(stack: Stack) -> Json:
    """Return the container that serves."""
    (found,) = pod(stack)["container"]
    return found


def environment_variables(stack: Stack) -> dict[str, Json]:
    """Return the variables of the container that serves."""
    return {item["name"]: item["value"] for item in container(stack)["env"]}
