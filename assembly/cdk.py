"""The synthesized application: made by the real CDK CLI, once, and made again only when a source has changed."""

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

from assembly.errors import SynthesisError
from assembly.revisions import CHECKOUT

CDK = ("node", str(CHECKOUT / "node_modules" / "aws-cdk" / "bin" / "cdk"))


@dataclass(frozen=True)
class Stack:
    """A stack as the assembly's manifest describes it.

    Attributes:
        name: its name in CloudFormation.
        account: where it goes.
        region: where it goes.
        needs: the stacks that must exist before it.
        bootstrap_version: the least version of the CDK's toolkit stack that can deploy it.
    """

    name: str
    account: str
    region: str
    needs: frozenset[str]
    bootstrap_version: int


class Assembly:
    """A directory of templates and assets that ``cdk deploy --app`` takes as it is."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()  # the CLI runs elsewhere

    @cached_property
    def stacks(self) -> Mapping[str, Stack]:
        """Every stack by its name."""
        artifacts = json.loads((self.directory / "manifest.json").read_text())["artifacts"]
        found = {name: item for name, item in artifacts.items() if item["type"] == "aws:cloudformation:stack"}

        def read(artifact_id: str) -> Stack:
            properties = found[artifact_id].get("properties", {})
            account, region = found[artifact_id]["environment"].removeprefix("aws://").split("/")
            needs = found.keys() & set(found[artifact_id].get("dependencies", ()))
            return Stack(
                name=properties.get("stackName", artifact_id),
                account=account,
                region=region,
                needs=frozenset(found[need].get("properties", {}).get("stackName", need) for need in needs),
                bootstrap_version=int(properties.get("requiresBootstrapStackVersion", 0)),
            )

        return {stack.name: stack for stack in map(read, found)}

    def template(self, stack: str) -> Path:
        """The file that holds a stack's template."""
        return self.directory / f"{stack}.template.json"

    def with_needs(self, names: Iterable[str]) -> list[Stack]:
        """The stacks named and all that they need, each after what it needs."""
        ordered: dict[str, Stack] = {}

        def visit(name: str) -> None:
            if name in ordered:
                return
            for need in sorted(self.stacks[name].needs):
                visit(need)
            ordered[name] = self.stacks[name]

        for name in names:
            if name not in self.stacks:
                raise SynthesisError(f"The application has no stack {name}. It has {', '.join(sorted(self.stacks))}.")
            visit(name)
        return list(ordered.values())


def synthesize(directory: Path, environment: Mapping[str, str], environments: str, logs: Path) -> Assembly:
    """Run ``cdk synth`` where a source has changed since the assembly was made.

    Args:
        directory: where the assembly is, or shall be.
        environment: what the CLI and the application see.
        environments: the context of that name, which chooses among the application's environments; empty for all.
        logs: the folder for what they say.

    Raises:
        SynthesisError: the application does not synthesize.
    """
    fingerprint, mark = _fingerprint(), directory / "sources.sha256"
    if fingerprint and mark.exists() and mark.read_text() == fingerprint:
        return Assembly(directory)
    mark.unlink(missing_ok=True)
    choice = ["--context", f"environments={environments}"] if environments else []
    result = subprocess.run(  # noqa: S603 - the pinned CLI, with arguments of our own
        [*CDK, "synth", "--quiet", *choice, "--output", str(directory)],
        cwd=CHECKOUT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    (logs / "synth.log").write_text(result.stdout + result.stderr)
    if result.returncode != 0:
        raise SynthesisError(
            f"The application does not synthesize. `cdk synth` says:\n{(result.stderr or result.stdout).strip()}"
        )
    mark.write_text(fingerprint)
    return Assembly(directory)


def _fingerprint() -> str:
    """One digest of every file that is not ignored, and of the library that reads them; empty without git."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - git is wherever it is
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
    )
    if listing.returncode != 0:
        return ""
    digest = hashlib.sha256(metadata.version("aws-cdk-lib").encode())
    for name in sorted(filter(None, listing.stdout.split(b"\0"))):
        file = CHECKOUT / name.decode()
        if file.is_file():
            digest.update(name + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
