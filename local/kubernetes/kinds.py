"""Resources that a cluster serves: its own, as data, and those of custom resource definitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from assembly.values import Json

_FILE = Path(__file__).with_name("kinds.yaml")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A resource in one version of its API.

    Attributes:
        group: API group; empty for the core group.
        version: version in the group.
        name: ``Deployment``.
        plural: ``deployments``, as in paths.
        singular: ``deployment``.
        list_name: ``DeploymentList``.
        namespaced: whether objects stand in a namespace.
        short_names: of kubectl, such as ``deploy``.
        categories: names of kubectl for several resources, such as ``all``.
        subresources: ``status`` and ``scale``, where it has them.
        definition: version of the custom resource definition; None for a resource that every cluster serves.
    """

    group: str
    version: str
    name: str
    plural: str
    singular: str
    list_name: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    definition: Json = None

    @property
    def api_version(self) -> str:
        """Group and version, such as ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """Plural and group, such as ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_name(self) -> str:
        """Name and group, such as ``Deployment.apps``."""
        return f"{self.name}.{self.group}" if self.group else self.name


@cache
def built_in() -> tuple[Kind, ...]:
    """Return what every cluster serves."""
    return tuple(
        Kind(
            group=api_version.rpartition("/")[0],
            version=api_version.rpartition("/")[2],
            name=entry["kind"],
            plural=plural,
            singular=entry["kind"].lower(),
            list_name=f"{entry['kind']}List",
            namespaced=not entry.get("cluster"),
            short_names=tuple(entry.get("short", ())),
            categories=("all",) if entry.get("all") else (),
            subresources=tuple(name for name in ("status", "scale") if entry.get(name)),
        )
        for api_version, resources in yaml.safe_load(_FILE.read_text()).items()
        for plural, entry in resources.items()
    )


@cache
def built_in_kind(name: str) -> Kind:
    """Return a resource that every cluster serves, by its kind."""
    return next(kind for kind in built_in() if kind.name == name)


def custom(definition: Json) -> Iterator[Kind]:
    """Yield the resource of a CustomResourceDefinition in each version that it serves."""
    spec = definition["spec"]
    names = spec["names"]
    for version in spec["versions"]:
        if version["served"]:
            yield Kind(
                group=spec["group"],
                version=version["name"],
                name=names["kind"],
                plural=names["plural"],
                singular=names["singular"],
                list_name=names["listKind"],
                namespaced=spec["scope"] == "Namespaced",
                short_names=tuple(names.get("shortNames", ())),
                categories=tuple(names.get("categories", ())),
                subresources=tuple(version.get("subresources", {})),
                definition=version,
            )
