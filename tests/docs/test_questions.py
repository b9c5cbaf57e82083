"""docs/first-look.md: each row has a question, the file that it is used in, and a command; files stand in order."""

import re

import pytest

from tests.synthesis import CHECKOUT

_PROGRAMS = (
    "aws",
    "az",
    "cdk",
    "cdktf",
    "curl",
    "gcloud",
    "git",
    "helm",
    "kubectl",
    "make",
    "openssl",
    "psql",
    "terraform",
)
_COMMAND = re.compile(rf"`(?:{'|'.join(_PROGRAMS)})\b[^`]*`")
_PLACE = re.compile(r"`([\w./-]+)`")


def rows() -> list[list[str]]:
    """Return the cells of each row of the page's table."""
    lines = (CHECKOUT / "docs" / "first-look.md").read_text().splitlines()
    table = [line for line in lines if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in table[1:]]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:60])
def test_a_question_names_its_place_and_its_command(row: list[str]) -> None:
    question, used, command = row
    assert "?" in question
    places = _PLACE.findall(used)
    assert places
    assert [place for place in places if not (CHECKOUT / place).exists()] == []
    assert _COMMAND.search(command), f"no command of {', '.join(_PROGRAMS)}: {command}"


def test_questions_about_a_file_stand_together() -> None:
    assert [row[1] for row in rows()] == sorted(row[1] for row in rows())
