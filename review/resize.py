"""``python -m review.resize``: the next size of a component in an environment's file, for review (SCL-9).

    python -m review.resize --env prod --what database

A database with a read replica grows in two steps, each with a deployment: the replica first. To shrink it, edit the
file in the other order: the database first.

Nothing is deployed. Comments and layout of the file stay; the sizes are those of ``environments/policy.yaml``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer
import yaml
from rich.console import Console

from assembly.environment_files import FOLDER, environment_names
from assembly.synth_cache import assembly_of, clouds_of
from errors import exit_on_error
from review.errors import ReviewError
from review.model.report import Report
from review.render.faults import faults_in_words
from review.render.terminal import show
from review.report import FolderSide, RevisionSide, build_report


class Component(StrEnum):
    """Component whose sizes stand in ``environments/policy.yaml``."""

    DATABASE = "database"
    CACHE = "cache"
    SERVICE = "service"


# The keys that name a size in an environment's file, in the order in which they grow. PostgreSQL stops replaying on a
# read replica that is smaller than the database, so the replica grows first, with a deployment of its own.
_KEYS: Mapping[Component, tuple[str, ...]] = {
    Component.DATABASE: ("recovery.database_size", "database.size"),
    Component.CACHE: ("cache.size",),
    Component.SERVICE: ("service.size",),
}


class ResizeError(ReviewError):
    """No next size to prepare, and why."""


@dataclass(frozen=True)
class Step:
    """The next step of a growth.

    Attributes:
        text: what the environment's file says afterwards.
        key: the key that has changed.
        remaining: the keys of the component that are still smaller, each a step of its own.
    """

    text: str
    key: str
    remaining: tuple[str, ...]


def resized(text: str, what: Component, sizes: Sequence[str]) -> Step:
    """Return the next step of a component's growth by one size.

    Args:
        text: what an environment's file says.
        what: the component.
        sizes: names of its sizes, the smallest first.

    Raises:
        ResizeError: when the component has the largest size, one that ``policy.yaml`` does not list, or none.
    """
    try:
        root = yaml.compose(text)
    except yaml.YAMLError as error:
        raise ResizeError(f"the file is no YAML, `make synth` says more: {' '.join(str(error).split())}") from None
    nodes = {key: node for key in _KEYS[what] if (node := _at(root, key))}
    # The component itself is the last key.
    own = _KEYS[what][-1]
    if own not in nodes:
        raise ResizeError(f"{own}: the file names no size; allowed is one of {', '.join(sizes)}")
    for node in nodes.values():
        if node.value not in sizes:
            raise ResizeError(f"{what}: {node.value} is no size in policy.yaml")
    ranks = {key: sizes.index(node.value) for key, node in nodes.items()}
    target = ranks[own] + 1
    if target == len(sizes):
        raise ResizeError(f"{what}: {sizes[-1]} is the largest size; add a larger one to policy.yaml")
    key, *remaining = (key for key, rank in ranks.items() if rank < target)
    start, end = nodes[key].start_mark.index, nodes[key].end_mark.index
    return Step(text[:start] + sizes[target] + text[end:], key, tuple(remaining))


def _at(node: yaml.Node | None, key: str) -> yaml.ScalarNode | None:
    for name in key.split("."):
        entries = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for found, value in entries if found.value == name), None)
    return node if isinstance(node, yaml.ScalarNode) else None


def prepare(env: str, what: Component) -> tuple[Step, Report]:
    """Change an environment's file, and report what changes by that; the file stays where the report fails.

    Raises:
        ResizeError: when there is no next size, or no such environment.
        ReviewError, SynthesisError: when the next size does not synthesize or cannot be compared.
    """
    if env not in environment_names():
        raise ResizeError(f"ENV={env}: there is no such environment; allowed is {', '.join(environment_names())}")
    file = FOLDER / f"{env}.yaml"
    text = file.read_text(encoding="utf-8")
    try:
        step = resized(text, what, _size_names(what))
    except ResizeError as error:
        raise ResizeError(f"environments/{file.name}: {error}") from None
    before = FolderSide(
        f"environments/{file.name} as it was", {cloud: assembly_of(None, cloud, env) for cloud in clouds_of(None)}
    )
    file.write_text(step.text, encoding="utf-8")
    try:
        return step, build_report(before, RevisionSide("the next size", None, env))
    except BaseException:
        file.write_text(text, encoding="utf-8")
        raise


def _size_names(what: Component) -> list[str]:
    """Return the names of a component's sizes, the smallest first."""
    try:
        sizes = yaml.safe_load((FOLDER / "policy.yaml").read_text(encoding="utf-8"))["sizes"][what]
        return [size["name"] for size in sizes]
    except (yaml.YAMLError, OSError, KeyError, TypeError):
        raise ResizeError(f"environments/policy.yaml: sizes.{what}: cannot be read; `make synth` says more") from None


def main(env: Annotated[str, typer.Option()], what: Annotated[Component, typer.Option()]) -> None:
    """Prepare the next size of a component of an environment, for review."""
    step, report = prepare(env, what)
    show(report, Console())
    print(f"Changed {step.key} in environments/{env}.yaml, deployed nothing.")
    print("Next: git diff, a review, and a deployment at a quiet time.")
    if step.remaining:
        print(f"Then, when it is deployed, the same command again: it changes {', '.join(step.remaining)}.")


if __name__ == "__main__":
    with exit_on_error(), faults_in_words():
        typer.run(main)
