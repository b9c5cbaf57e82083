"""Table of the clouds' numbers side by side, and the numbers that differ without a reason."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from importlib import import_module

from assembly import Stack
from assembly.clouds import CLOUDS
from assembly.values import Json
from reports.parity.accepted import accepted_differences
from reports.parity.ignored import render_ignored
from reports.parity.not_yet import not_yet, render_not_yet

Assemblies = Mapping[str, Mapping[str, Stack]]

DOCUMENT = "docs/parity.md"
READERS: Mapping[str, Callable[[Mapping[str, Stack], str], Iterator[tuple[str, Json]]]] = {
    cloud: import_module(f"reports.parity.{cloud}").promises for cloud in CLOUDS
}
NOT_YET = "not yet"


def promises(assemblies: Assemblies, environment: str) -> dict[str, dict[str, str]]:
    """Return the value of each promise of an environment, by its name and cloud."""
    rows: dict[str, dict[str, str]] = {}
    for cloud, stacks in assemblies.items():
        for name, value in READERS[cloud](stacks, environment):
            rows.setdefault(name, {})[cloud] = _shown(value)
    return rows


def differences(assemblies: Assemblies, environments: Iterable[str]) -> list[str]:
    """Name each promise that the clouds do not make alike, or that one makes and is said not to make yet.

    An alarm that only one cloud has a need for is no difference.
    """
    return [
        f"{environment}: {name}: {', '.join(f'{CLOUDS[cloud]} {value}' for cloud, value in values.items())}"
        for environment in environments
        for name, values in promises(assemblies, environment).items()
        if _differ(name, values, assemblies)
    ]


def _differ(name: str, values: Mapping[str, str], assemblies: Assemblies) -> bool:
    if any(_later(cloud, name) for cloud in values):
        return True
    row = accepted_differences().get(name)
    judged = {value for cloud, value in values.items() if not row or cloud not in row.clouds}
    return len(judged) > 1 or _missing(name, values, assemblies)


def _later(cloud: str, name: str) -> bool:
    """Return whether a cloud's stacks are said not to keep a promise yet."""
    return any(fnmatchcase(name, pattern) for row in not_yet(cloud) for pattern in row.promises)


def _missing(name: str, values: Mapping[str, str], assemblies: Assemblies) -> bool:
    expected = [cloud for cloud in assemblies if not _later(cloud, name)]
    return not name.startswith("alarm ") and len(values) < len(expected)


def render(assemblies: Assemblies, environments: Iterable[str]) -> str:
    """Return the whole document, with a table for each environment."""
    clouds = list(assemblies)
    lines = [
        "# What the clouds promise alike",
        "",
        "Written by `make parity` from what is synthesized; `make test` holds the columns to each other. Of an alarm:",
        "its threshold, and how often it must be passed in a row. Where a cloud needs no such alarm the cell is empty.",
        "What is said to come is judged as soon as it stands.",
    ]
    for environment in environments:
        lines += [
            "",
            f"## {environment}",
            "",
            f"| | {' | '.join(CLOUDS[cloud] for cloud in clouds)} | |",
            f"|---|{'---:|' * len(clouds)}---|",
        ]
        for name, values in promises(assemblies, environment).items():
            cells = " | ".join(values.get(cloud, NOT_YET if _later(cloud, name) else "") for cloud in clouds)
            row = accepted_differences().get(name)
            lines.append(f"| {name} | {cells} | {row.reason if row else ''} |")
    lines += render_not_yet(CLOUDS)
    lines += render_ignored(CLOUDS)
    return "\n".join(lines) + "\n"


def _shown(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, int | float) else str(value)
