"""Validation of Google Cloud's stacks by Terraform and its providers (``python -m tools.terraform_validate``).

``terraform init -backend=false`` and ``terraform validate`` run on a copy of each stack: no account, no state, and
nothing of the user's Terraform settings. The exit code is 1 where a provider refuses a stack, and 2 where none can be
asked.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from assembly import Stack, open_assembly
from assembly.revisions import CHECKOUT
from assembly.values import Json
from errors import GoodiesError, exit_on_error

_PLUGINS = CHECKOUT / ".venv" / "terraform-plugins"
# What the way to the registry may need; a mirror needs none of it.
_NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
_UNREACHABLE = ("Failed to query available provider packages", "Could not retrieve the list of available versions")


class ValidationError(GoodiesError):
    """Terraform, or a provider, cannot be asked."""

    exit_code = 2


class Terraform:
    """Terraform with settings of its own, in a folder that is removed afterwards.

    Args:
        scratch: the folder.
        providers: Terraform's filesystem mirror; None where the registry is asked.

    Raises:
        ValidationError: there is no terraform.
    """

    def __init__(self, scratch: Path, providers: Path | None) -> None:
        if (program := shutil.which("terraform")) is None:
            raise ValidationError("terraform is not on the PATH: install Terraform and run this again")
        self._program = program
        self._scratch = scratch
        settings = scratch / "settings.tfrc"
        settings.write_text("\n".join(_settings(providers)))
        network = () if providers else (*_NETWORK, *(name.lower() for name in _NETWORK))
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(scratch),
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_IN_AUTOMATION": "1",
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",
            **{name: os.environ[name] for name in network if name in os.environ},
        }
        answer = json.loads(self._run(scratch, "version", "-json").stdout or "{}")
        self.version: str = answer.get("terraform_version", "")
        self.platform: str = answer.get("platform", "")

    def refusals(self, stack: Stack) -> Sequence[str]:
        """Return what Terraform and the providers refuse in a stack, one by one.

        Raises:
            ValidationError: Terraform does not take the stack, or gets no provider.
        """
        folder = shutil.copytree(
            stack.file.parent, self._scratch / stack.name, ignore=shutil.ignore_patterns(".terraform*")
        )
        done = self._run(folder, "init", "-backend=false", "-input=false", "-no-color")
        if done.returncode:
            raise ValidationError(_first_error(done.stderr or done.stdout))
        answer = json.loads(self._run(folder, "validate", "-json").stdout)
        return [_diagnosis(item) for item in answer["diagnostics"] if item["severity"] == "error"]

    def _run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - the terraform of the PATH, with words of our own
            [self._program, f"-chdir={folder}", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )


def _settings(providers: Path | None) -> Iterator[str]:
    yield "disable_checkpoint = true"
    if providers:
        # Without `direct`, no registry is asked for what the folder lacks.
        yield f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(providers))}\n  }}\n}}"
    else:
        _PLUGINS.mkdir(parents=True, exist_ok=True)
        yield f"plugin_cache_dir = {json.dumps(str(_PLUGINS))}"


def _first_error(output: str) -> str:
    text = " ".join(output.replace("│", " ").split())
    if any(sign in text for sign in _UNREACHABLE):
        return (
            "the providers cannot be downloaded: this machine reaches no registry.terraform.io;"
            " PROVIDERS=<folder> takes Terraform's filesystem mirror"
        )
    return f"terraform init: {text.partition('Error: ')[2] or text or 'it failed without a message'}"


def _diagnosis(item: Json) -> str:
    texts = (item.get("address"), item["summary"], item.get("detail"))
    return " ".join(": ".join(text for text in texts if text).split())


def check_version(terraform: Terraform, stacks: Collection[Stack]) -> None:
    """Compare Terraform's version with the oldest that the stacks take.

    Raises:
        ValidationError: it is older.
    """
    for stack in stacks:
        oldest = stack.template["terraform"].get("required_version", "")
        if _numbers(terraform.version) < _numbers(oldest):
            raise ValidationError(
                f"terraform is {terraform.version or 'of no known version'}: {stack.name} takes {oldest}"
            )


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def check_mirror(providers: Path, platform: str, stacks: Collection[Stack]) -> None:
    """Look for the providers of the stacks in a filesystem mirror.

    Raises:
        ValidationError: one is missing, or of another version.
    """
    if not providers.is_dir():
        raise ValidationError(f"PROVIDERS={providers}: it is no folder")
    for stack in stacks:
        for name, version in sorted(_required(stack).items()):
            folder = providers / name
            packed = folder / f"terraform-provider-{folder.name}_{version}_{platform}.zip"
            if not packed.is_file() and not any((folder / version / platform).glob("terraform-provider-*")):
                others = sorted(_versions(folder))
                raise ValidationError(
                    f"PROVIDERS={providers}: {name} {version} for {platform} is missing;"
                    f" it has {', '.join(others) or 'no version'} of it"
                )


def _required(stack: Stack) -> Mapping[str, str]:
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


def main(
    providers: Annotated[Path | None, typer.Option(help="Terraform's filesystem mirror, where no registry is.")] = None,
    stacks: Annotated[Path, typer.Option(help="What `cdktf synth` wrote.")] = Path("cdktf.out"),
) -> None:
    """Validate every stack of Google Cloud; exit code 1 where one is refused."""
    table = Table("stack", "outcome", "refused")
    refused = False
    with exit_on_error(ValidationError.exit_code), TemporaryDirectory() as scratch:
        found = list(open_assembly(stacks).stacks.values())
        mirror = providers and providers.expanduser().resolve()
        terraform = Terraform(Path(scratch), mirror)
        check_version(terraform, found)
        if mirror:
            check_mirror(mirror, terraform.platform, found)
        for stack in found:
            refusals = terraform.refusals(stack)
            refused = refused or bool(refusals)
            outcome, style = ("refused", "red") if refusals else ("valid", "green")
            table.add_row(stack.name, outcome, "\n".join(refusals), style=style)
    Console().print(table)
    raise SystemExit(refused)


if __name__ == "__main__":
    typer.run(main)
