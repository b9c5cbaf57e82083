"""Synthesized output in one file: packed and unpacked, and safe against whoever made it."""

import json
import zipfile
from pathlib import Path

import pytest

from assembly.errors import AssemblyError
from assembly.revisions import revision
from assembly.synth_cache import SOURCES, clouds_of
from review import report, synthesized
from review.errors import ReviewError
from review.synthesized import pack, unpack


def folder(path: Path, **files: str) -> Path:
    path.mkdir(parents=True)
    for name, content in files.items():
        (path / name).write_text(content)
    return path


def test_each_commit_has_its_folders_again(tmp_path: Path) -> None:
    aws, gcp = folder(tmp_path / "aws-1", stack="a"), folder(tmp_path / "gcp-1", stack="g")
    (aws / "asset").mkdir()
    (aws / "asset" / ".hidden").write_text("h")
    file = tmp_path / "made" / "synthesized.zip"
    pack({"1111": {"aws": aws, "gcp": gcp}, "2222": {"aws": aws}}, file)
    found = unpack(file, folder(tmp_path / "read"))
    assert found["1111"]["aws"] == found["2222"]["aws"]
    assert (found["1111"]["gcp"] / "stack").read_text() == "g"
    assert (found["2222"]["aws"] / "asset" / ".hidden").read_text() == "h"


def test_output_with_a_link_is_refused(tmp_path: Path) -> None:
    aws = folder(tmp_path / "aws-1", stack="a")
    (aws / "link").symlink_to("/etc/passwd")
    with pytest.raises(AssemblyError, match="link is a link"):
        pack({"1111": {"aws": aws}}, tmp_path / "synthesized.zip")


def test_what_a_commit_says_itself_is_not_taken_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = revision("HEAD")
    forged = {cloud: folder(tmp_path / cloud, **{SOURCES: "{}"}) for cloud in clouds_of(commit.commit)}
    monkeypatch.setattr(report, "unpack", lambda *_: {commit.commit: forged})
    monkeypatch.setattr(report, "build_report", lambda _, after, **__: after)
    report.report_of_synthesized("HEAD", commit.commit, tmp_path)
    assert json.loads((forged["aws"] / SOURCES).read_text())["settings"] == json.loads(commit.read("cdk.json"))
    del forged["gcp"]
    with pytest.raises(ReviewError, match="other clouds"):
        report.report_of_synthesized("HEAD", commit.commit, tmp_path)


def made(tmp_path: Path, files: dict[str, str], index: object = None) -> Path:
    file = tmp_path / "synthesized.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.json", json.dumps({"1": {"aws": "aws"}} if index is None else index))
        for name, content in files.items():
            archive.writestr(name, content)
    return file


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside", "a\\..\\outside"])
def test_a_file_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    file = made(tmp_path, {name: "x"})
    with pytest.raises(ReviewError):
        unpack(file, folder(tmp_path / "read" / "below"))
    assert {path.name for path in (tmp_path / "read").iterdir()} == {"below"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match=r"exists.*index\.json"):
        unpack(made(tmp_path, {"index.json": "{}"}), folder(tmp_path / "read"))


def test_a_link_is_a_file_with_its_target_as_text(tmp_path: Path) -> None:
    file = tmp_path / "synthesized.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.json", "{}")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc")
    unpack(file, folder(tmp_path / "read"))
    assert not (tmp_path / "read" / "link").is_symlink()


@pytest.mark.parametrize(
    "index", [[], {"1": []}, {"1": {"aws": 1}}, {"1": {"aws": "../outside"}}, {"1": {"aws": "/etc"}}, "text"], ids=str
)
def test_an_index_that_is_none_is_refused(tmp_path: Path, index: object) -> None:
    with pytest.raises(ReviewError):
        unpack(made(tmp_path, {}, index), folder(tmp_path / "read"))


@pytest.mark.parametrize("content", [b"", b"no archive"], ids=["empty", "no archive"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "synthesized.zip"
    file.write_bytes(content)
    with pytest.raises(ReviewError, match="holds no synthesized output"):
        unpack(file, folder(tmp_path / "read"))
    with pytest.raises(ReviewError, match="holds no synthesized output"):
        unpack(tmp_path / "missing", folder(tmp_path / "other"))


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesized, "_MOST_BYTES", 1000)
    with pytest.raises(ReviewError, match="unpacks to more than 1000 bytes"):
        unpack(made(tmp_path, {"aws/a": "x" * 600, "aws/b": "x" * 600}), folder(tmp_path / "read"))
    monkeypatch.setattr(synthesized, "_MOST_FILES", 2)
    with pytest.raises(ReviewError, match="holds 3 files"):
        unpack(made(tmp_path, {"aws/a": "", "aws/b": ""}), folder(tmp_path / "other"))
