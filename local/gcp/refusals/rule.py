"""The interface of a rule of Google's APIs, and the requests that rules look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from assembly.values import Json
from local.gcp.rest.calls import Call, Place
from local.gcp.rest.errors import Refusal
from local.gcp.rest.resources import kind_name
from local.gcp.rest.verbs import new_name, resource_name, unwrapped

_CREATES = ("create", "createAsync", "insert")
_READS = ("access", "testIamPermissions")


@dataclass(frozen=True)
class Operation:
    """A request, as a rule looks at it.

    Attributes:
        call: the request.
    """

    call: Call

    @property
    def kind(self) -> str:
        """The kind of resource, such as ``compute.networks``."""
        return kind_name(self.call)

    @property
    def action(self) -> str:
        """The last part of the method, such as ``insert``."""
        return self.call.method.action

    @property
    def creates(self) -> bool:
        """True where the request makes a resource."""
        return self.action in _CREATES

    @property
    def deletes(self) -> bool:
        """True where the request removes a resource."""
        return self.action == "delete"

    @property
    def reads(self) -> bool:
        """True where the request changes nothing."""
        return self.call.method.verb == "GET" or self.action.startswith(("get", "list", *_READS))

    @property
    def on_policy(self) -> bool:
        """True where the request is about a resource's IAM policy."""
        return self.action.endswith(("IamPolicy", "IamPermissions"))

    @cached_property
    def name(self) -> str:
        """The name of the resource, of the new one too; empty where the API makes a name up only later."""
        if not self.creates:
            return self.call.name
        try:
            return new_name(self.call, self.body)
        except Refusal:
            return ""

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The resource that is sent."""
        wraps = "request" in self.call.method.content and resource_name(self.call.method)
        return unwrapped(self.call)[0] if wraps else self.call.body

    @cached_property
    def stored(self) -> Json | None:
        """The resource as it is kept; None where there is none."""
        return self.call.documents.get(self.name)

    @property
    def place(self) -> Place:
        """Parts of the resource's name."""
        return Place(self.name or self.call.name, self.call.cloud)

    @cached_property
    def project(self) -> str:
        """The id of the project that the request is about; empty where its resource belongs to none."""
        place, cloud = self.place, self.call.cloud
        named = place.project or self.call.parameters.get("project", "")
        network = self.body.get("network", self.body.get("consumerNetwork", ""))
        if not named and self.call.api == "servicenetworking" and isinstance(network, str):
            named = Place(network, cloud).project
        if not named and self.call.api == "storage":
            bucket = self.call.documents.get(self.call.name.removesuffix("/iam"))
            named = bucket["outputs"]["projectNumber"] if bucket else ""
        return Place(cloud.by_id(f"projects/{named}"), cloud).project if named else ""

    def refuse(self, row: Mapping[str, Any], **values: Any) -> Refusal:
        """Return the refusal that a row of a rule's data describes, with the resource's attributes filled in."""
        row = {key: row[key] for key in ("code", "message", "reason", "status") if key in row}
        return Refusal(**self.place.fill(row, **values))


class Rule:
    """A rule by which Google refuses some requests.

    Attributes:
        text: what Google does, in one sentence, for docs/clouds/gcp.md.
        source: document, discovery document or public thread that says so.
    """

    text: ClassVar[str]
    source: ClassVar[str]

    def check(self, operation: Operation) -> None:
        """Raise what Google answers to a request that it refuses.

        Raises:
            Refusal: in Google's words.
            FailedOperation: the request is taken, and the operation that it starts fails.
        """

    def done(self, operation: Operation, answer: Any) -> None:
        """Take note of a request that was answered."""


class FailedOperation(Exception):
    """A request that is taken, and whose operation fails for a reason."""
