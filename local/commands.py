"""Commands of the AWS CLI that are shown and run: on the embedded cloud as a person would type them for an account."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from local.cloud import EmbeddedCloud


@dataclass(frozen=True)
class Command:
    """One command of the AWS CLI. ``str(command)`` is what a person types.

    Attributes:
        service: name of the service, for the AWS CLI and boto3 alike.
        operation: name of the operation in boto3, such as ``delete_stack``.
        region: name of the region.
        parameters: parameters of the operation by their names in the API.
    """

    service: str
    operation: str
    region: str
    parameters: Mapping[str, Any]

    def __str__(self) -> str:
        words = ["aws", self.service, self.operation.replace("_", "-"), "--region", self.region]
        for name, value in self.parameters.items():
            words += _option(name, value)
        return shlex.join(words)

    def run(self, cloud: EmbeddedCloud) -> None:
        """Run it on the embedded cloud.

        Raises:
            ClientError: the service refuses.
        """
        getattr(cloud.client(self.service, self.region), self.operation)(**self.parameters)


def run(commands: Iterable[Command], cloud: EmbeddedCloud, console: Console) -> None:
    """Print and run commands, one after another."""
    for command in commands:
        console.print(f"[dim]$ {command}[/]", highlight=False, soft_wrap=True)
        command.run(cloud)


def _option(name: str, value: Any) -> list[str]:
    option = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
    if isinstance(value, bool):
        return [f"--{option}" if value else f"--no-{option}"]
    if isinstance(value, list):
        return [f"--{option}", *(",".join(f"{key}={item}" for key, item in each.items()) for each in value)]
    return [f"--{option}", str(value)]
