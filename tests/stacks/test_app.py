"""Command line of app.py, with and without a CLI."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assembly.process_environment import without_user_settings
from assembly.synth_cache import CDK
from tests.synthesis import CHECKOUT


@pytest.mark.parametrize(("arguments", "given"), [(["gpc"], "gpc"), (["aws", "oracle"], "aws oracle"), ([], "nothing")])
def test_an_unknown_cloud_is_one_line(arguments: list[str], given: str) -> None:
    done = subprocess.run(
        [sys.executable, "app.py", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"app.py: clouds: {given} (expected some of aws, gcp, azure)\n"


@pytest.mark.parametrize("context", ["{", "[]", ""])
def test_a_context_that_is_no_object_is_one_line(context: str) -> None:
    done = subprocess.run(
        [sys.executable, "app.py", "aws"],
        cwd=CHECKOUT,
        env=without_user_settings() | {"CDK_CONTEXT_JSON": context},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"CDK_CONTEXT_JSON: given {context!r} (expected a JSON object); unset it, the CLI sets it\n"


def test_without_the_cli_the_templates_are_the_same(tmp_path: Path) -> None:
    direct, by_cli = tmp_path / "direct", tmp_path / "cli"
    # What cdk-nag and the CDK's own rules find is in no template.
    environment = without_user_settings() | {"CDK_VALIDATION": "false"}
    for command, more in (
        ([sys.executable, "app.py", "aws"], {"CDK_OUTDIR": str(direct)}),
        ([*CDK, "synth", "--quiet", "--output", str(by_cli)], {}),
    ):
        done = subprocess.run(
            command, cwd=CHECKOUT, env=environment | more, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    templates = sorted(path.name for path in by_cli.glob("*.template.json"))
    assert templates == sorted(path.name for path in direct.glob("*.template.json"))
    different = [name for name in templates if _read(direct / name) != _read(by_cli / name)]
    assert different == []


def _read(template: Path) -> object:
    return json.loads(template.read_text())
