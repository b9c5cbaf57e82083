"""Recordings of a deploy by Terraform's real providers to each embedded cloud, for the tests that replay them.

    python -m tests.providers.record FOLDER --providers MIRROR [--charts FOLDER] [--cloud gcp]

On Google Cloud's Terraform runs one operation at a time, so that each request can be told to which resource it belongs:
a quarter of an hour, most of it the waits of the provider after each change of a policy. Azure's is
:mod:`tests.providers.azure_record`.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console

from admin.archives import archive_in, keep
from admin.bootstrap.gcp.needs import read
from admin.bootstrap.gcp.steps import prepare
from admin.charts import put_missing
from admin.gcp.connection import connect_embedded
from assembly import Stack
from assembly.values import Json
from errors import exit_on_error
from local.gcp.cloud import EmbeddedGoogleCloud
from local.process import Process, Program
from local.terraform import working_copy
from local.terraform.cloud import TerraformCloud
from local.terraform.environment import deploy_environment
from local.terraform.providers import Providers
from local.terraform.terraform import Terraform, mirror, required_providers
from tests.local.gcp.recorded.replay import RECORDED, RECORDING
from tests.providers import azure_record, recording
from tests.providers.recorder import FILE

STACKS = ("gcp-shared", "gcp-prod")
_FOLDER = Path(__file__).parent
_UPDATES: Mapping[str, Mapping[str, Json]] = yaml.safe_load((_FOLDER / "updates.yaml").read_text())
_REPLACEMENTS: Mapping[str, Any] = yaml.safe_load((_FOLDER / "replacements.yaml").read_text())
# Arguments that keep a resource from being destroyed.
_PROTECTIONS = frozenset({"deletion_protection", "deletion_protection_enabled", "prevent_destroy"})
_ONE_BY_ONE = ("-json", "-auto-approve", "-input=false", "-parallelism=1")


class RecordedCloud(EmbeddedGoogleCloud):
    """An embedded Google Cloud that writes down what it is asked."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        usual = self._process._program
        program = Program(
            module="tests.providers.recorder",
            sources=(*usual.sources, "tests/providers"),
            environment=usual.environment,
        )
        self._process = Process(directory, program)


@dataclass(frozen=True)
class Runs:
    """Runs of Terraform on the stacks of a cloud.

    Attributes:
        cloud: where to.
        environment: of Terraform.
        events: file with what Terraform wrote.
        console: where to show how it goes.
    """

    cloud: EmbeddedGoogleCloud
    environment: Mapping[str, str]
    events: Path
    console: Console

    def run(self, step: str, stack: Stack, *words: str) -> None:
        """Run Terraform on a stack, under the name of a step."""
        began = time.time()
        with self.events.open("a") as file:
            file.write(json.dumps({"step": step, "stack": stack.name, "time": began}) + "\n")
            file.flush()
            done = subprocess.run(
                ["terraform", f"-chdir={stack.file.parent}", *words],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
            )
        self.console.print(f"{step} {stack.name}: {done.returncode}, {time.time() - began:.0f} s", highlight=False)


def record(cloud: EmbeddedGoogleCloud, providers: Path | None, charts: Path | None, console: Console) -> None:
    """Deploy, plan again, change, replace and destroy, and write the recording of it.

    Args:
        cloud: where nothing is yet.
        providers: Terraform's filesystem mirror, where the registry is not to be asked.
        charts: folder with the archives of charts, where their pages are not to be asked.
        console: where to show how it goes.
    """
    installed = Providers(cloud)
    installed.home.mkdir(parents=True)
    terraform = Terraform(installed.home, mirror(providers))
    assembly = working_copy.update(cloud)
    stacks = [assembly.stack(name) for name in STACKS]
    for stack in stacks:
        installed.install(terraform, stack)
    archives = cloud.directory / "charts"
    list(keep(archives, charts))
    cloud.start()
    connection = connect_embedded(cloud)
    list(prepare(connection, read(assembly.folder)))
    logs = cloud.directory / "logs"
    runs = Runs(cloud, deploy_environment(cloud), logs / "events.jsonl", console)
    for stack in stacks:
        # The state lies beside the stack: what a backend sends holds passwords, and is no request of a provider.
        override: Json = {"terraform": {"backend": {"local": {}}}}
        (stack.file.parent / "backend_override.tf.json").write_text(json.dumps(override))
        runs.run("init", stack, "init", "-input=false")
        runs.run("apply", stack, "apply", *_ONE_BY_ONE)
        if stack is stacks[0]:
            list(put_missing(connection, assembly.folder, lambda chart: archive_in(archives, chart).read_bytes()))
    for stack in stacks:
        runs.run("plan", stack, "plan", "-json", "-input=false", "-parallelism=1")
    _change(stacks)
    for stack in stacks:
        runs.run("update", stack, "apply", *_ONE_BY_ONE)
    for stack, replaced in _replacements(stacks):
        runs.run("replace", stack, "apply", *_ONE_BY_ONE, *(f"-replace={address}" for address in replaced))
    for stack in reversed(stacks):
        runs.run("destroy", stack, "apply", "-destroy", *_ONE_BY_ONE)
    versions = _versions(terraform, stacks)
    write(logs, {stack.name: stack.template for stack in stacks}, versions)
    given = ", ".join(f"{name} {version}" for name, version in versions.items())
    console.print(f"Recorded {RECORDING} with {given}.", highlight=False, soft_wrap=True)


