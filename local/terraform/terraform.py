"""Terraform of the PATH with settings of its own, and the providers that stacks need.

Providers come from Terraform's filesystem mirror where a folder is named, else from the registry, once: they are kept
in the virtual environment.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from rich.text import Text

from assembly import Stack
from assembly.revisions import CHECKOUT
from assembly.values import Json
from local.errors import PrerequisiteError

_PLUGINS = CHECKOUT / ".venv" / "terraform-plugins"
# What the way to the registry may need; a mirror needs none of it.
NETWORK = tuple(
    variant
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
    for variant in (name, name.lower())
)
# In errors of `terraform init` where no registry answers.
_UNREACHABLE = ("Failed to query available provider packages", "Could not retrieve the list of available versions")
_SILENT = "disable_checkpoint = true"


class Terraform:
    """Terraform that sees no account, and none of the user's settings.

    Args:
        folder: where its settings are written; its home.
        providers: Terraform's filesystem mirror; None where the registry is asked.

    Attributes:
        providers: Terraform's filesystem mirror; None where the registry is asked.
        version: its version, such as ``1.11.4``.
        platform: of its providers, such as ``linux_amd64``.

    Raises:
        PrerequisiteError: there is no terraform.
    """

    def __init__(self, folder: Path, providers: Path | None) -> None:
        if (program := shutil.which("terraform")) is None:
            raise PrerequisiteError("terraform is not on the PATH: install Terraform and run this again")
        self._program = program
        self.providers = providers
        settings = folder / "settings.tfrc"
        if providers:
            write_mirror_settings(settings, providers)
        else:
            _write_registry_settings(settings)
        network = () if providers else NETWORK
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_IN_AUTOMATION": "1",
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",
            **{name: os.environ[name] for name in network if name in os.environ},
        }
        answer = json.loads(self.run(folder, "version", "-json").stdout or "{}")
        self.version: str = answer.get("terraform_version", "")
        self.platform: str = answer.get("platform", "")

    def check(self, stacks: Collection[Stack]) -> None:
        """Compare Terraform's version, and the providers of the mirror, with what the stacks take.

        Raises:
            PrerequisiteError: Terraform is older than the oldest that they take; a provider is missing, or of another
                version.
        """
        for stack in stacks:
            oldest = stack.template["terraform"].get("required_version", "")
            if _numbers(self.version) < _numbers(oldest):
                raise PrerequisiteError(
                    f"terraform is {self.version or 'of no known version'}: {stack.name} takes {oldest}"
                )
        if self.providers:
            _check_mirror(self.providers, self.platform, stacks)

    def refusals(self, folder: Path) -> Sequence[str]:
        """Return what Terraform and the providers refuse in the stack of a folder, one by one.

        Raises:
            PrerequisiteError: Terraform does not take the stack, or gets no provider.
        """
        self.init(folder)
        answer = json.loads(self.run(folder, "validate", "-json").stdout)
        return [_diagnosis(item) for item in answer["diagnostics"] if item["severity"] == "error"]

    def init(self, folder: Path) -> None:
        """Install the providers of the stack in a folder, without its backend.

        Raises:
            PrerequisiteError: Terraform does not take the stack, or gets no provider.
        """
        done = self.run(folder, "init", "-backend=false", "-input=false", "-no-color")
        if done.returncode:
            hint = "PROVIDERS=<folder> takes Terraform's filesystem mirror"
            raise PrerequisiteError(explained("init", done.stderr or done.stdout, offline=hint))

    def run(
        self, folder: Path, *words: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run Terraform in a folder to its end.

        Args:
            folder: of a stack.
            words: its arguments.
            environment: its environment; its own, which leads to no cloud, where None.
        """
        return subprocess.run(  # noqa: S603 - the terraform of the PATH, with words of our own
            [self._program, f"-chdir={folder}", *words],
            env=self._environment if environment is None else environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def forget_backend(folder: Path) -> None:
    """Let the next ``init`` in a folder read the backend from the stack alone.

    What an earlier one wrote down may be of another bucket, or half a file, where it was killed.
    """
    (folder / ".terraform" / "terraform.tfstate").unlink(missing_ok=True)


def mirror(folder: Path | None) -> Path | None:
    """Return the full path of a filesystem mirror, as a person typed it; None where none was typed."""
    return folder and folder.expanduser().resolve()


def write_mirror_settings(file: Path, folder: Path) -> None:
    """Write settings by which a filesystem mirror is the only source of providers."""
    # Without `direct`, no registry is asked for what the folder lacks.
    source = f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(folder))}\n  }}\n}}"
    file.write_text(f"{_SILENT}\n{source}\n")


def _write_registry_settings(file: Path) -> None:
    _PLUGINS.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{_SILENT}\nplugin_cache_dir = {json.dumps(str(_PLUGINS))}\n")


def explained(command: str, output: str, *, offline: str = "") -> str:
    """Return in one line why Terraform failed.

    Args:
        command: its subcommand and arguments, such as ``init``.
        output: what it wrote.
        offline: what else may be done where the registry is not reached.
    """
    text = unframed(output)
    if any(sign in text for sign in _UNREACHABLE):
        reason = "the providers cannot be downloaded: this machine reaches no registry.terraform.io"
        return f"{reason}; {offline}" if offline else reason
    # Each error ends with the corner of its frame.
    first = text.partition("Error: ")[2].partition("╵")[0]
    return f"terraform {command}: {first.strip() or text.strip(' ╵') or 'it failed without a message'}"


def unframed(output: str) -> str:
    """Return what Terraform wrote in one line, without colours and frames but the corner that ends each error."""
    return " ".join(Text.from_ansi(output).plain.replace("│", " ").replace("╷", " ").split())


def _diagnosis(item: Json) -> str:
    texts = (item.get("address"), item["summary"], item.get("detail"))
    return " ".join(": ".join(text for text in texts if text).split())


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _check_mirror(providers: Path, platform: str, stacks: Collection[Stack]) -> None:
    if not providers.is_dir():
        raise PrerequisiteError(f"PROVIDERS={providers}: it is no folder")
    for stack in stacks:
        for name, version in sorted(required_providers(stack).items()):
            folder = providers / name
            if not files_in_mirror(folder, version, platform):
                others = sorted(_versions(folder))
                raise PrerequisiteError(
                    f"PROVIDERS={providers}: {name} {version} for {platform} is missing;"
                    f" it has {', '.join(others) or 'no version'} of it"
                )


def files_in_mirror(folder: Path, version: str, platform: str) -> Sequence[Path]:
    """Return the files of a provider in a mirror: an archive, or what one holds."""
    packed = folder / f"terraform-provider-{folder.name}_{version}_{platform}.zip"
    return [packed] if packed.is_file() else sorted((folder / version / platform).glob("terraform-provider-*"))


def required_providers(stack: Stack) -> Mapping[str, str]:
    """Return the version of each provider, by its address: ``registry.terraform.io/hashicorp/google``."""
    default = ["registry.terraform.io", "hashicorp"]
    return {
        "/".join([*default[: 3 - len(parts)], *parts]): entry["version"]
        for entry in stack.template["terraform"]["required_providers"].values()
        for parts in [entry["source"].split("/")]
    }


def _versions(folder: Path) -> Iterator[str]:
    for path in folder.glob("*"):
        yield path.name.split("_")[1] if path.suffix == ".zip" else path.name
