"""Bootstrap of Google Cloud, with a fake gcloud."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from admin.bootstrap.gcloud import Gcloud, GcloudError
from admin.bootstrap.needs import AGENTS, AGENTS_OF_TYPES, read
from tests.gcp.terraform import Assembly
from tests.synthesis import CHECKOUT

SHARED = "acme-goodies-shared"
FRESH: dict[str, Any] = {
    "account": "owner@acme.test",
    "credentials": True,
    "beta": True,
    "projects": {},
    "foreign": [],
    "closed_accounts": [],
    "keys": {},
    "buckets": {},
    "authorized": "",
    "configured": "",
    "calls": [],
}
_WRITES = ("create", "enable", "link", "update", "delete", "add-iam-policy-binding")
_AGENTS = ("beta services identity create", "projects add-iam-policy-binding")


@dataclass(frozen=True)
class Machine:
    """A checkout with synthesized stacks, and a Google Cloud of its own."""

    stacks: Path
    state: Path
    path: Path

    @property
    def world(self) -> Any:
        return json.loads(self.state.read_text())

    def set(self, **changes: Any) -> None:
        self.state.write_text(json.dumps({**self.world, **changes}))

    def bootstrap(self, *options: str, project: str = SHARED) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "admin.bootstrap",
                f"--project={project}",
                f"--stacks={self.stacks}",
                "--yes",
                *options,
            ],
            cwd=CHECKOUT,
            env={**os.environ, "PATH": str(self.path), "FAKE_GCLOUD": str(self.state), "COLUMNS": "160"},
            capture_output=True,
            text=True,
            check=False,
        )

    def writes(self, since: int = 0) -> list[str]:
        return [call for call in self.world["calls"][since:] if any(f" {word}" in call for word in _WRITES)]


@pytest.fixture
def machine(gcp_folder: Path, tmp_path: Path) -> Machine:
    stacks = tmp_path / "cdktf.out"
    for source in [gcp_folder / "manifest.json", *gcp_folder.glob("stacks/*/cdk.tf.json")]:
        target = stacks / source.relative_to(gcp_folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text().replace("example-goodies-", "acme-goodies-"))
    path = tmp_path / "bin"
    path.mkdir()
    gcloud = path / "gcloud"
    gcloud.write_text(f'#!/bin/sh\nexec "{sys.executable}" -SE "{CHECKOUT}/tests/admin/fake_gcloud.py" "$@"\n')
    gcloud.chmod(0o755)
    (path / "sh").symlink_to(shutil.which("sh") or "/bin/sh")
    state = tmp_path / "world.json"
    state.write_text(json.dumps(FRESH))
    return Machine(stacks, state, path)


def line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line of a refusal, after what was about to be changed."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    *_, said = done.stderr.strip().splitlines()
    return said


@pytest.mark.plan("SEC-5")
def test_from_nothing_it_makes_all_that_the_first_deploy_needs(machine: Machine) -> None:
    done = machine.bootstrap()
    assert done.returncode == 0, done.stderr
    world = machine.world
    assert set(world["projects"]) == {f"acme-goodies-{name}" for name in ("shared", "dev", "staging", "prod")}
    assert all(project["billing"] == "000000-000000-000000" for project in world["projects"].values())
    bucket = world["buckets"][f"gs://{SHARED}-terraform-state"]
    assert bucket["versioning_enabled"]
    assert bucket["default-encryption-key"].endswith("/locations/us/keyRings/goodies/cryptoKeys/goodies")
    assert {"uniform-bucket-level-access", "public-access-prevention"} <= set(bucket)
    assert "cdktf deploy gcp-shared" in done.stdout


def test_again_it_makes_nothing(machine: Machine) -> None:
    machine.bootstrap()
    before = machine.world
    done = machine.bootstrap()
    after = machine.world
    assert done.returncode == 0, done.stderr
    assert ": made" not in done.stdout
    # Agents cannot be asked for; making or granting again changes nothing.
    new = [call for call in machine.writes(len(before["calls"])) if not call.startswith(_AGENTS)]
    assert new == []
    assert {**before, "calls": []} == {**after, "calls": []}


def test_half_done_it_goes_on(machine: Machine) -> None:
    machine.bootstrap()
    world = machine.world
    del world["buckets"][f"gs://{SHARED}-terraform-state"]
    world["projects"]["acme-goodies-dev"]["apis"].remove("sqladmin.googleapis.com")
    machine.set(**world)
    since = len(world["calls"])
    done = machine.bootstrap()
    assert done.returncode == 0, done.stderr
    assert [call for call in machine.writes(since) if not call.startswith(_AGENTS)] == [
        "services enable sqladmin.googleapis.com",
        f"storage buckets create gs://{SHARED}-terraform-state",
        f"storage buckets update gs://{SHARED}-terraform-state",
    ]


def test_a_dry_run_changes_nothing_and_says_what_it_would(machine: Machine) -> None:
    done = machine.bootstrap("--dry-run")
    assert done.returncode == 0, done.stderr
    assert machine.writes() == []
    assert "would be made" in done.stdout
    assert f"{SHARED}-terraform-state" in done.stdout
    assert "Nothing was changed" in done.stdout


def test_without_gcloud_it_says_where_to_get_it(machine: Machine) -> None:
    (machine.path / "gcloud").unlink()
    assert line(machine.bootstrap()).startswith("gcloud is not on the PATH: install the Google Cloud CLI")


@pytest.mark.parametrize("missing", [{"account": ""}, {"credentials": False}])
def test_without_a_login_it_says_how(machine: Machine, missing: dict[str, Any]) -> None:
    machine.set(**missing)
    assert "gcloud auth application-default login" in line(machine.bootstrap())
    assert machine.writes() == []


def test_without_billing_it_says_which_account(machine: Machine) -> None:
    machine.set(closed_accounts=["000000-000000-000000"])
    said = line(machine.bootstrap())
    assert said.startswith(f"{SHARED}: nothing pays for it")
    assert "000000-000000-000000" in said


def test_a_project_of_somebody_else_is_named(machine: Machine) -> None:
    machine.set(foreign=["acme-goodies-staging"])
    said = line(machine.bootstrap())
    assert said.startswith("acme-goodies-staging: the project is not yours")
    assert "environments/" in said


@pytest.mark.parametrize("given", ["", "another-project"])
def test_another_project_than_the_files_say_is_refused(machine: Machine, given: str) -> None:
    said = line(machine.bootstrap(project=given))
    assert said.startswith(f"PROJECT={given}: environments/policy.yaml says")
    assert machine.world["calls"] == []


def test_another_project_than_gclouds_is_refused(machine: Machine) -> None:
    machine.set(configured="another-project")
    assert f"gcloud's project is another-project; run `gcloud config set project {SHARED}`" in line(machine.bootstrap())
    assert machine.writes() == []
    machine.set(configured=SHARED)
    assert machine.bootstrap("--dry-run").returncode == 0


def test_the_examples_are_refused(machine: Machine, gcp_folder: Path) -> None:
    given = Machine(gcp_folder, machine.state, machine.path)
    assert "are examples; set projects of your own" in line(given.bootstrap(project="example-goodies-shared"))


def test_without_stacks_it_says_what_to_run(machine: Machine, tmp_path: Path) -> None:
    given = Machine(tmp_path / "nothing", machine.state, machine.path)
    assert "run `cdktf synth` first" in line(given.bootstrap())


def _projects(machine: Machine, name: str) -> Sequence[str]:
    return [each.id for each in read(machine.stacks).projects if name in each.apis]


def test_each_project_gets_the_apis_of_its_stack(machine: Machine, gcp: Assembly) -> None:
    """No resource is without its API: a type that is not known stops the bootstrap, and this test."""
    environments = [f"acme-goodies-{name}" for name in ("dev", "prod", "staging")]
    assert sorted(_projects(machine, "sqladmin.googleapis.com")) == environments
    assert sorted(_projects(machine, "container.googleapis.com")) == environments
    assert _projects(machine, "billingbudgets.googleapis.com") == [SHARED]
    assert _projects(machine, "containerscanning.googleapis.com") == [SHARED]
    assert len(_projects(machine, "cloudkms.googleapis.com")) == len(gcp.stacks)


def test_whoever_is_granted_a_key_has_an_identity(machine: Machine) -> None:
    prod = next(each for each in read(machine.stacks).projects if each.id.endswith("prod"))
    apis = {agent.api for agent in prod.agents}
    assert {"sqladmin.googleapis.com", "redis.googleapis.com", "secretmanager.googleapis.com"} <= apis
    assert prod.storage


def test_every_agent_that_a_resource_acts_through_exists_with_its_role(machine: Machine, gcp: Assembly) -> None:
    """Google grants no role to an agent that it creates on request, and a role that comes late stops the deploy."""
    machine.bootstrap()
    for name, stack in gcp.stacks.items():
        project = machine.world["projects"][f"acme-goodies-{name.removeprefix('gcp-')}"]
        for kind in {resource.type for resource in stack.resources()} & AGENTS_OF_TYPES.keys():
            for agent in (AGENTS[address] for address in AGENTS_OF_TYPES[kind]):
                member = f"serviceAccount:service-{project['number']}@{agent.address}.iam.gserviceaccount.com"
                assert agent.api in project["identities"], (name, kind)
                assert project["roles"].get(member, []) == [agent.role] * bool(agent.role), (name, kind)


def test_every_agent_that_is_created_on_request_has_a_role_or_is_known_to_need_none() -> None:
    """Both encrypt only, with the key that they are granted."""
    without = {agent.address for agent in AGENTS.values() if agent.api and not agent.role}
    assert without == {"gcp-sa-logging", "gcp-sa-secretmanager"}


def test_the_network_that_google_makes_is_deleted_with_its_rules(machine: Machine) -> None:
    machine.bootstrap()
    assert {name: project["networks"] for name, project in machine.world["projects"].items()} == {
        name: {} for name in machine.world["projects"]
    }


def test_a_default_network_with_virtual_machines_stays(machine: Machine) -> None:
    machine.bootstrap()
    world = machine.world
    world["projects"]["acme-goodies-dev"].update(networks={"default": ["default-allow-ssh"]}, machines=[{"name": "a"}])
    machine.set(**world)
    done = machine.bootstrap()
    assert done.returncode == 0, done.stderr
    assert "default network: kept" in done.stdout
    assert machine.world["projects"]["acme-goodies-dev"]["networks"] == {"default": ["default-allow-ssh"]}


def test_without_the_beta_component_it_says_how_to_get_it(machine: Machine) -> None:
    machine.set(beta=False)
    assert "gcloud components install beta" in line(machine.bootstrap())
    assert machine.writes() == []


def test_an_api_that_was_just_enabled_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "PERMISSION_DENIED: Cloud KMS API has not been used in project 403404 before or it is disabled."
    refused = GcloudError(["gcloud"], said)
    answers: Iterator[GcloudError | str] = iter([refused, refused, "[]"])

    def once(_: Gcloud, __: Sequence[str]) -> str:
        answer = next(answers)
        if isinstance(answer, GcloudError):
            raise answer
        return answer

    monkeypatch.setattr(Gcloud, "_run_once", once)
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert Gcloud().read("kms", "keyrings", "list") == []


def test_a_project_number_is_no_status() -> None:
    error = GcloudError(["gcloud"], "ERROR: project 1403404 is busy")
    assert (error.absent, error.hidden) == (False, False)
    assert GcloudError(["gcloud"], "HTTPError 404: it is gone").absent
