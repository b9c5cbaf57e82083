"""Preparation of the next size in an environment's file, whose other lines stay."""

from pathlib import Path

import pytest
import yaml

from assembly import environment_files
from assembly.errors import SynthesisError
from review import report, resize
from review.resize import Component, ResizeError, resized
from tests.review.conftest import write_terraform
from tests.review.terraform_corpus import database, stack
from tests.synthesis import CHECKOUT

FILES = CHECKOUT / "environments"


@pytest.fixture(scope="module")
def sizes() -> dict[str, list[str]]:
    sizes = yaml.safe_load((FILES / "policy.yaml").read_text())["sizes"]
    return {component.value: [size["name"] for size in sizes[component]] for component in Component}


def prod() -> str:
    return (FILES / "prod.yaml").read_text()


def changed_lines(before: str, after: str) -> set[str]:
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    return {new for old, new in pairs if old != new}


@pytest.mark.plan("SCL-9/service", "SCL-9/cache")
@pytest.mark.parametrize(
    ("what", "lines"), [(Component.CACHE, {"  size: xlarge"}), (Component.SERVICE, {"  size: xlarge"})]
)
def test_a_component_gets_the_next_size_and_nothing_else_changes(
    what: Component, lines: set[str], sizes: dict[str, list[str]]
) -> None:
    step = resized(prod(), what, sizes[what])
    assert changed_lines(prod(), step.text) == lines
    assert step.remaining == ()


@pytest.mark.plan("SCL-9/database")
def test_the_replica_of_the_database_grows_first(sizes: dict[str, list[str]]) -> None:
    first = resized(prod(), Component.DATABASE, sizes["database"])
    assert changed_lines(prod(), first.text) == {"  database_size: large"}
    assert first.remaining == ("database.size",)
    second = resized(first.text, Component.DATABASE, sizes["database"])
    assert changed_lines(first.text, second.text) == {"  size: large"}
    assert second.remaining == ()


def test_a_replica_that_is_larger_already_stays(sizes: dict[str, list[str]]) -> None:
    text = prod().replace("database_size: medium", "database_size: xlarge")
    step = resized(text, Component.DATABASE, sizes["database"])
    assert changed_lines(text, step.text) == {"  size: large"}


def test_an_environment_without_a_copy_has_none_afterwards(sizes: dict[str, list[str]]) -> None:
    dev = (FILES / "dev.yaml").read_text()
    assert "\nrecovery:" not in resized(dev, Component.DATABASE, sizes["database"]).text


def test_the_largest_size_is_refused(sizes: dict[str, list[str]]) -> None:
    text = prod().replace("size: large\n  nodes", "size: xlarge\n  nodes")
    with pytest.raises(ResizeError, match=r"cache: xlarge is the largest size; add a larger one to policy.yaml"):
        resized(text, Component.CACHE, sizes["cache"])


def test_a_size_that_the_policy_does_not_list_is_refused(sizes: dict[str, list[str]]) -> None:
    text = prod().replace("size: large\n  deployment", "size: odd\n  deployment")
    with pytest.raises(ResizeError, match=r"service: odd is no size in policy\.yaml"):
        resized(text, Component.SERVICE, sizes["service"])


def test_what_cannot_be_synthesized_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("prod.yaml", "policy.yaml"):
        (tmp_path / name).write_text((FILES / name).read_text())

    def assembly_of(_ref: None, _cloud: str, _environments: str) -> Path:
        if (tmp_path / "prod.yaml").read_text() != prod():
            raise SynthesisError("no")
        return tmp_path

    for module in (resize, environment_files):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    for module in (resize, report):
        monkeypatch.setattr(module, "assembly_of", assembly_of)
    with pytest.raises(SynthesisError):
        resize.prepare("prod", Component.CACHE)
    assert (tmp_path / "prod.yaml").read_text() == prod()


@pytest.mark.parametrize("name", ["moon", "policy", "../environments/prod", ""])
def test_an_unknown_environment_is_refused(name: str) -> None:
    with pytest.raises(ResizeError, match=f"ENV={name}: there is no such environment; allowed is dev, prod, staging"):
        resize.prepare(name, Component.CACHE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cache.size: the file names no size; allowed is one of"),
        ("cache: [", "the file is no YAML"),
        ("- cache", "cache.size: the file names no size"),
    ],
)
def test_a_file_without_a_size_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    (tmp_path / "prod.yaml").write_text(text)
    (tmp_path / "policy.yaml").write_text((FILES / "policy.yaml").read_text())
    for module in (resize, environment_files):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    with pytest.raises(ResizeError, match=rf"^environments/prod\.yaml: {said}"):
        resize.prepare("prod", Component.CACHE)
    (tmp_path / "policy.yaml").write_text("sizes: 3")
    with pytest.raises(ResizeError, match=r"policy\.yaml: sizes\.cache: cannot be read"):
        resize.prepare("prod", Component.CACHE)


def test_what_changes_is_shown_for_every_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("prod.yaml", "policy.yaml"):
        (tmp_path / name).write_text((FILES / name).read_text())

    def assembly_of(_ref: None, _cloud: str, _environments: str) -> Path:
        """Stand for a synthesis: a database as large as the file says."""
        text = (tmp_path / "prod.yaml").read_text()
        folder = tmp_path / str(hash(text))
        folder.mkdir(exist_ok=True)
        content = stack()
        database(content)["settings"]["tier"] = "small" if text == prod() else "large"
        write_terraform(folder, {"gcp-prod": content})
        return folder

    for module in (resize, environment_files):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    for module in (resize, report):
        monkeypatch.setattr(module, "clouds_of", lambda _: ["gcp"])
    for module in (resize, report):
        monkeypatch.setattr(module, "assembly_of", assembly_of)
    resize.main("prod", Component.DATABASE)
    shown = capsys.readouterr().out
    assert "settings.tier: small → large" in shown
    assert "1 change in prod on Google Cloud" in shown
    assert "Changed recovery.database_size in environments/prod.yaml" in shown
    assert "the same command again: it changes database.size." in shown
