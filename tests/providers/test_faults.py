"""Faults of the stacks that only a provider or a second plan shows, put back on purpose."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assembly.synth_cache import checked_assembly
from tests.providers.conftest import ENVIRONMENT, Deploys

STACK = f"gcp-{ENVIRONMENT}"


def altered(folder: Path, alter: Callable[[dict[str, Any]], None], stack: str = STACK) -> Path:
    """Return a copy of what is synthesized, with a change to the resources of a stack."""
    shutil.copytree(checked_assembly("gcp"), folder)
    file = folder / "stacks" / stack / "cdk.tf.json"
    template = json.loads(file.read_text())
    alter(template["resource"])
    file.write_text(json.dumps(template, indent=2))
    return folder


def stop_ignoring_the_encryption(resources: dict[str, Any]) -> None:
    """Compare a value that GKE's API rewrites (terraform-provider-google issue 26882)."""
    for cluster in resources["google_container_cluster"].values():
        cluster["lifecycle"]["ignore_changes"].remove("database_encryption[0].state")


def write_a_zero(resources: dict[str, Any]) -> None:
    """Name a value that Monitoring's API leaves out (terraform-provider-google issue 16173)."""
    for dashboard in resources["google_monitoring_dashboard"].values():
        described = json.loads(dashboard["dashboard_json"])
        described["mosaicLayout"]["tiles"][0]["xPos"] = 0
        dashboard["dashboard_json"] = json.dumps(described)


def grant_to_the_sink(resources: dict[str, Any]) -> None:
    """Grant a role to the writer of a new sink, which is empty in the sink's own project."""
    sinks = resources["google_logging_project_sink"]
    sinks["second"] = {**next(iter(sinks.values())), "name": "second"}
    resources["google_project_iam_member"]["writer"] = {
        "project": "${data.google_project.project.project_id}",
        "role": "roles/logging.bucketWriter",
        "member": "${google_logging_project_sink.second.writer_identity}",
    }


def grant_to_a_group_of_google(resources: dict[str, Any]) -> None:
    """Let a group of Google's own write usage logs into a bucket."""
    name = next(iter(resources["google_storage_bucket"]))
    resources["google_storage_bucket_iam_member"]["usage"] = {
        "bucket": f"${{google_storage_bucket.{name}.name}}",
        "role": "roles/storage.objectCreator",
        "member": "group:cloud-storage-analytics@google.com",
    }


def shorten_an_id(resources: dict[str, Any]) -> None:
    """Give a service account an id of less than six characters."""
    next(iter(resources["google_service_account"].values()))["account_id"] = "undo"


@pytest.mark.parametrize(
    ("alter", "address"),
    [
        (stop_ignoring_the_encryption, "google_container_cluster.Cluster"),
        (write_a_zero, "google_monitoring_dashboard.Observability"),
    ],
)
def test_what_the_api_rewrites_shows_in_every_plan(
    deploys: Deploys, tmp_path: Path, alter: Callable[[dict[str, Any]], None], address: str
) -> None:
    stacks = altered(tmp_path / "stacks", alter)
    assert deploys.deploy(stacks=stacks).returncode == 0
    again = deploys.deploy(stacks=stacks)
    assert again.returncode == 0, again.stderr
    assert f"{STACK}: done in" in again.stdout
    plan = (deploys.cloud.directory / "logs" / f"deploy-{STACK}.log").read_text()
    changed = [line for line in plan.splitlines() if "will be updated in-place" in line]
    assert len(changed) == 1
    assert address in changed[0]


def test_what_a_provider_refuses_is_told(deploys: Deploys, tmp_path: Path) -> None:
    done = deploys.deploy(stacks=altered(tmp_path / "stacks", shorten_an_id))
    assert done.returncode == 1
    assert f"The deploy of {STACK} failed:" in done.stderr
    assert '"account_id" ("undo") must be between 6 and 30 characters long' in done.stderr


def test_a_trigger_without_eventarc_s_agent_is_refused_and_told(deploys: Deploys) -> None:
    deploys.cloud.wipe()
    done = deploys.deploy(forget="google_eventarc_trigger")
    assert done.returncode == 1
    assert "Permission denied while using the Eventarc Service Agent" in done.stderr
    assert deploys.deploy().returncode == 0


def test_a_member_that_is_empty_is_refused_and_told(deploys: Deploys, tmp_path: Path) -> None:
    done = deploys.deploy(stacks=altered(tmp_path / "stacks", grant_to_the_sink, "gcp-shared"))
    assert done.returncode == 1
    # The provider reads the value before it asks the API, which would refuse it as well.
    assert 'invalid value "" for member' in done.stderr


def test_a_member_of_another_organization_is_refused_and_told(deploys: Deploys, tmp_path: Path) -> None:
    deploys.cloud.start()
    deploys.cloud.control("switch", {"iam.allowedPolicyMemberDomains": "enforced"})
    done = deploys.deploy(stacks=altered(tmp_path / "stacks", grant_to_a_group_of_google))
    deploys.cloud.control("switch", {"iam.allowedPolicyMemberDomains": "as the policies say"})
    assert done.returncode == 1
    assert "One or more users named in the policy do not belong to a permitted customer" in done.stderr
