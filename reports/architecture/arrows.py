"""Arrows of the picture on AWS: relations between resources, drawn between their boxes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from assembly import Assembly, Resource
from reports.architecture.boxes import Box
from reports.architecture.relations import relations


@dataclass(frozen=True)
class Arrow:
    """From one box to another, by their keys, and why."""

    start: str
    end: str
    text: str


class Arrows:
    """Finds the arrows between boxes."""

    def __init__(self, assembly: Assembly, resources: Sequence[Resource], boxes: Sequence[Box]) -> None:
        self._assembly = assembly
        self._resources = resources
        self._boxes = {resource: box.key for box in boxes for resource in box.stands_for}

    def all(self) -> list[Arrow]:
        """Return every arrow once, in the order of the templates."""
        return list(dict.fromkeys(arrow for arrow in self._found() if arrow.start != arrow.end))

    def _found(self) -> Iterator[Arrow]:
        for resource in self._resources:
            for relation in relations(self._assembly, resource):
                for start, end in product(relation.starts, relation.ends):
                    first, second = self._drawn_as(start), self._drawn_as(end)
                    if first and second:
                        yield Arrow(first, second, relation.text)

    def _drawn_as(self, resource: Resource | None) -> str | None:
        """Return the box of a resource, or of the one that it belongs to."""
        while resource and resource not in self._boxes:
            resource = self._owner(resource)
        return self._boxes[resource] if resource else None

    def _owner(self, resource: Resource) -> Resource | None:
        if resource.type in _OWNED_BY:
            return next(self._assembly.references_of(resource, _OWNED_BY[resource.type]), None)
        users = (user for user in self._resources if user.type in _USED_BY.get(resource.type, ()))
        return next((user for user in users if resource in self._assembly.references_of(user)), None)


# What is not drawn belongs to what it names there …
_OWNED_BY = {"AWS::SecretsManager::SecretTargetAttachment": "SecretId"}
# … or to the first resource of such a type that names it. No chain of these leads back to its start.
_USED_BY = {
    "AWS::EC2::SecurityGroup": {
        "AWS::ECS::Service",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::Lambda::Function",
        "AWS::RDS::DBInstance",
    },
    "AWS::ECS::TaskDefinition": {"AWS::ECS::Service"},
    "AWS::Lambda::Function": {"AWS::SecretsManager::RotationSchedule"},
}
