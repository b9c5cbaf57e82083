"""Resources and stacks of one side of a review, in the same words for every cloud."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assembly.values import Json


@dataclass(frozen=True)
class Resource:
    """A resource as it is written; the own settings of a stack, or of the application, where ``path`` is empty.

    Attributes:
        environment: which environment it belongs to; ``shared`` where all use it.
        id: what the cloud's tool knows it by, unique in its stack.
        path: where it stands in the construct tree of its stack: ``Database/Instance``.
        settings: as they are written, but references are paths: ``${Database/Instance.Endpoint}``.
        name: what people call it, where its type says little: ``Deployment goodies/funkygibbon``.
    """

    cloud: str
    environment: str
    stack: str
    id: str
    type: str
    path: str
    settings: Json = field(repr=False)
    name: str = ""

    @property
    def address(self) -> str:
        """Address in a trailer: ``GoodiesProd-Data/Database/Instance``."""
        return f"{self.stack}/{self.path}" if self.path else self.stack

    @property
    def kind(self) -> str:
        """Kind for people: ``RDS DBInstance``, ``Deployment goodies/funkygibbon``."""
        return self.name or self.type.removeprefix("AWS::").replace("::", " ")


@dataclass(frozen=True)
class Stack:
    """A stack of one side.

    Attributes:
        settings: of the stack itself, as a resource without a path.
        resources: by id.
        place: where it stands: account and region, or backend and projects. In another place it is another stack.
    """

    settings: Resource
    resources: Mapping[str, Resource] = field(repr=False)
    place: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name that the deploying tool uses."""
        return self.settings.stack

    @property
    def all(self) -> Mapping[str, Resource]:
        """The resources and the stack's own settings, by id."""
        return {"": self.settings, **self.resources}
