"""Providers of the embedded Google Cloud: installed once, and again where a mirror that was typed has others."""

import json
import os
from pathlib import Path

import pytest

from assembly import Stack, terraform
from local.errors import PrerequisiteError
from local.gcp.cloud import EmbeddedGoogleCloud
from local.terraform.providers import Providers
from local.terraform.terraform import Terraform
from tests.local.terraform.fake_tools import write_mirror, write_terraform

VERSIONS = {"google": "6.50.0", "random": "3.7.2"}


class Machine:
    """Terraform, a mirror and a stack; nothing of it runs a cloud."""

    def __init__(self, folder: Path) -> None:
        self.calls = write_terraform(folder / "bin")
        self.mirror = write_mirror(folder / "mirror", versions=VERSIONS)
        self.providers = Providers(EmbeddedGoogleCloud(folder / "gcp"))
        self.providers.home.mkdir(parents=True)
        file = folder / "stack" / "cdk.tf.json"
        file.parent.mkdir()
        self.lock = file.with_name(".terraform.lock.hcl")
        required = {name: {"source": name, "version": version} for name, version in VERSIONS.items()}
        self.stack: Stack = terraform.stack("gcp-dev", {"terraform": {"required_providers": required}}, file)

    def install(self, mirror: Path | None) -> int:
        """Install, and return how often Terraform was asked for providers."""
        before = self._inits()
        self.providers.install(Terraform(self.providers.home, mirror), self.stack)
        return self._inits() - before

    def _inits(self) -> int:
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return sum(json.loads(line)[0][0] == "init" for line in lines)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return Machine(tmp_path)


def test_what_is_installed_stays_whether_or_not_it_is_typed_again(machine: Machine) -> None:
    assert machine.install(machine.mirror) == len(VERSIONS)
    machine.lock.touch()
    assert machine.install(machine.mirror) == 0
    assert machine.install(None) == 0
    assert machine.lock.exists()


def test_settings_name_the_installed_providers_and_no_registry(machine: Machine) -> None:
    machine.install(machine.mirror)
    settings = machine.providers.settings.read_text()
    folder = Path(settings.partition('path = "')[2].partition('"')[0])
    found = {file.name for file in folder.glob("registry.terraform.io/hashicorp/*/*/linux_amd64/*")}
    assert found == {f"terraform-provider-{name}_v{version}_x5" for name, version in VERSIONS.items()}
    assert "direct" not in settings


def test_another_build_is_installed_and_the_checksum_of_the_first_forgotten(machine: Machine) -> None:
    machine.install(machine.mirror)
    machine.lock.write_text("of the first build")
    (provider,) = machine.mirror.glob("**/terraform-provider-random_*")
    provider.write_text("built again")
    assert machine.install(machine.mirror) == 1
    assert not machine.lock.exists()


def test_a_provider_that_is_gone_is_installed_again(machine: Machine) -> None:
    machine.install(machine.mirror)
    (provider,) = machine.mirror.glob("**/random/3.7.2/linux_amd64")
    moved = provider.rename(provider.with_name("gone"))
    with pytest.raises(PrerequisiteError, match="the providers cannot be downloaded"):
        machine.install(None)
    moved.rename(provider)
    assert machine.install(machine.mirror) <= 1
