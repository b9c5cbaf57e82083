"""Layout of both clouds: equal file names, and in CONTRIBUTING.md the files that one cloud has alone."""

import re
from pathlib import Path

import pytest

from tests.synthesis import CHECKOUT

CLOUDS = ("aws", "gcp")
_ROW = re.compile(r"^\| `(?P<folder>[\w/<>]+)` \|(?P<aws>[^|]*)\|(?P<gcp>[^|]*)\|(?P<why>[^|]+)\|$", re.MULTILINE)


def _files(root: str, cloud: str) -> set[str]:
    folder = CHECKOUT / root / cloud
    return {file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.py")} - {"__init__"}


def _listed(cloud: str) -> set[str]:
    """Return the files that CONTRIBUTING.md says a cloud has alone: `constructs_lib/data/rotation`."""
    return {
        str(Path(re.sub(r"/(<cloud>|aws)(?=/|$)", "", row["folder"]), name))
        for row in _ROW.finditer((CHECKOUT / "CONTRIBUTING.md").read_text())
        for name in re.findall(r"`(\w+)`", row[cloud])
    }


def _alone(cloud: str) -> set[str]:
    (other,) = {*CLOUDS} - {cloud}
    return {
        f"{root}/{name}"
        for root in ("constructs_lib", "stacks")
        for name in _files(root, cloud) - _files(root, other)
        if not name.endswith("__init__")  # a folder is listed by its files
    }


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_one_cloud_has_alone_is_listed_with_its_reason(cloud: str) -> None:
    assert _alone(cloud) == _listed(cloud)


def test_the_clouds_have_the_same_folders() -> None:
    folders = [{Path(name).parent.as_posix() for name in _files("constructs_lib", cloud)} for cloud in CLOUDS]
    assert folders[0] - {"account/review_queries"} == folders[1] - {"account/review_queries"}
