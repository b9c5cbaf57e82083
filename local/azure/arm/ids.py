"""Ids of resources, as paths of requests have them. Resource Manager compares them without regard to case."""

from dataclasses import dataclass
from functools import cached_property

_PROVIDERS = "providers"
_GROUPS = "resourcegroups"


@dataclass(frozen=True)
class ResourceId:
    """Id of a resource, of a scope, or of a collection.

    Attributes:
        path: the id, without a slash at its end: ``/subscriptions/…/resourceGroups/…/providers/Microsoft.Network/…``.
    """

    path: str

    @property
    def key(self) -> str:
        """The id as it is compared."""
        return self.path.lower()

    @cached_property
    def segments(self) -> list[str]:
        """The parts of the path."""
        return self.path.strip("/").split("/")

    @cached_property
    def _provider(self) -> int:
        """Place of the last ``providers``; -1 where there is none."""
        lower = [segment.lower() for segment in self.segments]
        return len(lower) - 1 - lower[::-1].index(_PROVIDERS) if _PROVIDERS in lower else -1

    @property
    def namespace(self) -> str:
        """The provider's namespace, as it was written; empty for subscriptions and resource groups."""
        after = self.segments[self._provider + 1 : self._provider + 2] if self._provider >= 0 else []
        return after[0] if after else ""

    @cached_property
    def _pairs(self) -> list[str]:
        return self.segments[self._provider + 2 :] if self.namespace else self.segments

    @property
    def type(self) -> str:
        """The type, in lower case: ``microsoft.network/virtualnetworks/subnets``."""
        if not self.namespace:
            return "microsoft.resources/" + ("resourcegroups" if self.group else "subscriptions")
        return "/".join([self.namespace, *self._pairs[::2]]).lower()

    @property
    def is_resource(self) -> bool:
        """True for a resource; False for a collection, or an action on a resource."""
        return len(self._pairs) % 2 == 0 and bool(self._pairs)

    @property
    def name(self) -> str:
        """The last part."""
        return self.segments[-1]

    @property
    def names(self) -> list[str]:
        """The names of the resource and of those that hold it."""
        return self._pairs[1::2] if self.namespace else [self.name]

    @property
    def parent(self) -> "ResourceId":
        """The resource that holds it, or the scope."""
        if self.namespace and len(self._pairs) <= 2:  # noqa: PLR2004 - a type and a name
            return self.scope
        return ResourceId("/" + "/".join(self.segments[:-2]))

    @property
    def has_parent(self) -> bool:
        """True where another resource of its provider holds it."""
        return bool(self.namespace) and len(self._pairs) > 2  # noqa: PLR2004 - a type and a name

    @property
    def scope(self) -> "ResourceId":
        """The part before the provider: a resource group, a subscription, or any resource."""
        return ResourceId("/" + "/".join(self.segments[: self._provider])) if self.namespace else self

    @property
    def subscription(self) -> str:
        """The subscription; empty where the id is of none."""
        return self.segments[1] if self.segments[0].lower() == "subscriptions" and len(self.segments) > 1 else ""

    @property
    def group(self) -> str:
        """The name of the resource group; empty where it is in none."""
        found = len(self.segments) > 3 and self.segments[2].lower() == _GROUPS  # noqa: PLR2004
        return self.segments[3] if found else ""

    @property
    def group_id(self) -> "ResourceId":
        """The id of the resource group."""
        return ResourceId("/" + "/".join(self.segments[:4]))

    @property
    def subscription_id(self) -> "ResourceId":
        """The id of the subscription."""
        return ResourceId("/" + "/".join(self.segments[:2]))

    def below(self, *segments: str) -> "ResourceId":
        """Return the id of what it holds."""
        return ResourceId("/".join([self.path, *segments]))

    def within(self, scope: "ResourceId") -> bool:
        """Return whether it is a scope itself, or stands in it."""
        return self.key == scope.key or self.key.startswith(f"{scope.key.rstrip('/')}/")

    def __str__(self) -> str:
        return self.path
