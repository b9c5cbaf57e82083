"""Prepares the next size of a component: changes the environment's file, and shows what that changes (SCL-9).

    python -m tools.resize --env prod --what database

The change is for review: nothing is deployed. Comments and layout of the file stay; the next size is the next rung of
the ladder in ``environments/policy.yaml``.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

ENVIRONMENTS = Path("environments")
_BUILD = Path("build", "resize")
_NOTHING = "nothing"
# A dashboard is one long text.
_LONGEST = 600


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


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Return what changed between two templates, one line each."""
    for key in sorted({*before, *after}):
        old, new = before.get(key, _NOTHING), after.get(key, _NOTHING)
        here = f"{path}/{key}" if path else key
        if isinstance(old, dict) and isinstance(new, dict):
            yield from differences(old, new, here)
        elif old != new:
            change = f"{json.dumps(old)} -> {json.dumps(new)}"
            yield f"{here}: {change if len(change) < _LONGEST else 'changed'}"


def _at(node: yaml.Node | None, key: str) -> yaml.ScalarNode | None:
    for name in key.split("."):
        entries = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for found, value in entries if found.value == name), None)
    return node if isinstance(node, yaml.ScalarNode) else None


def _synthesize(env: str, folder: Path) -> Mapping[str, Any]:
    command = ["cdk", "synth", "--quiet", "--context", f"environments={env}", "--output", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Refused(f"the templates cannot be made:\n{done.stdout}{done.stderr}")
    templates = sorted(folder.glob("*.template.json"))
    return {path.name.partition(".")[0]: json.loads(path.read_text())["Resources"] for path in templates}


def prepare(env: str, what: Component) -> list[str]:
    """Change an environment's file, and return what changes in its templates; the file stays if they cannot be made.

    Raises:
        Refused: when there is no next size, or no such environment.
    """
    file = ENVIRONMENTS / f"{env}.yaml"
    if not file.exists():
        raise Refused(f"{file}: there is no such environment")
    text = file.read_text(encoding="utf-8")
    ladder = yaml.safe_load((ENVIRONMENTS / "policy.yaml").read_text(encoding="utf-8"))["sizes"][what]
    changed = resized(text, what, ladder)
    before = _synthesize(env, _BUILD / "before")
    file.write_text(changed, encoding="utf-8")
    try:
        return list(differences(before, _synthesize(env, _BUILD / "after")))
    except Refused:
        file.write_text(text, encoding="utf-8")
        raise


def main(env: Annotated[str, typer.Option()], what: Annotated[Component, typer.Option()]) -> None:
    """Prepare the next size of a component of an environment, for review."""
    try:
        lines = prepare(env, what)
    except Refused as refused:
        raise SystemExit(str(refused)) from None
    print(f"Changed environments/{env}.yaml, deployed nothing. In the templates this changes:")
    for line in lines:
        print(f"  {line}")
    print("Next: git diff, a review, and a deployment at a quiet time.")


if __name__ == "__main__":
    typer.run(main)
