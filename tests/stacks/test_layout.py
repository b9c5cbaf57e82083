"""Layout of the repository: the clouds' files have the same names, tests mirror the code, each package a layer."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.synthesis import CHECKOUT

CLOUDS = ("aws", "gcp", "azure")
_ROW = re.compile(
    r"^\| `(?P<folder>[\w/<>]+)` \|(?P<aws>[^|]*)\|(?P<gcp>[^|]*)\|(?P<azure>[^|]*)\|(?P<why>[^|]+)\|$", re.MULTILINE
)


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
    others = {*CLOUDS} - {cloud}
    return {
        f"{root}/{name}"
        for root in ("constructs_lib", "stacks")
        for name in _files(root, cloud) - {file for other in others for file in _files(root, other)}
        if not name.endswith("__init__")  # a folder is listed by its files
    }


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_one_cloud_has_alone_is_listed_with_its_reason(cloud: str) -> None:
    assert _alone(cloud) == _listed(cloud)


# A third cloud is its own folders and data, and these few.
KNOW_AZURE = {
    "admin/azure/api.py": "the errors of its APIs",
    "admin/azure/connection.py": "credentials and where they lead",
    "admin/bootstrap/azure.py": "what its first deploy needs",
    "admin/preflight/azure.py": "what only a subscription knows",
    "environments/checks/subscriptions.py": "its limits",
    "environments/model.py": "the place of an environment",
    "environments/policy.py": "its regions, and the place of what all share",
    "local/__main__.py": "its embedded cloud, beside the others",
    "reports/cost/azure.py": "what its resources cost",
    "reports/parity/azure.py": "what it promises",
}


def test_few_files_know_azure() -> None:
    own = ("constructs_lib/azure", "stacks/azure", "local/azure", "tests", "docs")
    code = (path for ending in ("py", "cjs", "mjs", "sh") for path in CHECKOUT.glob(f"[!.]*/**/*.{ending}"))
    files = [path.relative_to(CHECKOUT) for path in (*code, *CHECKOUT.glob("*.py"), CHECKOUT / "Makefile")]
    found = {
        path.as_posix()
        for path in files
        if not path.as_posix().startswith((*own, "build/", "cdk.out/", "cdktf.out/", "node_modules/"))
        and re.search("azure|microsoft", (CHECKOUT / path).read_text(encoding="utf-8"), re.IGNORECASE)
    }
    assert found == KNOW_AZURE.keys()
    assert len(KNOW_AZURE) <= 10


def test_the_clouds_have_the_same_folders() -> None:
    folders = [{Path(name).parent.as_posix() for name in _files("constructs_lib", cloud)} for cloud in CLOUDS]
    assert folders[0] - {"account/review_queries"} == folders[1] - {"account/review_queries"}
    # Azure's are built folder by folder.
    assert folders[2] <= folders[1]


# Folders of tests that no folder of the code is named like.
TESTS_ALONE = {
    "aws": "readers and checks of templates, which tests of every layer share",
    "gcp": "the same for Terraform's stacks",
    "azure": "the same for what only Azure's stacks have",
    "data": "values that tests of several layers try",
    "providers": "deploys with Terraform's real providers, which a plain run does not need",
    "deployed": "asks what the embedded cloud runs, so it belongs to all layers",
    "stories": "runs whole environments under load, so it belongs to all layers",
    "local": "the refusals of `local/emulator` stand a folder higher",
    "snapshots": "what is synthesized, accepted",
    "surroundings": "what is on a machine around the checkout: a folder, a PATH, a locale",
}


def test_the_folders_of_the_tests_mirror_the_code() -> None:
    tests = CHECKOUT / "tests"
    folders = {
        path.relative_to(tests) for path in tests.rglob("*") if path.is_dir() and "__pycache__" not in path.parts
    }
    alone = {folder for folder in folders if not (CHECKOUT / folder).is_dir()}
    assert {folder.parts[0] for folder in alone} <= TESTS_ALONE.keys(), "move it below the code's folder that it tests"
    assert {name for name in TESTS_ALONE if not (tests / name).is_dir()} == set()


def test_a_file_of_tests_at_the_top_is_named_like_a_file_of_the_code_there() -> None:
    names = {path.name.removeprefix("test_") for path in (CHECKOUT / "tests").glob("test_*.py")}
    assert names <= {path.name for path in CHECKOUT.glob("*.py")}


# Packages that no import contract is about: what they are and why.
WITHOUT_LAYER = {"images": "a container's files, which import nothing of ours", "tests": "imports what it tests"}


def _packages() -> set[str]:
    """Return the folders at the top with Python in them; a folder without a name of Python's is none."""
    files = (path.relative_to(CHECKOUT) for path in CHECKOUT.glob("*/**/*.py"))
    return {path.parts[0] for path in files if path.parts[0].isidentifier()} - {"build", "node_modules"}


def test_each_package_has_a_layer() -> None:
    linter = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert _packages() - WITHOUT_LAYER.keys() == set(linter["root_packages"])
    contracts = linter["contracts"]
    layered = {name for each in contracts if not each.get("containers") for name in each.get("layers", ())}
    alone = {name for each in contracts for name in each.get("source_modules", ())} - layered
    assert layered | alone >= set(linter["root_packages"])


def test_layers_within_a_package_leave_no_module_out() -> None:
    contracts = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert [each["name"] for each in contracts if each.get("containers") and not each.get("exhaustive")] == []


def test_terraform_learns_of_every_order() -> None:
    """CDKTF ignores dependencies of constructs; those of resources, ``depends_on``, it writes."""
    folders = ("constructs_lib/azure", "constructs_lib/gcp", "constructs_lib/kubernetes", "stacks/azure", "stacks/gcp")
    files = [file for folder in folders for file in (CHECKOUT / folder).rglob("*.py")]
    assert [str(file) for file in files if "add_dependency" in file.read_text(encoding="utf-8")] == []
