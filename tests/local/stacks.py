"""Small stacks for tests: a template in, outputs or the refusal out."""

import contextlib
import itertools
import json
import time
from typing import Any

from local.cloud import EmbeddedCloud
from local.cloudformation import describe, failures

_names = (f"test-{number}" for number in itertools.count())


class RefusedError(Exception):
    """CloudFormation's reasons for a stack that it did not create."""


class Stack:
    """A stack of the embedded cloud, made by :func:`create`."""

    def __init__(self, cloud: EmbeddedCloud, name: str, region: str) -> None:
        self.name = name
        self._cloud = cloud
        self._region = region
        self._api = cloud.client("cloudformation", region)

    @property
    def outputs(self) -> dict[str, str]:
        return {item["OutputKey"]: item["OutputValue"] for item in self._describe().get("Outputs", ())}

    @property
    def status(self) -> str:
        return str(self._describe().get("StackStatus", ""))

    def ids(self) -> dict[str, str]:
        """The physical id of each resource."""
        resources = self._api.list_stack_resources(StackName=self.name)["StackResourceSummaries"]
        return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in resources}

    def update(self, resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> None:
        self._api.update_stack(StackName=self.name, TemplateBody=template(resources, outputs))
        self.rest("UPDATE_COMPLETE")

    def change(self, resources: dict[str, Any]) -> None:
        """Make a change set, as `cdk deploy` does."""
        try:
            self._api.create_change_set(
                StackName=self.name, ChangeSetName="it", ChangeSetType="UPDATE", TemplateBody=template(resources)
            )
        except self._api.exceptions.ClientError as refusal:
            raise RefusedError(str(refusal)) from None

    def status_after_delete(self) -> str:
        """Return the status in which a deletion ends, whatever it is."""
        self._api.delete_stack(StackName=self.name)
        with contextlib.suppress(RefusedError):
            self.rest("DELETE_COMPLETE", "")
        return self.status

    def delete(self) -> None:
        self._api.delete_stack(StackName=self.name)
        self.rest("DELETE_COMPLETE", "")

    def rest(self, *wanted: str) -> None:
        """Wait until nothing happens any more."""
        deadline = time.monotonic() + 120
        while self.status.endswith("_IN_PROGRESS") and time.monotonic() < deadline:
            time.sleep(0.05)
        if self.status not in wanted:
            reasons = failures(self._cloud, self.name, self._region)
            raise RefusedError(f"{self.status}: {'; '.join(reasons)}")

    def _describe(self) -> dict[str, Any]:
        return dict(describe(self._cloud, self.name, self._region))


def create(
    cloud: EmbeddedCloud,
    resources: dict[str, Any],
    outputs: dict[str, Any] | None = None,
    *,
    region: str = "us-east-1",
    name: str = "",
) -> Stack:
    """Create a stack and wait for it; without a name it gets one of its own."""
    stack = Stack(cloud, name or next(_names), region)
    api = cloud.client("cloudformation", region)
    try:
        api.create_stack(StackName=stack.name, TemplateBody=template(resources, outputs))
    except api.exceptions.ClientError as refusal:
        raise RefusedError(str(refusal)) from None
    stack.rest("CREATE_COMPLETE")
    return stack


def template(resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> str:
    """Write a template; each resource is its type, its properties and, if need be, its attributes."""
    written = {
        name: {"Type": kind, "Properties": properties, **(attributes[0] if attributes else {})}
        for name, (kind, properties, *attributes) in resources.items()
    }
    return json.dumps(
        {"Resources": written, "Outputs": {name: {"Value": value} for name, value in (outputs or {}).items()}}
    )
