"""Terraform's providers that deploys to an embedded cloud take: a filesystem mirror in its directory.

``terraform init`` asks for the versions of each provider, whatever is installed. No registry answers where only
the embedded cloud can be reached, so this folder does. It holds links into the registry's cache, or into the
mirror that a person typed.
"""

import json
import shutil
from pathlib import Path

from assembly import Stack
from local.terraform.cloud import TerraformCloud
from local.terraform.terraform import Terraform, files_in_mirror, required_providers, write_mirror_settings

_LOCK = ".terraform.lock.hcl"
_ORIGIN = "origin.json"


class Providers:
    """Providers of an embedded cloud. What was installed once stays, whether or not its source is typed again.

    Attributes:
        settings: Terraform's settings, which name no other source.
    """

    def __init__(self, cloud: TerraformCloud) -> None:
        self.home = cloud.directory / "terraform"
        self.settings = self.home / "providers.tfrc"
        self._folder = self.home / "providers"
        self._scratch = self.home / "installed"

    def install(self, terraform: Terraform, stack: Stack) -> None:
        """Install what is missing of a stack's providers, or what a mirror that was typed has otherwise.

        Raises:
            PrerequisiteError: Terraform gets no provider.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        write_mirror_settings(self.settings, self._folder)
        required = required_providers(stack)
        for name, version in required.items():
            place = Path(name, version, terraform.platform)
            if not (self._folder / place).exists() or self._differs(terraform, name, version):
                self._init(terraform, place)
        record = stack.file.with_name(".terraform") / "providers.json"
        found = json.dumps({name: _files(self._folder, name, version, terraform) for name, version in required.items()})
        if not record.is_file() or record.read_text() != found:
            # The lock file holds the checksums of what was installed before; of the same version, others are refused.
            stack.file.with_name(_LOCK).unlink(missing_ok=True)
            shutil.rmtree(record.parent, ignore_errors=True)
            record.parent.mkdir()
            record.write_text(found)

    def _differs(self, terraform: Terraform, name: str, version: str) -> bool:
        """Return whether a mirror was typed that has another build of a provider."""
        if not terraform.providers:
            return False
        origin = self._scratch / name / _ORIGIN
        return not origin.is_file() or origin.read_text() != _files(terraform.providers, name, version, terraform)

    def _init(self, terraform: Terraform, place: Path) -> None:
        name, version = str(place.parent.parent), place.parent.name
        scratch = self._scratch / name
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        needs = {"terraform": {"required_providers": {"it": {"source": name, "version": version}}}}
        (scratch / "main.tf.json").write_text(json.dumps(needs))
        terraform.init(scratch)
        link = self._folder / place
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to((scratch / ".terraform" / "providers" / place).resolve())
        if terraform.providers:
            (scratch / _ORIGIN).write_text(_files(terraform.providers, name, version, terraform))


def _files(mirror: Path, name: str, version: str, terraform: Terraform) -> str:
    """Return the files of a provider in a mirror, with their sizes and times, as JSON."""
    files = files_in_mirror(mirror / name, version, terraform.platform)
    return json.dumps([[str(file.resolve()), file.stat().st_size, file.stat().st_mtime] for file in files])