def write(logs: Path, stacks: Mapping[str, Mapping[str, Any]], versions: Mapping[str, str]) -> None:
    """Write the recording of what was written down.

    Args:
        logs: folder of what the recorder and Terraform wrote.
        stacks: as they were deployed first.
        versions: of Terraform and its providers.
    """
    requests = list(recording.sent((logs / FILE).read_text().splitlines()))
    events = [line for line in (logs / "events.jsonl").read_text().splitlines() if line.startswith("{")]
    recording.attribute(requests, events)
    recording.scrub(requests)
    RECORDING.write_text("".join(f"{line}\n" for line in recording.lines(requests, stacks)))
    RECORDED.write_text(recording.described(versions, stacks) + "\n")


def _versions(terraform: Terraform, stacks: Sequence[Stack]) -> Mapping[str, str]:
    found = {
        name.rpartition("/")[2]: version for stack in stacks for name, version in required_providers(stack).items()
    }
    return {"terraform": terraform.version, **dict(sorted(found.items()))}


def _change(stacks: Sequence[Stack]) -> None:
    """Write another value of an argument of each type, and let everything be destroyed."""
    missing = dict(_UPDATES)
    for stack in reversed(stacks):
        template = json.loads(stack.file.read_text())
        template["resource"] = _unprotected(template["resource"])
        for kind, resources in template["resource"].items():
            for body in resources.values():
                if kind in missing and all(_put(body, *each) for each in missing[kind].items()):
                    del missing[kind]
        stack.file.write_text(json.dumps(template, indent=1))
    if missing:
        raise LookupError(f"updates.yaml: no resource has what is to be changed of {', '.join(missing)}")


def _unprotected(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: False if key in _PROTECTIONS else _unprotected(below) for key, below in value.items()}
    return [_unprotected(below) for below in value] if isinstance(value, list) else value


def _put(body: Json, argument: str, value: Json) -> bool:
    *above, last = argument.split(".")
    for key in above:
        body = body.get(key)
        body = body[0] if isinstance(body, list) else body
        if not isinstance(body, dict):
            return False
    body[last] = {**body.get(last, {}), **value} if isinstance(value, dict) else value
    return True


def _replacements(stacks: Sequence[Stack]) -> Iterator[tuple[Stack, Sequence[str]]]:
    """Yield the addresses of what is replaced in each stack: one resource of each type, or all."""
    done: set[str] = set()
    for stack in reversed(stacks):
        addresses = []
        for kind, resources in stack.template["resource"].items():
            if kind not in _REPLACEMENTS["impossible"] and kind not in done:
                done.add(kind)
                names = list(resources) if kind in _REPLACEMENTS["together"] else list(resources)[:1]
                addresses += [f"{kind}.{name}" for name in names]
        yield stack, addresses


def main(
    folder: Path,
    providers: Annotated[Path | None, typer.Option(help="Terraform's filesystem mirror, where no registry is.")] = None,
    charts: Annotated[Path | None, typer.Option(help="Folder of charts' archives, where their pages are not.")] = None,
    cloud: Annotated[str, typer.Option(help="gcp or azure; both where it is left out.")] = "",
) -> None:
    """Record a deploy to each embedded cloud in a folder of its own, which is emptied first and keeps its logs."""
    console = Console()
    recorders: Mapping[str, tuple[type[TerraformCloud], Callable[[Any], None]]] = {
        "gcp": (RecordedCloud, lambda recorded: record(recorded, providers, charts, console)),
        "azure": (
            azure_record.RecordedAzure,
            lambda recorded: azure_record.record(recorded, mirror(providers), console),
        ),
    }
    for recorded, work in [recorders[cloud]] if cloud else recorders.values():
        found = recorded(folder.resolve() / recorded.key)
        shutil.rmtree(found.directory, ignore_errors=True)
        with exit_on_error(), found.lock("a recording"):
            try:
                work(found)
            finally:
                found.stop()


if __name__ == "__main__":
    typer.run(main)
