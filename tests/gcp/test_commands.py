"""The commands as they are typed, with the real command line tool and nothing but the virtual environment on the path."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synthesis import CHECKOUT

STACKS = ["gcp-dev", "gcp-prod", "gcp-shared", "gcp-staging"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is deployed, in which a newcomer types."""
    folder = tmp_path_factory.mktemp("typed") / "checkout"
    left_out = shutil.ignore_patterns(
        ".*", "node_modules", "cdk*.out", "build", "__pycache__", "tests", "docs", "local"
    )
    shutil.copytree(CHECKOUT, folder, ignore=left_out)
    for name in (".venv", "node_modules"):
        (folder / name).symlink_to(CHECKOUT / name)
    return folder


def typed(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    scripts = Path(sys.executable).parent
    return subprocess.run(
        [*words],
        cwd=checkout,
        env={
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(checkout.parent),
            # Whoever runs the tests may have credentials; they end here.
            "GOOGLE_APPLICATION_CREDENTIALS": os.devnull,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_synth_writes_every_stack(checkout: Path, gcp_folder: Path) -> None:
    done = typed(checkout, "cdktf", "synth")
    assert done.returncode == 0, done.stderr
    written = {path.parent.name: path.read_bytes() for path in checkout.glob("cdktf.out/stacks/*/cdk.tf.json")}
    assert written == {name: (gcp_folder / "stacks" / name / "cdk.tf.json").read_bytes() for name in STACKS}


def test_one_stack_can_be_named(checkout: Path) -> None:
    done = typed(checkout, "cdktf", "synth", "gcp-staging")
    assert done.returncode == 0, done.stderr
    assert "gcp-staging" in done.stdout


def test_list_names_every_stack(checkout: Path) -> None:
    done = typed(checkout, "cdktf", "list")
    assert [line.split() for line in done.stdout.splitlines() if "cdktf.out/" in line] == [
        [name, f"cdktf.out/stacks/{name}"] for name in STACKS
    ]


@pytest.mark.skipif(not shutil.which("terraform"), reason="needs terraform on the path")
def test_diff_goes_as_far_as_credentials_let_it(checkout: Path) -> None:
    done = typed(checkout, "cdktf", "diff", "gcp-dev")
    assert "Initializing the backend" in done.stdout, done.stderr
    assert "credentials" in done.stdout + done.stderr
