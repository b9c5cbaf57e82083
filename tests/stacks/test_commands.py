"""Commands of CDKTF's real command line tool."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synthesis import CHECKOUT, copy_sources

STACKS = [f"{cloud}-{name}" for cloud in ("azure", "gcp") for name in ("dev", "prod", "shared", "staging")]


def assembly(folder: Path) -> dict[str, bytes]:
    """Return every file that was synthesized, assets included."""
    stacks = folder / "stacks"
    return {str(path.relative_to(stacks)): path.read_bytes() for path in stacks.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is deployed, in which a newcomer types."""
    folder = copy_sources(tmp_path_factory.mktemp("typed") / "checkout")
    for name in (".venv", "node_modules"):
        (folder / name).symlink_to(CHECKOUT / name)
    return folder


def typed(checkout: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    scripts = Path(sys.executable).parent
    return subprocess.run(
        [*words],
        cwd=checkout,
        env={
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(checkout.parent),
            # Whoever runs the tests may have credentials; they end here.
            "GOOGLE_APPLICATION_CREDENTIALS": os.devnull,
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.plan("DR-6")
def test_synth_writes_every_stack_and_the_checkout_alone_decides_what(
    checkout: Path, gcp_folder: Path, azure_folder: Path
) -> None:
    done = typed(checkout, "cdktf", "synth", PYTHONHASHSEED="4711", TZ="Pacific/Kiritimati", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    here, there = {**assembly(gcp_folder), **assembly(azure_folder)}, assembly(checkout / "cdktf.out")
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name] != there[name]] == []
    assert {f"{name}/cdk.tf.json" for name in STACKS} <= set(here)


@pytest.mark.parametrize("name", ["gcp-staging", "azure-staging"])
def test_one_stack_can_be_named(checkout: Path, name: str) -> None:
    done = typed(checkout, "cdktf", "synth", name)
    assert done.returncode == 0, done.stderr
    assert name in done.stdout


def test_list_names_every_stack(checkout: Path) -> None:
    done = typed(checkout, "cdktf", "list")
    assert [line.split() for line in done.stdout.splitlines() if "cdktf.out/" in line] == [
        [name, f"cdktf.out/stacks/{name}"] for name in STACKS
    ]


@pytest.mark.skipif(not shutil.which("terraform"), reason="needs terraform on the path")
@pytest.mark.parametrize(("name", "missing"), [("gcp-dev", "credentials"), ("azure-dev", "could not configure")])
def test_diff_goes_as_far_as_credentials_let_it(checkout: Path, name: str, missing: str) -> None:
    done = typed(checkout, "cdktf", "diff", name)
    assert "Initializing the backend" in done.stdout, done.stderr
    assert missing in done.stdout + done.stderr
