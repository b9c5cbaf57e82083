"""Validation by Terraform, with a fake terraform that records what it is called with."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.synthesis import CHECKOUT

VERSION = {"version": [0, json.dumps({"terraform_version": "1.11.4", "platform": "linux_amd64"}), ""]}
VALID: Mapping[str, Any] = {**VERSION, "init": [0, "", ""], "validate": [0, '{"valid": true, "diagnostics": []}', ""]}
DIAGNOSTICS = [
    {
        "severity": "error",
        "address": "google_redis_instance.it",
        "summary": "expected tier to be one of [BASIC]",
        "detail": "a\nb",
    },
    {"severity": "warning", "summary": "Deprecated"},
]
REFUSED = {**VALID, "validate": [1, json.dumps({"valid": False, "diagnostics": DIAGNOSTICS}), ""]}
_TERRAFORM = """#!{python} -SE
import json, os, sys
folder, words = sys.argv[1].partition("=")[2], sys.argv[2:]
with open(os.environ["TF_CLI_CONFIG_FILE"]) as settings:
    call = {{"folder": folder, "words": words, "environment": dict(os.environ), "settings": settings.read(),
            "files": sorted(os.listdir(folder))}}
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "calls"), "a") as calls:
    calls.write(json.dumps(call) + "\\n")
with open(os.path.join(here, "answers")) as answers:
    code, out, err = json.load(answers)[words[0]]
print(out)
print(err, file=sys.stderr)
sys.exit(code)
"""
TERRAFORM = {
    "required_version": ">= 1.11",
    "required_providers": {
        "google": {"source": "google", "version": "6.50.0"},
        "random": {"source": "hashicorp/random", "version": "3.7.2"},
    },
}


class Machine:
    """A folder of stacks, a terraform, and a filesystem mirror with both layouts that Terraform reads."""

    def __init__(self, folder: Path) -> None:
        self.stacks, self.path, self.mirror = folder / "cdktf.out", folder / "bin", folder / "mirror"
        manifest = {}
        for name in ("gcp-dev", "gcp-shared"):
            stack = self.stacks / "stacks" / name
            (stack / "assets").mkdir(parents=True)
            (stack / ".terraform").mkdir()
            (stack / ".terraform.lock.hcl").write_text("of another run")
            (stack / "cdk.tf.json").write_text(json.dumps({"terraform": TERRAFORM}))
            manifest[name] = {"name": name, "synthesizedStackPath": f"stacks/{name}/cdk.tf.json"}
        (self.stacks / "manifest.json").write_text(json.dumps({"stacks": manifest}))
        self.path.mkdir()
        terraform = self.path / "terraform"
        terraform.write_text(_TERRAFORM.format(python=sys.executable))
        terraform.chmod(0o755)
        hashicorp = self.mirror / "registry.terraform.io" / "hashicorp"
        self.google = hashicorp / "google" / "6.50.0" / "linux_amd64" / "terraform-provider-google_v6.50.0_x5"
        self.random = hashicorp / "random" / "terraform-provider-random_3.7.2_linux_amd64.zip"
        for file in (self.google, self.random):
            file.parent.mkdir(parents=True)
            file.touch()

    def run(
        self, answers: Mapping[str, Any] = VALID, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        (self.path / "answers").write_text(json.dumps(answers))
        return subprocess.run(
            [sys.executable, "-m", "tools.terraform_validate", f"--stacks={self.stacks}", *arguments],
            cwd=CHECKOUT,
            env={**os.environ, "PATH": str(self.path), "COLUMNS": "220", **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def run_with_mirror(self, answers: Mapping[str, Any] = VALID, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run(answers, f"--providers={self.mirror}", **variables)

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.path / "calls").read_text().splitlines()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line of a run that could ask no provider."""
    assert (done.returncode, done.stdout) == (2, "")
    (said,) = done.stderr.splitlines()
    return said


def test_each_stack_is_validated_without_its_state(machine: Machine) -> None:
    done = machine.run_with_mirror()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("valid") == 2
    assert [call["words"] for call in machine.calls] == [
        ["version", "-json"],
        *[["init", "-backend=false", "-input=false", "-no-color"], ["validate", "-json"]] * 2,
    ]


