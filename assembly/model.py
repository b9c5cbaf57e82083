"""Stacks and resources of a synthesized assembly, the same for the output of the CDK and of CDKTF."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from assembly.errors import AssemblyError
from assembly.references import Reference, StackOutput, addresses, reference
from assembly.values import Json, at


@dataclass(frozen=True)
class Resource:
    """A resource as it is written.

    Attributes:
        stack: name of its stack.
        id: its logical id; on Terraform its address, ``google_sql_database_instance.Database``.
        type: of the resource: ``AWS::S3::Bucket``, ``google_storage_bucket``.
        path: where it stands in the construct tree of its stack, ``Storage/Uploads``; its id where no path is written.
        component: what its cost is split by.
        region: of its stack.
        body: all that is written about it.
        properties: its arguments: ``Properties`` of a template's resource, the whole body of a Terraform resource.
    """

    stack: str
    id: str
    type: str
    path: str
    component: str
    region: str
    body: Json = field(compare=False, repr=False)
    properties: Json = field(compare=False, repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """Stack and id: unique in its assembly."""
        return self.stack, self.id

    def __str__(self) -> str:
        return f"{self.stack}/{self.path}"


@dataclass(frozen=True)
class Stack:
    """A synthesized stack.

    Attributes:
        name: what the CLI deploys it by.
        cloud: ``aws``, ``gcp``.
        environment: which one it belongs to; ``shared`` where all use it.
        component: the tag of that name; empty where it is not tagged.
        account: the AWS account, or the Google project.
        region: where it is deployed; empty where no provider names one.
        protected: whether CloudFormation refuses to delete it.
        dependencies: the stacks that are deployed before it.
        tags: of the stack, which CloudFormation gives to its resources.
        bootstrap_version: the least version of the CDK's toolkit stack that can deploy it; 0 for any.
        file: what was read.
        template: its content: a CloudFormation template, or Terraform's JSON.
        paths: where each id stands in the construct tree, those of Terraform's data sources included.
        resources: by id, in the order of the file.
        outputs: their values, by name.
    """

    name: str
    cloud: str
    environment: str
    component: str
    account: str
    region: str
    protected: bool
    dependencies: frozenset[str]
    tags: Mapping[str, str]
    bootstrap_version: int
    file: Path
    template: Json = field(repr=False)
    paths: Mapping[str, str] = field(repr=False)
    resources: Mapping[str, Resource] = field(repr=False)
    outputs: Mapping[str, Json] = field(repr=False)

    def of(self, kind: str) -> Iterator[Json]:
        """Yield the properties of each resource of a type."""
        return (resource.properties for resource in self.resources.values() if resource.type == kind)


@dataclass(frozen=True)
class Assembly:
    """Output of one synthesis.

    Attributes:
        folder: an absolute path, which ``cdk deploy --app`` takes as it is.
        stacks: by name.
    """

    folder: Path
    stacks: Mapping[str, Stack] = field(repr=False)

    @cached_property
    def resources(self) -> Mapping[tuple[str, str], Resource]:
        """Every resource, by stack and id, in the order of deployment."""
        return {resource.key: resource for stack in self.stacks.values() for resource in stack.resources.values()}

    def stack(self, name: str) -> Stack:
        """Return a stack.

        Raises:
            AssemblyError: there is no stack of that name.
        """
        if name not in self.stacks:
            raise AssemblyError(f"The application has no stack {name}. It has {', '.join(sorted(self.stacks))}.")
        return self.stacks[name]

    def with_dependencies(self, names: Iterable[str]) -> list[Stack]:
        """Return the named stacks and all that they depend on, each after its dependencies.

        Raises:
            AssemblyError: there is no stack of such a name.
        """
        ordered: dict[str, Stack] = {}

        def visit(name: str) -> None:
            if name in ordered:
                return
            stack = self.stack(name)
            for dependency in sorted(stack.dependencies):
                visit(dependency)
            ordered[name] = stack

        for name in names:
            visit(name)
        return list(ordered.values())

    def references_in(self, value: Json, stack: str) -> Iterator[Resource]:
        """Yield the resources that a value written in a stack refers to, in other stacks too."""
        match reference(value):
            case Reference(name):
                yield from self._resource(stack, name)
            case StackOutput(other, output):
                yield from self.references_in(self.stacks[other].outputs[output], other)
            case None if isinstance(value, str):
                for address in addresses(value):
                    yield from self._resource(stack, address)
            case None if isinstance(value, dict | list):
                for item in value.values() if isinstance(value, dict) else value:
                    yield from self.references_in(item, stack)

    def references_of(self, resource: Resource, *paths: str) -> Iterator[Resource]:
        """Yield the resources that a resource refers to at ``Rules.Destination.Bucket`` and the like, or anywhere."""
        for path in paths or ("",):
            for value in at(resource.properties, path):
                yield from self.references_in(value, resource.stack)

    def _resource(self, stack: str, name: str) -> Iterator[Resource]:
        if found := self.resources.get((stack, name)):
            yield found
