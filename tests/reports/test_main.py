"""The command that writes and checks the generated pages, on a checkout of its own."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reports import __main__ as command
from reports.registry import REPORTS
from reports.report import AssemblyOf, Rendered, Report


def _one(assembly_of: AssemblyOf) -> Rendered:
    return Rendered({"docs/page.md": f"made of {assembly_of('aws').name}\n"}, terminal=["shown"])


def _two(_: AssemblyOf) -> Rendered:
    return Rendered({"docs/one.md": "one\n", "docs/two.md": "two\n"}, problems=["one and two differ"])


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(command, "CHECKOUT", tmp_path)
    monkeypatch.setattr(command, "assembly_of", lambda ref, cloud: Path(f"{cloud}-{ref}"))
    reports = (Report("page", "", _one), Report("pages", "", _two))
    monkeypatch.setattr(command, "REPORTS", {report.name: report for report in reports})
    return tmp_path / "docs"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command.app, arguments)


def test_what_is_named_is_written_from_the_synthesis_of_the_checkout(docs: Path) -> None:
    result = run("page")
    assert (result.exit_code, result.output) == (0, "shown\n")
    assert {file.name: file.read_text() for file in docs.iterdir()} == {"page.md": "made of aws-None\n"}


def test_without_a_name_all_is_written_and_what_is_wrong_ends_with_one(docs: Path) -> None:
    result = run()
    assert (result.exit_code, result.output) == (1, "shown\none and two differ\n")
    assert {file.name for file in docs.iterdir()} == {"page.md", "one.md", "two.md"}


def test_a_check_names_each_document_that_is_not_current_and_writes_nothing(docs: Path) -> None:
    (docs / "page.md").write_text("made of aws-None\n")
    (docs / "two.md").write_text("old\n")
    assert (run("page", "--check").exit_code, run("page", "--check").output) == (0, "")
    result = run("--check")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "docs/one.md is not current; run `make pages`",
        "docs/two.md is not current; run `make pages`",
        "one and two differ",
    ]
    assert (docs / "two.md").read_text() == "old\n"
    assert not (docs / "one.md").exists()


def test_a_name_that_no_report_has_is_refused_with_those_that_exist(docs: Path) -> None:
    result = run("page", "cots")
    assert (result.exit_code, result.output) == (2, "NAME: given cots; allowed are page, pages\n")
    assert not [*docs.iterdir()]


def test_help_names_every_report() -> None:
    helped = run("--help").output
    assert not [name for name in REPORTS if f"\n    {name} " not in helped]
