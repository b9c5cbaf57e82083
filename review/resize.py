"""``python -m review.resize``: the next size of a component in an environment's file, for review (SCL-9).

    python -m review.resize --env prod --what database

Nothing is deployed. Comments and layout of the file stay; the sizes are those of ``environments/policy.yaml``.
"""

from collections.abc import Mapping, Sequence
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
from review.render.terminal import show
from review.report import FolderSide, RevisionSide, build_report


class Component(StrEnum):
    """Component whose sizes stand in ``environments/policy.yaml``."""

    DATABASE = "database"
    CACHE = "cache"
    SERVICE = "service"


# The keys that name a size in an environment's file. A copy of the database that is smaller than the database falls
# behind, so it grows along.
_KEYS: Mapping[Component, tuple[str, ...]] = {
    Component.DATABASE: ("database.size", "recovery.database_size"),
    Component.CACHE: ("cache.size",),
    Component.SERVICE: ("service.size",),
}


class ResizeError(ReviewError):
    """No next size to prepare, and why."""


def resized(text: str, what: Component, sizes: Sequence[str]) -> str:
    """Return an environment's file with the next size of a component.

    Args:
        text: what the file says.
        what: the component.
        sizes: names of its sizes, the smallest first.

    Raises:
        ResizeError: when the component has the largest size, one that ``policy.yaml`` does not list, or none.
    """
    try:
        root = yaml.compose(text)
    except yaml.YAMLError as error:
        raise ResizeError(f"the file is no YAML, `make synth` says more: {' '.join(str(error).split())}") from None
    nodes = [node for key in _KEYS[what] if (node := _at(root, key))]
    if not nodes:
        raise ResizeError(f"{_KEYS[what][0]}: the file names no size; allowed is one of {', '.join(sizes)}")
    present = nodes[0].value
    if present not in sizes:
        raise ResizeError(f"{what}: {present} is no size in policy.yaml")
    if present == sizes[-1]:
        raise ResizeError(f"{what}: {present} is the largest size; add a larger one to policy.yaml")
    larger = sizes[sizes.index(present) + 1]
    for node in sorted(nodes, key=lambda node: -node.start_mark.index):
        text = text[: node.start_mark.index] + larger + text[node.end_mark.index :]
    return text


def _at(node: yaml.Node | None, key: str) -> yaml.ScalarNode | None:
    for name in key.split("."):
        entries = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for found, value in entries if found.value == name), None)
    return node if isinstance(node, yaml.ScalarNode) else None


def prepare(env: str, what: Component) -> Report:
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
        changed = resized(text, what, _size_names(what))
    except ResizeError as error:
        raise ResizeError(f"environments/{file.name}: {error}") from None
    before = FolderSide(
        f"environments/{file.name} as it was", {cloud: assembly_of(None, cloud, env) for cloud in clouds_of(None)}
    )
    file.write_text(changed, encoding="utf-8")
    try:
        return build_report(before, RevisionSide("the next size", None, env))
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
    show(prepare(env, what), Console())
    print(f"Changed environments/{env}.yaml, deployed nothing.")
    print("Next: git diff, a review, and a deployment at a quiet time.")


if __name__ == "__main__":
    with exit_on_error():
        typer.run(main)
