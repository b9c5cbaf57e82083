"""Wrappers of both command lines: they run on this folder's node, and write nothing into the home."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.synthesis import CHECKOUT


@pytest.mark.parametrize(("wrapper", "wrapped"), [("cdk", "cdk"), ("cdktf", "cdktn")])
def test_a_wrapper_sets_what_the_shell_must_not(tmp_path: Path, wrapper: str, wrapped: str) -> None:
    own = tmp_path / ".venv" / "bin"
    program = tmp_path / "node_modules" / ".bin" / wrapped
    for folder in (own, program.parent):
        folder.mkdir(parents=True)
    program.write_text("#!/bin/sh\nenv\n")
    program.chmod(0o755)
    (own / wrapper).symlink_to(CHECKOUT / "tools" / wrapper)
    unwanted = {"NODE_OPTIONS": "--inspect", "NODE_PATH": "/x", "JSII_NODE": "/x", "JSII_RUNTIME": "/x"}
    done = subprocess.run(
        [own / wrapper],
        env={**os.environ, **unwanted, "HOME": "/dev/null", "JSII_RUNTIME_PACKAGE_CACHE_ROOT": "/home/x"},
        capture_output=True,
        text=True,
        check=True,
    )
    seen = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    assert not unwanted.keys() & seen.keys()
    assert seen["PATH"].startswith(f"{own}:")
    assert Path(seen["JSII_RUNTIME_PACKAGE_CACHE_ROOT"]).resolve() == tmp_path / ".venv" / "jsii"
