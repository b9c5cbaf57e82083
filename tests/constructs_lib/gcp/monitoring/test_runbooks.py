"""Runbooks on Google Cloud: one for every alarm, with a section of its own for this cloud."""

import re
from pathlib import Path

import pytest

from reports.runbooks import render, tables_gcp
from tests.commands import commands, unknown
from tests.gcp.alarms import alarms, runbook
from tests.gcp.terraform import Assembly, Stack
from tests.synthesis import CHECKOUT

FOLDER = CHECKOUT / "docs" / "runbooks"
_HEADING = re.compile(r"^## On Google Cloud$", re.MULTILINE)
_PROGRAMS = ("gcloud ", "kubectl ", "cdktf ", "make ")


def part(path: Path) -> str:
    """Return what a runbook says of Google Cloud."""
    _, _, rest = path.read_text().partition("\n## On Google Cloud\n")
    return rest.partition("\n## ")[0]


@pytest.mark.plan("GCP-11")
def test_each_runbook_that_an_alarm_names_speaks_of_google_cloud(gcp: Assembly) -> None:
    for stack in gcp.stacks.values():
        for name, alarm in alarms(stack).items():
            path = runbook(alarm)
            assert path, name
            assert any(item.startswith(_PROGRAMS) for item in commands(part(CHECKOUT / path))), f"{name}: {path}"


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.md")), ids=lambda path: path.stem)
def test_what_it_tells_to_type_exists(path: Path) -> None:
    typed = [item for item in commands(part(path)) if item.startswith(_PROGRAMS)]
    assert [f"{command}: {word}" for command in typed if (word := unknown(command, ()))] == []


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("gcloud sql instances explain goodies", "sql instances explain goodies"),
        ("gcloud sql instances describe goodies --region=x", "--region"),
        ("kubectl --namespace goodies cook", "cook"),
        ("kubectl rollout undo deployment/funkygibbon --hard", "--hard"),
        ("cdktf deploy gcp-kitchen", "gcp-kitchen"),
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str, word: str) -> None:
    assert unknown(command, ()) == word


def test_runbooks_name_the_numbers_of_their_alarms(gcp_prod: Stack) -> None:
    for path, table in tables_gcp(gcp_prod.source).items():
        text = (CHECKOUT / path).read_text()
        assert render(text, {"gcp": table}, path) == text, f"{path}: run make runbooks"


def test_every_runbook_has_its_place_for_them() -> None:
    for path in FOLDER.glob("*.md"):
        if path.name != "README.md":
            assert len(_HEADING.findall(path.read_text())) == 1, path
