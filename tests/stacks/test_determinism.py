"""Determinism of synthesis."""

from pathlib import Path

import pytest

from tests.synthesis import copy_sources, synthesize

# They tell where and how a synthesis ran, and are not deployed.
TRACES = {"validation-report.json", "tree.json"}


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in TRACES and not path.name.endswith(".metadata.json")
    }


@pytest.mark.plan("DR-6")
def test_the_checkout_alone_decides_what_is_deployed(assembly_folder: Path, tmp_path: Path) -> None:
    copy = copy_sources(tmp_path / "elsewhere")
    synthesize(tmp_path / "assembly", checkout=copy, PYTHONHASHSEED="4711", TZ="Pacific/Kiritimati", LC_ALL="C")
    here, there = files(assembly_folder), files(tmp_path / "assembly")
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name] != there[name]] == []
