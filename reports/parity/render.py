"""Table of the clouds' numbers side by side, and the numbers that differ without a reason."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from assembly import Stack
from assembly.values import Json
from reports.parity import aws, gcp
from reports.parity.ignored import render_ignored

Assemblies = Mapping[str, Mapping[str, Stack]]

DOCUMENT = "docs/parity.md"
READERS: Mapping[str, Callable[[Mapping[str, Stack], str], Iterator[tuple[str, Json]]]] = {
    "AWS": aws.promises,
    "Google Cloud": gcp.promises,
}
# What cannot be the same number, and why. It is shown, and not judged.
ACCEPTED_DIFFERENCES = {
    "AWS-8, GCP-8 the zone is signed (DNSSEC)": "on AWS the owner keeps the key, in us-east-1: without it the domain"
    " does not answer, so its owner decides; Google Cloud keeps the key itself",
    "alarm Database-FreeMemory-Growth": "AWS counts bytes, Google Cloud a percentage",
    "alarm Users-OutsideCheck-Critical": "AWS calls from one place, Google Cloud from several, half of which may fail",
}


def promises(assemblies: Assemblies, environment: str) -> dict[str, dict[str, str]]:
    """Return the value of each promise of an environment, by its name and cloud."""
    rows: dict[str, dict[str, str]] = {}
    for cloud, stacks in assemblies.items():
        for name, value in READERS[cloud](stacks, environment):
            rows.setdefault(name, {})[cloud] = _shown(value)
    return rows


def differences(assemblies: Assemblies, environments: Iterable[str]) -> list[str]:
    """Name each promise that the clouds do not make alike. An alarm that only one cloud has a need for is none."""
    return [
        f"{environment}: {name}: {', '.join(f'{cloud} {value}' for cloud, value in values.items())}"
        for environment in environments
        for name, values in promises(assemblies, environment).items()
        if name not in ACCEPTED_DIFFERENCES and (len(set(values.values())) > 1 or _missing(name, values, assemblies))
    ]


def _missing(name: str, values: Mapping[str, str], assemblies: Assemblies) -> bool:
    return not name.startswith("alarm ") and len(values) < len(assemblies)


def render(assemblies: Assemblies, environments: Iterable[str]) -> str:
    """Return the whole document, with a table for each environment."""
    clouds = list(assemblies)
    lines = [
        "# What the clouds promise alike",
        "",
        "Written by `make parity` from what is synthesized; `make test` holds the columns to each other. Of an alarm:",
        "its threshold, and how often it must be passed in a row. Where a cloud needs no such alarm the cell is empty.",
    ]
    for environment in environments:
        lines += ["", f"## {environment}", "", f"| | {' | '.join(clouds)} | |", f"|---|{'---:|' * len(clouds)}---|"]
        for name, values in promises(assemblies, environment).items():
            cells = " | ".join(values.get(cloud, "") for cloud in clouds)
            lines.append(f"| {name} | {cells} | {ACCEPTED_DIFFERENCES.get(name, '')} |")
    lines += render_ignored({"aws": "AWS", "gcp": "Google Cloud"})
    return "\n".join(lines) + "\n"


def _shown(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, int | float) else str(value)
