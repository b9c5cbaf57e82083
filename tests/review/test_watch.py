"""Watch mode of the diff: the clouds that a save compares again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from assembly.errors import SynthesisError
from assembly.synth_cache import inputs
from review import watch
from tests.synthesis import CHECKOUT

ENVIRONMENTS = CHECKOUT / "environments"


@pytest.fixture
def digests(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Digest of each cloud's inputs; a test changes it with a save."""
    now = {"aws": 0, "gcp": 0}
    monkeypatch.setattr(watch, "clouds_of", lambda _: list(now))
    monkeypatch.setattr(watch, "digest", lambda cloud: str(now[cloud]))
    return now


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """The clouds and environments of each comparison."""
    calls: list[tuple[list[str], str]] = []

    def report(_: str, clouds: list[str], only: str) -> None:
        calls.append((clouds, only))
        raise SynthesisError("half a sentence")

    monkeypatch.setattr(watch, "report_of_checkout", report)
    return calls


def after(digests: dict[str, int], changed: list[str], *saved: Path) -> None:
    def saves() -> Iterator[set[Path]]:
        yield set()
        for cloud in changed:
            digests[cloud] += 1
        yield set(saved)

    for _ in watch.comparisons("HEAD", saves(), Console(quiet=True)):
        pass


def test_first_everything_is_compared(digests: dict[str, int], compared: list[tuple[list[str], str]]) -> None:
    after(digests, [])
    assert compared == [(["aws", "gcp"], "")]


def test_a_cloud_that_does_not_read_the_file_is_left_out(
    digests: dict[str, int], compared: list[tuple[list[str], str]]
) -> None:
    after(digests, ["gcp"], CHECKOUT / "constructs_lib" / "gcp" / "cache.py")
    assert compared[1:] == [(["gcp"], "")]


def test_the_file_of_an_environment_concerns_that_one_only(
    digests: dict[str, int], compared: list[tuple[list[str], str]]
) -> None:
    after(digests, ["aws", "gcp"], ENVIRONMENTS / "dev.yaml")
    assert compared[1:] == [(["aws", "gcp"], "dev")]


@pytest.mark.parametrize(
    "saved",
    [["policy.yaml"], ["dev.yaml", "prod.yaml"], ["dev.yaml", "model.py"], ["brand-new.yaml"]],
    ids=" and ".join,
)
def test_what_may_concern_more_concerns_all(
    digests: dict[str, int], compared: list[tuple[list[str], str]], saved: list[str]
) -> None:
    after(digests, ["aws"], *(ENVIRONMENTS / name for name in saved))
    assert compared[1:] == [(["aws"], "")]


def test_a_save_that_changes_nothing_compares_nothing(
    digests: dict[str, int], compared: list[tuple[list[str], str]]
) -> None:
    after(digests, [], ENVIRONMENTS / "dev.yaml")
    assert compared[1:] == []


def test_only_inputs_of_templates_trigger_a_comparison() -> None:
    names = {path.name for path in inputs()}
    assert {"environments", "constructs_lib", "stacks", "app.py", "cdk.json"} <= names
    assert (
        not {
            "tests",
            "docs",
            "tools",
            "local",
            "assembly",
            "review",
            "reports",
            "admin",
            ".git",
            ".venv",
            "node_modules",
            "build",
        }
        & names
    )


def test_a_save_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "inputs", lambda: [tmp_path])
    saves = watch._saves()
    assert next(saves) == set()
    (tmp_path / "dev.yaml").write_text("size: large")
    assert next(filter(None, saves)) == {tmp_path / "dev.yaml"}
