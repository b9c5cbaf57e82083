"""Read-only view of an AWS account: clients that refuse writes, and what is deployed of the stacks."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from admin.aws import Aws, aws_errors
from admin.errors import AwsError
from admin.preflight.aws.actions import refuse_writes
from assembly import Stack
from assembly.values import Json, at

_TOO_OFTEN = "AWS is asked too often: run it again in a minute"
_NEXT_STEPS = dict.fromkeys(
    (
        "RequestLimitExceeded",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ),
    _TOO_OFTEN,
)
_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_GONE = "DELETE_COMPLETE"
# A deletion, or the rollback of a creation, has left these where they are; they belong to no stack afterwards.
_KEPT = "DELETE_SKIPPED"


def code_of(error: ClientError) -> str:
    """Return AWS's code of an error."""
    return str(error.response["Error"]["Code"])


def message_of(error: ClientError) -> str:
    """Return AWS's message of an error."""
    return str(error.response["Error"].get("Message", ""))


@contextmanager
def answered() -> Iterator[None]:
    """Translate what prevents an answer in the block.

    Raises:
        AwsError: why there is none, in one line.
    """
    try:
        with aws_errors(_NEXT_STEPS):
            yield
    except AwsError as error:
        cause = error.__cause__
        if isinstance(cause, ClientError) and code_of(cause) in _DENIED:
            # Which right is missing stands in AWS's message alone.
            raise AwsError(f"AWS refused {cause.operation_name}: {message_of(cause) or code_of(cause)}") from cause
        raise
    except LookupError as error:
        raise AwsError(f"AWS's answer lacks {error}") from error


@dataclass(frozen=True)
class Account:
    """An account that is asked and never changed.

    Attributes:
        aws: the connection.
    """

    aws: Aws
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)
    _resources: dict[tuple[str, str], list[Json]] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=Lock, repr=False)

    @property
    def id(self) -> str:
        """Its 12 digits."""
        return self.aws.account

    @property
    def embedded(self) -> bool:
        """True where it is the cloud on this machine."""
        return self.aws.embedded

    def client(self, service: str, region: str) -> Any:
        """Return a client of boto3 that refuses every action outside :mod:`admin.preflight.aws.actions`."""
        with self._lock:  # a session makes one client at a time
            if (service, region) not in self._clients:
                client = self.aws.client(service, region_name=region, config=_CONFIG)
                client.meta.events.register_first("before-call", refuse_writes)
                self._clients[service, region] = client
            return self._clients[service, region]

    def pages(self, service: str, region: str, operation: str, key: str, **arguments: Any) -> list[Json]:
        """Return the items of all pages of an operation's answer.

        Args:
            service: name in boto3.
            region: where it is asked.
            operation: as boto3's method is named.
            key: where the items stand in a page: ``DistributionList.Items``.
            arguments: of the operation.
        """
        pages = self.client(service, region).get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in at(page, key)]

    def status(self, stack: Stack) -> str | None:
        """Return CloudFormation's status of a stack; None where there is no such stack."""
        client = self.client("cloudformation", stack.region)
        try:
            found = client.describe_stacks(StackName=stack.name)["Stacks"]
        except ClientError as error:
            if _is_no_stack(error):
                return None
            raise
        return next((str(each["StackStatus"]) for each in found if each["StackStatus"] != _GONE), None)

    def resources(self, stack: Stack) -> list[Json]:
        """Return CloudFormation's summary of each resource that a stack holds; none where there is no stack."""
        return [each for each in self._summaries(stack) if each["ResourceStatus"] not in (_GONE, _KEPT)]

    def kept(self, stack: Stack) -> list[Json]:
        """Return CloudFormation's summary of each resource that a stack has made, and left when it was deleted."""
        return [each for each in self._summaries(stack) if each["ResourceStatus"] == _KEPT]

    def _summaries(self, stack: Stack) -> list[Json]:
        key = (stack.name, stack.region)
        if key not in self._resources:
            try:
                found = self.pages(
                    "cloudformation",
                    stack.region,
                    "list_stack_resources",
                    "StackResourceSummaries",
                    StackName=stack.name,
                )
            except ClientError as error:
                if not _is_no_stack(error):
                    raise
                found = []
            self._resources[key] = found
        return self._resources[key]

    def counts(self, stack: Stack) -> Mapping[str, int]:
        """Return how many resources of each type exist in a stack."""
        return Counter(each["ResourceType"] for each in self.resources(stack) if each.get("PhysicalResourceId"))

    def physical_ids(self, stacks: Collection[Stack], kind: str) -> set[str]:
        """Return the physical ids of the resources of a type that exist in the stacks."""
        return {
            each["PhysicalResourceId"]
            for stack in stacks
            for each in self.resources(stack)
            if each["ResourceType"] == kind and each.get("PhysicalResourceId")
        }

    def physical_id(self, stack: Stack, logical_id: str) -> str | None:
        """Return the physical id of a resource; None where it does not exist."""
        found = (each for each in self.resources(stack) if each["LogicalResourceId"] == logical_id)
        return next((str(each["PhysicalResourceId"]) for each in found if each.get("PhysicalResourceId")), None)


def _is_no_stack(error: ClientError) -> bool:
    return code_of(error) == "ValidationError" and "does not exist" in message_of(error)
