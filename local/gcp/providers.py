"""Terraform's providers that deploys to the embedded Google Cloud take: a filesystem mirror in its directory.

``terraform init`` asks for the versions of each provider, whatever is installed. No registry answers where only
the embedded Google Cloud can be reached, so this folder does. It holds links into the registry's cache, or into the
mirror that a person typed.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from assembly import Stack
from assembly.values import Json
from local.gcp.cloud import EmbeddedGoogleCloud
from local.gcp.terraform import Terraform, files_in_mirror, required_providers, write_mirror_settings

_LOCK = ".terraform.lock.hcl"


class Providers:
    """Providers of the embedded Google Cloud. What was installed once stays, whether or not its source is typed again.

    Attributes:
        settings: Terraform's settings, which name no other source.
    """

    def __init__(self, cloud: EmbeddedGoogleCloud) -> None:
        self.home = cloud.directory / "terraform"
        self.settings = self.home / "providers.tfrc"
        self._folder = self.home / "providers"
        self._installed = self.home / "installed"

    def install(self, terraform: Terraform, stack: Stack) -> None:
        """Install what is missing of a stack's providers, or what a mirror that was typed has otherwise.

        Raises:
            PrerequisiteError: Terraform gets no provider.
        """
        required = required_providers(stack)
        self._folder.mkdir(parents=True, exist_ok=True)
        write_mirror_settings(self.settings, self._folder)
        if self._missing(required, terraform) or self._differ(required, terraform):
            self._init(terraform, stack)
        record = stack.file.with_name(".terraform") / "providers.json"
        found = json.dumps(_described(self._folder, required, terraform.platform))
        if not record.is_file() or record.read_text() != found:
            # The lock file holds the checksums of what was installed before; of the same version, others are refused.
            stack.file.with_name(_LOCK).unlink(missing_ok=True)
            shutil.rmtree(record.parent, ignore_errors=True)
            record.parent.mkdir()
            record.write_text(found)

    def _missing(self, required: Mapping[str, str], terraform: Terraform) -> bool:
        return not all(
            (self._folder / name / version / terraform.platform).exists() for name, version in required.items()
        )

    def _differ(self, required: Mapping[str, str], terraform: Terraform) -> bool:
        """Return whether a mirror was typed whose providers are not those that are installed."""
        if not terraform.providers:
            return False
        origin = self._installed / "origin.json"
        known = json.loads(origin.read_text()) if origin.is_file() else {}
        return any(
            known.get(name) != files
            for name, files in _described(terraform.providers, required, terraform.platform).items()
        )

    def _init(self, terraform: Terraform, stack: Stack) -> None:
        scratch = self._installed / stack.name
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        needs = {"terraform": {"required_providers": stack.template["terraform"]["required_providers"]}}
        (scratch / "main.tf.json").write_text(json.dumps(needs))
        terraform.init(scratch)
        required = required_providers(stack)
        for name, version in required.items():
            place = Path(name, version, terraform.platform)
            link = self._folder / place
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to((scratch / ".terraform" / "providers" / place).resolve())
        if terraform.providers:
            origin = self._installed / "origin.json"
            known = json.loads(origin.read_text()) if origin.is_file() else {}
            origin.write_text(json.dumps({**known, **_described(terraform.providers, required, terraform.platform)}))


def _described(folder: Path, required: Mapping[str, str], platform: str) -> Mapping[str, Json]:
    """Return the files of each provider in a mirror, with their sizes and times."""
    return {
        name: [
            [str(file.resolve()), file.stat().st_size, file.stat().st_mtime]
            for file in files_in_mirror(folder / name, version, platform)
        ]
        for name, version in sorted(required.items())
    }
