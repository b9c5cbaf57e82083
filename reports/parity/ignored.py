"""Settings that a cloud's stacks do not read, with the reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("ignored_settings.yaml")


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """Settings that a cloud ignores for one reason.

    Attributes:
        reason: the reason.
        settings: the settings, as ``Class.field`` of the model.
    """

    reason: str
    settings: Sequence[str]


def ignored_settings(cloud: str) -> Sequence[Ignored]:
    """Return what a cloud, by its name in the code, ignores."""
    return [Ignored(**row) for row in yaml.safe_load(_FILE.read_text(encoding="utf-8"))[cloud]]


def render_ignored(clouds: Mapping[str, str]) -> Iterator[str]:
    """Yield the section of the page; ``clouds`` are their titles by name."""
    yield from ("", "## Settings that one cloud ignores", "", "| setting | ignored on | reason |", "|---|---|---|")
    for cloud, title in clouds.items():
        for ignored in ignored_settings(cloud):
            settings = ", ".join(f"`{setting}`" for setting in ignored.settings)
            yield f"| {settings} | {title} | {ignored.reason} |"
