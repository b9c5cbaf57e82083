"""Opens a folder of synthesized output, and decides which CLI wrote it."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from assembly import cdk, terraform
from assembly.errors import AssemblyError
from assembly.files import read_object
from assembly.model import Assembly, Stack
from assembly.values import Json


class Cli(StrEnum):
    """A command line that synthesizes."""

    CDK = "cdk"
    CDKTF = "cdktf"


_STACKS = {Cli.CDK: cdk.stacks, Cli.CDKTF: terraform.stacks}


def open_assembly(folder: Path, prepared: Callable[[str], str] = str) -> Assembly:
    """Read what ``cdk synth`` or ``cdktf synth`` wrote.

    Args:
        folder: the one that the CLI calls its output.
        prepared: applied to the text of each template before that is parsed.

    Raises:
        AssemblyError: the folder holds no synthesized output, a file of it is missing or damaged, or two stacks have
            the same name.
    """
    manifest = _manifest(folder)
    stacks: dict[str, Stack] = {}
    for stack in _STACKS[_cli(manifest)](folder, manifest, prepared):
        if stack.name in stacks:
            raise AssemblyError(f"{folder} holds two stacks called {stack.name}. Give each a name of its own.")
        stacks[stack.name] = stack
    return Assembly(folder.resolve(), stacks)


def cli_of(folder: Path) -> Cli:
    """Return which CLI wrote a folder.

    Raises:
        AssemblyError: the folder holds no synthesized output.
    """
    return _cli(_manifest(folder))


def _manifest(folder: Path) -> Mapping[str, Json]:
    if not (folder / "manifest.json").is_file():
        raise AssemblyError(
            f"{folder} holds no synthesized output (it has no manifest.json); run `make synth` first, "
            "on Google Cloud run `cdktf synth` first, or name another folder"
        )
    manifest = read_object(folder / "manifest.json")
    entries = manifest.get("artifacts", manifest.get("stacks"))
    if not isinstance(entries, dict):
        raise AssemblyError(f"{folder / 'manifest.json'} names no artifacts and no stacks. Synthesize it again.")
    for key, entry in entries.items():
        if not isinstance(entry, dict) or ("stacks" in manifest and "synthesizedStackPath" not in entry):
            raise AssemblyError(
                f"{folder / 'manifest.json'}: {key} is no artifact or names no file. Synthesize it again."
            )
    return manifest


def _cli(manifest: Mapping[str, Json]) -> Cli:
    return Cli.CDK if "artifacts" in manifest else Cli.CDKTF
