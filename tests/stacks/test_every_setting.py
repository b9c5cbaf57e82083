"""Settings: each is read by the stacks of each cloud, or the page of parity says why one of them ignores it."""

import json
import subprocess
import sys

import pytest

from reports.parity import ignored_settings
from tests.synthesis import CHECKOUT


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_a_cloud_reads_every_setting(cloud: str) -> None:
    command = [sys.executable, "-m", "tests.stacks.read_settings", cloud]
    run = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    known = {setting for ignored in ignored_settings(cloud) for setting in ignored.settings}
    assert set(json.loads(run.stdout.splitlines()[-1])) == known, "reports/parity/ignored_settings.yaml"