def test_a_copy_is_validated_which_nothing_stays_of(machine: Machine) -> None:
    machine.run_with_mirror()
    stacks = [call for call in machine.calls if call["words"][0] == "init"]
    assert [call["files"] for call in stacks] == [["assets", "cdk.tf.json"]] * 2
    assert not any(Path(call["folder"]).exists() for call in machine.calls)


def test_nothing_of_the_users_environment_reaches_terraform(machine: Machine) -> None:
    theirs = {
        "TF_CLI_CONFIG_FILE": "/their/settings",
        "TF_CLI_ARGS_init": "-upgrade",
        "TF_VAR_release": "1.0.0-abcdef0",
        "TF_PLUGIN_CACHE_DIR": "/their/cache",
        "GOOGLE_APPLICATION_CREDENTIALS": "/their/key.json",
        "HTTPS_PROXY": "http://localhost:1",
        "HOME": "/their/home",
    }
    machine.run_with_mirror(VALID, **theirs)
    for call in machine.calls:
        assert call["environment"].items().isdisjoint(theirs.items())
        assert not {"TF_CLI_ARGS_init", "TF_VAR_release", "GOOGLE_APPLICATION_CREDENTIALS"} & call["environment"].keys()


def test_a_mirror_is_the_only_source(machine: Machine) -> None:
    machine.run_with_mirror()
    (settings,) = {call["settings"] for call in machine.calls}
    assert f'path = "{machine.mirror}"' in settings
    assert "direct" not in settings
    assert "plugin_cache_dir" not in settings


def test_without_a_mirror_the_registry_is_asked_once(machine: Machine) -> None:
    machine.run(HTTPS_PROXY="http://localhost:1")
    call = machine.calls[-1]
    assert "plugin_cache_dir" in call["settings"]
    assert "filesystem_mirror" not in call["settings"]
    assert call["environment"]["HTTPS_PROXY"] == "http://localhost:1"


def test_what_a_provider_refuses_is_shown(machine: Machine) -> None:
    done = machine.run_with_mirror(REFUSED)
    assert done.returncode == 1
    assert done.stdout.count("google_redis_instance.it: expected tier to be one of [BASIC]: a b") == 2
    assert "Deprecated" not in done.stdout


def test_without_terraform_it_is_one_line(machine: Machine) -> None:
    (machine.path / "terraform").unlink()
    assert line(machine.run_with_mirror()).startswith("terraform is not on the PATH")


def test_a_terraform_that_is_too_old_is_one_line(machine: Machine) -> None:
    old = {"version": [0, json.dumps({"terraform_version": "1.9.8", "platform": "linux_amd64"}), ""]}
    assert line(machine.run_with_mirror({**VALID, **old})) == "terraform is 1.9.8: gcp-dev takes >= 1.11"


def test_a_mirror_that_is_no_folder_is_one_line(machine: Machine, tmp_path: Path) -> None:
    missing = tmp_path / "elsewhere"
    assert line(machine.run(VALID, f"--providers={missing}")) == f"PROVIDERS={missing}: it is no folder"


def test_a_provider_that_is_missing_is_one_line(machine: Machine) -> None:
    machine.random.unlink()
    assert line(machine.run_with_mirror()) == (
        f"PROVIDERS={machine.mirror}: registry.terraform.io/hashicorp/random 3.7.2 for linux_amd64 is missing;"
        " it has no version of it"
    )


def test_a_provider_of_another_version_is_one_line(machine: Machine) -> None:
    version = machine.google.parent.parent
    version.rename(version.with_name("6.49.0"))
    assert line(machine.run_with_mirror()).endswith("google 6.50.0 for linux_amd64 is missing; it has 6.49.0 of it")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("Failed to query available provider packages", "the providers cannot be downloaded"),
        ("Unsupported\n│ attribute", "terraform init: Unsupported attribute"),
    ],
)
def test_an_init_that_fails_is_one_line(machine: Machine, error: str, said: str) -> None:
    assert line(machine.run({**VALID, "init": [1, "", f"╷\n│ Error: {error}\n╵"]})).startswith(said)


def test_without_stacks_it_says_what_to_run(machine: Machine) -> None:
    (machine.stacks / "manifest.json").unlink()
    assert "run `cdktf synth` first" in line(machine.run_with_mirror())
