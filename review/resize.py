"""Prepares the next size of a component: changes the environment's file, and shows what that changes (SCL-9).

    python -m review.resize --env prod --what database

The change is for review: nothing is deployed. Comments and layout of the file stay; the next size is the next rung of
the ladder in ``environments/policy.yaml``.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console

from assembly.errors import SynthesisError
from assembly.synth_cache import assembly_of, clouds_of
from review.compare.collect import weighed
from review.judge.approvals import judged
from review.judge.dangers import dangers
from review.render.grouping import environments
from review.render.report import Report
from review.render.terminal import show

ENVIRONMENTS = Path("environments")


class Component(StrEnum):
    """What has a ladder."""

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


class Refused(Exception):
    """One line: why there is nothing to prepare."""


def resized(text: str, what: Component, ladder: list[dict[str, Any]]) -> str:
    """Return an environment's file with the next size of a component.

    Raises:
        Refused: when the component has the largest size, or one that is not on the ladder.
    """
    root = yaml.compose(text)
    nodes = [node for key in _KEYS[what] if (node := _at(root, key))]
    names = [size["name"] for size in ladder]
    present = nodes[0].value
    if present not in names:
        raise Refused(f"{what}: {present} is no size of the ladder in policy.yaml")
    if present == names[-1]:
        raise Refused(f"{what}: {present} is the largest size of the ladder; add one to policy.yaml")
    larger = names[names.index(present) + 1]
    for node in sorted(nodes, key=lambda node: -node.start_mark.index):
        text = text[: node.start_mark.index] + larger + text[node.end_mark.index :]
    return text


def _at(node: yaml.Node | None, key: str) -> yaml.ScalarNode | None:
    for name in key.split("."):
        entries = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for found, value in entries if found.value == name), None)
    return node if isinstance(node, yaml.ScalarNode) else None


def prepare(env: str, what: Component) -> Report:
    """Change an environment's file, and report what changes by that; the file stays if it cannot be synthesized.

    Raises:
        Refused: when there is no next size, or no such environment.
    """
    file = ENVIRONMENTS / f"{env}.yaml"
    if not file.exists():
        raise Refused(f"{file}: there is no such environment")
    text = file.read_text(encoding="utf-8")
    ladder = yaml.safe_load((ENVIRONMENTS / "policy.yaml").read_text(encoding="utf-8"))["sizes"][what]
    changed = resized(text, what, ladder)
    clouds = clouds_of(None)
    try:
        before = {cloud: assembly_of(None, cloud, env) for cloud in clouds}
        file.write_text(changed, encoding="utf-8")
        after = {cloud: assembly_of(None, cloud, env) for cloud in clouds}
    except SynthesisError as problem:
        file.write_text(text, encoding="utf-8")
        raise Refused(str(problem)) from None
    found = weighed(clouds, lambda cloud: (before[cloud], after[cloud]))
    return Report(
        base=f"{file} as it was",
        head="the next size",
        uncommitted=[],
        clouds=clouds,
        dangers=judged(dangers(found.difference), [])[0],
        refused=[],
        environments=environments(found.difference, found.costs),
        costs=found.costs,
        notes=found.notes,
    )


def main(env: Annotated[str, typer.Option()], what: Annotated[Component, typer.Option()]) -> None:
    """Prepare the next size of a component of an environment, for review."""
    try:
        report = prepare(env, what)
    except Refused as refused:
        raise SystemExit(str(refused)) from None
    show(report, Console())
    print(f"Changed environments/{env}.yaml, deployed nothing.")
    print("Next: git diff, a review, and a deployment at a quiet time.")


if __name__ == "__main__":
    typer.run(main)
