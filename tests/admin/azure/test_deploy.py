"""``make deploy CLOUD=azure`` with a fake Terraform and a fake CLI: what is made before, order, what is missing."""

import json
import os
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from admin import deploy as command
from assembly import open_assembly
from local.azure.cloud import EmbeddedAzure
from local.errors import EmbeddedCloudError, PrerequisiteError
from local.terraform import deployment, working_copy
from tests.local.terraform import fake_tools

PROVIDERS = {"azurerm": "4.55.0", "random": "3.7.2"}
THEIRS = {
    "ARM_SUBSCRIPTION_ID": "theirs",
    "ARM_CLIENT_ID": "theirs",
    "AZURE_CONFIG_DIR": "/theirs",
    "TF_VAR_a": "theirs",
}


class Machine:
    """A machine with Terraform and its providers, and no network."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cloud = EmbeddedAzure(folder / "azure")
        programs = folder / "bin"
        self.calls = fake_tools.write_terraform(programs)
        self.providers = fake_tools.write_mirror(folder / "mirror", versions=PROVIDERS)
        self.deployed = folder / "deployed"
        self.deployed.mkdir()
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        self.behave("create")

    def behave(self, behaviour: str) -> None:
        """Let the CLI behave in a way from now on."""
        cli = (sys.executable, fake_tools.__file__, behaviour, str(self.deployed))
        self._monkeypatch.setattr(deployment, "CDKTF", cli)

    def deploy(self, environment: str = "dev") -> str:
        """Deploy, and return what is printed."""
        screen = StringIO()
        command.deploy(self.cloud, environment, Console(file=screen, width=200), providers=self.providers)
        return screen.getvalue()

    def of_cli(self, stack: str) -> Any:
        """Return options and environment of the CLI's run for a stack."""
        return json.loads((self.deployed / stack).read_text())


@pytest.fixture
def machine(tmp_path: Path, azure_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setattr(working_copy, "checked_assembly", lambda _: azure_folder)
    for name, value in THEIRS.items():
        monkeypatch.setenv(name, value)
    found = Machine(tmp_path, monkeypatch)
    yield found
    found.cloud.wipe()


def test_a_deploy_makes_what_the_stacks_import_and_deploys_both(machine: Machine, azure_folder: Path) -> None:
    first = machine.deploy()
    (made,) = (line for line in first.splitlines() if line.startswith("Bootstrapped "))
    shared = open_assembly(azure_folder).stack("azure-shared")
    assert shared.account in made
    for wanted in shared.template["import"]:
        address = f"https://management.azure.com{wanted['id']}"
        assert machine.cloud.call("GET", address, query={"api-version": "2024-01-01"}), wanted
    steps = (made, "$ cdktf deploy azure-shared", "$ cdktf deploy azure-dev", "Deployed, in")
    places = [first.index(step) for step in steps]
    assert places == sorted(places)
    assert "make deploy CLOUD=azure ENV=dev" in first
    assert "hidden" not in first
    machine.behave("unchanged")
    second = machine.deploy()
    assert "Bootstrapped" not in second
    assert "No changes, in" in second


def test_what_an_earlier_deploy_could_not_record_is_taken_over(machine: Machine) -> None:
    machine.behave("lose")
    said = machine.deploy()
    key, secret = "azurerm_key_vault_key.Key_key_AF77E099", "azurerm_key_vault_secret.Secrets_Jwt_eastus_4A8ABE0E"
    assert [line for line in said.splitlines() if "took over" in line] == [
        f"azure-shared: took over {address}, which an earlier deploy made and could not record"
        for address in (key, secret)
    ]
    words = [json.loads(line)[0] for line in machine.calls.read_text().splitlines()]
    assert [each[3:] for each in words if each[0] == "import"] == [
        [key, "https://dev.vault.azure.net/keys/goodies/4793"],
        [secret, "https://dev.vault.azure.net/secrets/jwt-secret/7561"],
    ]
    assert said.count("$ cdktf deploy azure-shared") == 2
    assert "Deployed, in" in said


def test_what_is_in_no_state_after_that_too_is_told_with_the_command(machine: Machine) -> None:
    machine.behave("always lose")
    with pytest.raises(EmbeddedCloudError) as raised:
        machine.deploy()
    folder = working_copy.folder(machine.cloud) / "stacks" / "azure-shared"
    command = f"terraform -chdir={folder} import azurerm_key_vault_key.Key_key_AF77E099 'https://dev.vault.azure.net"
    assert f"`make shell CLOUD=azure`, and there: {command}/keys/goodies/4793'; terraform" in str(raised.value)
    assert [json.loads(line)[0][0] for line in machine.calls.read_text().splitlines()].count("import") == 2


def test_children_see_the_embedded_azure_alone(machine: Machine) -> None:
    machine.deploy()
    environment = machine.of_cli("azure-dev")["environment"]
    assert "theirs" not in str(environment)
    assert environment["HTTPS_PROXY"] == machine.cloud.endpoint
    assert environment["ARM_USE_CLI"] == "false"
    assert "ARM_SUBSCRIPTION_ID" not in environment


def test_what_is_deployed_are_the_bytes_of_a_synthesis(machine: Machine, azure_folder: Path) -> None:
    machine.deploy()
    copy = working_copy.folder(machine.cloud)
    for file in azure_folder.rglob("*.json"):
        assert (copy / file.relative_to(azure_folder)).read_bytes() == file.read_bytes()


def test_a_missing_provider_is_one_line_before_anything_starts(machine: Machine) -> None:
    next(machine.providers.glob("**/azurerm/4.55.0")).rename(machine.providers / "gone")
    with pytest.raises(PrerequisiteError, match=r"hashicorp/azurerm 4\.55\.0 for linux_amd64 is missing"):
        machine.deploy()
    assert not machine.cloud.running()
