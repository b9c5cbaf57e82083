"""Command of the bootstrap: where it works, what it says first, and what it refuses."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from admin.bootstrap import __main__ as command
from admin.gcp import connection as connections
from local.gcp.cloud import EmbeddedGoogleCloud
from tests.admin.bootstrap.gcp.world import World

SHARED = "acme-goodies-shared"

Run = Callable[..., Any]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, world: World, stacks: Path, tmp_path: Path) -> Run:
    """Run the command as the owner of the projects of a world; no embedded Google Cloud runs."""
    monkeypatch.setattr(connections, "EmbeddedGoogleCloud", lambda: EmbeddedGoogleCloud(tmp_path / "absent"))
    monkeypatch.setattr(connections, "connect_project", lambda _: world.connection)
    app = typer.Typer()
    app.command()(command.main)

    def one(*options: str, project: str | None = SHARED, folder: Path = stacks) -> Any:
        named = ["--cloud", "gcp"] if project is None else ["--project", project]
        return CliRunner().invoke(app, [*named, "--stacks", str(folder), *options])

    return one


def test_it_says_where_it_is_and_what_is_next(run: Run) -> None:
    ended = run("--yes")
    assert ended.exit_code == 0, ended.output
    place, change = ended.stderr.splitlines()
    assert place.startswith(f"Google Cloud: projects {SHARED}, acme-goodies-dev, ")
    assert place.endswith(", state in US, as owner@acme.test")
    assert change == "  Make what is missing for the first deploy"
    assert f"gs://{SHARED}-terraform-state. Next: `cdktf deploy gcp-shared`" in ended.stdout


def test_nothing_changes_until_a_person_agrees(run: Run, world: World) -> None:
    ended = run()
    assert (ended.exit_code, "this is no terminal that could answer" in ended.stderr) == (1, True)
    assert world.writes() == []


def test_a_dry_run_asks_nobody(run: Run, world: World) -> None:
    ended = run("--dry-run")
    assert ended.exit_code == 0, ended.output
    assert world.writes() == []
    assert f"gs://{SHARED}-terraform-state" in ended.stdout
    assert "Nothing was changed" in ended.stdout


@pytest.mark.parametrize("given", ["", "another-project", "example-goodies-shared"])
def test_another_project_than_the_files_say_is_refused(run: Run, world: World, given: str) -> None:
    ended = run("--yes", project=given)
    assert (ended.exit_code, world.calls) == (1, [])
    assert ended.stderr.startswith(f"PROJECT={given}: environments/policy.yaml says")


def test_another_project_than_the_settings_of_the_person_is_refused(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settings(project: str) -> None:
        monkeypatch.setattr(
            connections, "connect_project", lambda _: replace(world.connection, default_project=project)
        )

    settings("another-project")
    ended = run("--yes")
    assert ended.exit_code == 1
    assert f"is set to another-project; unset it, or run `gcloud config set project {SHARED}`" in ended.stderr
    assert world.calls == []
    settings(SHARED)
    assert run("--dry-run").exit_code == 0


def test_the_examples_are_refused(run: Run, world: World, gcp_folder: Path) -> None:
    ended = run("--yes", project="example-goodies-shared", folder=gcp_folder)
    assert "are examples; set projects of your own" in ended.stderr
    assert world.calls == []


def test_without_stacks_it_says_what_to_run(run: Run, tmp_path: Path) -> None:
    assert "run `cdktf synth` first" in run(folder=tmp_path / "nothing").stderr


def test_without_a_project_only_the_embedded_google_cloud_is_asked(run: Run, world: World) -> None:
    ended = run(project=None)
    assert (ended.exit_code, world.calls) == (2, [])
    assert ended.stderr.startswith("The embedded Google Cloud does not run: `make deploy CLOUD=gcp` starts it.")
    assert len(ended.stderr.splitlines()) == 1


def test_the_embedded_google_cloud_takes_the_examples(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gcp_folder: Path
) -> None:
    cloud = EmbeddedGoogleCloud(tmp_path / ".embedded" / "gcp")
    monkeypatch.setattr(connections, "EmbeddedGoogleCloud", lambda: cloud)
    with cloud.lock("tests"):
        cloud.start()
    try:
        ended = run(project=None, folder=gcp_folder)
        assert ended.exit_code == 0, ended.output
        assert ended.stdout.startswith("Embedded Google Cloud: projects example-goodies-shared, ")
        assert "example-goodies-prod: project: made" in ended.stdout
        assert "Next: `make deploy CLOUD=gcp`" in ended.stdout
        again = run(project=None, folder=gcp_folder)
        assert (again.exit_code, ": made" in again.stdout) == (0, False)
        with cloud.lock("a deploy"):
            meanwhile = run(project=None, folder=gcp_folder)
        assert (meanwhile.exit_code, "at work on the embedded cloud" in meanwhile.stderr) == (1, True)
        assert "example-goodies-prod: project:" not in meanwhile.stdout
    finally:
        cloud.wipe()
