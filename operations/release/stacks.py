"""Outputs of a deployed stack, and the state of its last change."""

from collections.abc import Callable, Mapping
from typing import Any

from operations.release.errors import RolloutError

Client = Callable[..., Any]


def outputs(client: Client, stack: str, *names: str, region: str | None = None) -> Mapping[str, str]:
    """Return the outputs of a stack.

    Args:
        client: makes a client of AWS by the name of a service, and of a region.
        stack: its name.
        names: outputs that it must have.
        region: where it is; None for the region of the environment.

    Raises:
        RolloutError: the deployed stack lacks one of the names.
    """
    where = {"region_name": region} if region else {}
    (found,) = client("cloudformation", **where).describe_stacks(StackName=stack)["Stacks"]
    given = {output["OutputKey"]: str(output["OutputValue"]) for output in found.get("Outputs", [])}
    if missing := set(names) - given.keys():
        raise RolloutError(f"{stack} has no output {', '.join(sorted(missing))}: deploy it first")
    return given
