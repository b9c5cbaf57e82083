"""Changelog: an entry for each tag, and in each what an update replaces and interrupts."""

import re
import subprocess

import pytest

from tests.synthesis import CHECKOUT

_HEADING = re.compile(r"^## (?P<name>.+)$", re.MULTILINE)
_RELEASE = re.compile(r"(?P<tag>v(?P<version>\d+(\.\d+)+)), \d{4}-\d{2}-\d{2}")
_PARTS = ("Replaces", "Interrupts", "To do")


def objections(text: str, tags: list[str]) -> list[str]:
    """Return what is wrong with a changelog: its order, the form of its entries, and tags that have none."""
    first, *releases = _HEADING.findall(text)
    matches = {name: _RELEASE.fullmatch(name) for name in releases}
    found = [] if first == "Unreleased" else [f"{first}: the first entry is Unreleased"]
    found += [f"{name}: an entry is called `v1.2, 2027-01-31`" for name, match in matches.items() if not match]
    versions = [[int(part) for part in match["version"].split(".")] for match in matches.values() if match]
    if versions != sorted(versions, reverse=True):
        found.append("the newest entry comes first")
    for name, entry in zip([first, *releases], _HEADING.split(text)[2::2], strict=True):
        found += [
            f"{name}: {part}: nothing" for part in _PARTS if not re.search(rf"^\*\*{part}:\*\*\s+\S", entry, re.M)
        ]
    named = {match["tag"] for match in matches.values() if match}
    return found + [f"{tag}: no entry" for tag in tags if tag not in named]


def test_each_tag_has_an_entry_and_each_entry_its_parts() -> None:
    # A shallow clone may know no tag; the form is checked all the same.
    listed = subprocess.run(["git", "tag", "--list", "v*"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert objections((CHECKOUT / "CHANGELOG.md").read_text(), listed.stdout.split()) == []


ENTRY = "\n\n**Replaces:** nothing.\n\n**Interrupts:** nothing.\n\n**To do:**\n\n- nothing\n\n"


@pytest.mark.parametrize(
    ("text", "tags", "found"),
    [
        (f"# C\n\n## Unreleased{ENTRY}## v0.10, 2027-02-01{ENTRY}## v0.9, 2027-01-01{ENTRY}", ["v0.9", "v0.10"], []),
        (f"## Unreleased{ENTRY}", ["v0.1"], ["v0.1: no entry"]),
        (f"## v0.1, 2027-01-01{ENTRY}", [], ["v0.1, 2027-01-01: the first entry is Unreleased"]),
        (f"## Unreleased{ENTRY}## 0.1{ENTRY}", [], ["0.1: an entry is called `v1.2, 2027-01-31`"]),
        (
            f"## Unreleased{ENTRY}## v0.9, 2027-01-01{ENTRY}## v0.10, 2027-02-01{ENTRY}",
            [],
            ["the newest entry comes first"],
        ),
        ("## Unreleased\n\n**Replaces:** nothing.\n\n**To do:** x\n", [], ["Unreleased: Interrupts: nothing"]),
    ],
)
def test_each_fault_of_a_changelog_is_found(text: str, tags: list[str], found: list[str]) -> None:
    assert objections(text, tags) == found
