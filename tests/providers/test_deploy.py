"""Deploys to each embedded cloud by the CDKTF's own CLI and Terraform's real providers, one after another."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence

import pytest

from admin.terraform_check import Check, Workspace
from local.terraform.environment import deploy_environment
from local.terraform.state import addresses
from tests.providers.conftest import ENVIRONMENT, Deploys
from tests.synthesis import CHECKOUT

# What nothing refers to: in a deploy that is killed, what refers to a resource comes after it.
LOST = ("key_vault_secret", "management_lock")


def test_a_first_deploy_needs_nothing_but_the_loopback_address(each: Deploys, loopback_only: Sequence[str]) -> None:
    done = each.deploy(*loopback_only)
    assert done.returncode == 0, done.stderr
    assert "Deployed, in" in done.stdout
    if not loopback_only:
        pytest.skip("deployed, but not with the loopback address alone: the registry is elsewhere, or no namespace is")


def test_every_resource_is_deployed(each: Deploys) -> None:
    each.cloud.start()
    for stack in each.stacks():
        assert stack.resources.keys() - set(addresses(each.cloud.state(stack).read())) == set()


def test_neither_a_plan_nor_drift_finds_anything_after_a_first_deploy(each: Deploys) -> None:
    workspace = Workspace(each.stacks(), deploy_environment(each.cloud))
    found = {(check, workspace.check(check, stack).outcome) for check in Check for stack in workspace.stacks}
    assert found == {(Check.PLAN, "a deploy changes 0 resources"), (Check.DRIFT, "as deployed")}


def test_a_second_deploy_changes_nothing(each: Deploys) -> None:
    done = each.deploy()
    assert done.returncode == 0, done.stderr
    shared, own = (stack.name for stack in each.stacks())
    assert f"{shared}: unchanged\n$ cdktf deploy {own}\n{own}: unchanged\n" in done.stdout
    assert "No changes, in" in done.stdout


def test_no_secret_is_printed_or_logged(each: Deploys) -> None:
    logs = "".join(file.read_text() for file in (each.cloud.directory / "logs").iterdir())
    assert each.cloud.access_token not in logs


def test_a_cloud_that_is_killed_in_the_middle_loses_nothing(each: Deploys) -> None:
    each.cloud.wipe()
    log = each.cloud.directory / "logs" / f"deploy-{each.cloud.key}-{ENVIRONMENT}.log"
    late = {"gcp": "google_container_cluster", "azure": "azurerm_key_vault_key"}[each.cloud.key]
    with subprocess.Popen(
        each.command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        while not (log.exists() and re.search(rf"{late}.*: Creating\.\.\.", log.read_text())):
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.2)
        os.kill(int(each.cloud.control("pid")), signal.SIGKILL)
        said = process.communicate()[0]
    assert process.returncode == 1
    assert "ended during the deploy" in said
    again = each.deploy()
    assert "let go of the lock" in again.stdout
    assert "pushed errored.tfstate" in again.stdout
    assert again.returncode == 0, again.stderr
    assert "No changes, in" in each.deploy().stdout


def test_what_was_made_and_not_recorded_is_taken_over(each: Deploys) -> None:
    if each.cloud.unrecorded is None:
        pytest.skip("its provider records a resource before it makes it")
    _, stack = each.stacks()
    # azurerm records a resource after its last call: one that it makes when it is killed is in no state.
    lost = [next(found for found in stack.resources if found.startswith(f"azurerm_{kind}.")) for kind in LOST]
    done = subprocess.run(
        ["terraform", f"-chdir={stack.file.parent}", "state", "rm", *lost],
        env=deploy_environment(each.cloud),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    again = each.deploy()
    assert again.returncode == 0, again.stderr
    assert {found for found in lost if f"{stack.name}: took over {found}," in again.stdout} == {*lost}
    assert "No changes, in" in each.deploy().stdout


def test_another_deploy_after_the_cloud_is_destroyed(each: Deploys) -> None:
    each.cloud.wipe()
    assert not each.cloud.directory.exists()
    assert "Deployed, in" in each.deploy().stdout
