"""Switches and the clock of a running embedded Google Cloud, by its owner's commands."""

import datetime

import pytest
from typer.testing import CliRunner

import local.__main__ as main
from local.gcp.cloud import EmbeddedGoogleCloud


@pytest.fixture
def run(google_cloud: EmbeddedGoogleCloud, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr(main, "EmbeddedGoogleCloud", lambda: google_cloud)
    return CliRunner()


def test_a_switch_is_turned_and_told(run: CliRunner) -> None:
    turned = run.invoke(main.app, ["switch", "log_analytics_with_key=refused"])
    assert "log_analytics_with_key=refused" in turned.output
    assert "log_analytics_with_key=refused" in run.invoke(main.app, ["switch"]).output
    run.invoke(main.app, ["switch", "log_analytics_with_key=accepted"])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("nothing=on", "There is no switch nothing; there are agents_without_roles"),
        ("log_analytics_with_key=on", "log_analytics_with_key takes accepted or refused, not on"),
    ],
)
def test_what_no_switch_takes_is_one_line(run: CliRunner, setting: str, words: str) -> None:
    refused = run.invoke(main.app, ["switch", setting])
    assert refused.exit_code == 1
    assert words in refused.stderr


def test_the_clock_is_moved(run: CliRunner) -> None:
    before = datetime.datetime.fromisoformat(run.invoke(main.app, ["clock"]).output.strip())
    after = datetime.datetime.fromisoformat(run.invoke(main.app, ["clock", "8"]).output.strip())
    assert datetime.timedelta(days=8) <= after - before < datetime.timedelta(days=9)
