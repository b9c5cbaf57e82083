"""Recording of a deploy by azurerm to the embedded Azure, for :mod:`tests.providers.record`.

Both regions of production are deployed, planned again and destroyed: some minutes, most of them the provider's waits.
"""

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from rich.console import Console

from admin.bootstrap.azure import prepare_embedded
from assembly import Stack
from errors import GoodiesError
from local.azure.cloud import EmbeddedAzure
from local.process import Process, Program
from local.terraform import working_copy
from local.terraform.environment import deploy_environment
from local.terraform.providers import Providers
from local.terraform.terraform import Terraform
from tests.local.azure.recorded.replay import RECORDING
from tests.providers.recorder import FILE

_STACKS = ("azure-shared", "azure-prod")
_HEADERS = ("if-match", "if-none-match")
_PASSWORD = re.compile(r'("\w*Password"\s*:\s*)"[^"]*"')
_ANSWERED = ("Azure-AsyncOperation", "Retry-After")


class RecordingError(GoodiesError):
    """Terraform has not done what is to be recorded."""


class RecordedAzure(EmbeddedAzure):
    """An embedded Azure that writes down what it is asked."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        usual = self._process._program
        program = Program(
            module="tests.providers.azure_recorder",
            sources=(*usual.sources, "tests/providers"),
            environment=usual.environment,
        )
        self._process = Process(directory, program)


def record(cloud: RecordedAzure, providers: Path | None, console: Console) -> None:
    """Deploy, plan again, destroy, and write the recording of it.

    Args:
        cloud: where nothing is yet.
        providers: Terraform's filesystem mirror, where the registry is not to be asked.
        console: where to show how it goes.

    Raises:
        RecordingError: Terraform fails, or the second plan has a change.
    """
    installed = Providers(cloud)
    installed.home.mkdir(parents=True)
    terraform = Terraform(installed.home, providers)
    assembly = working_copy.update(cloud)
    stacks = [assembly.stack(name) for name in _STACKS]
    for stack in stacks:
        installed.install(terraform, stack)
    cloud.start()
    list(prepare_embedded(cloud, assembly))
    for stack in stacks:
        _forget_what_destroys_nothing(stack)
        _run(cloud, stack, console, "init", "-input=false")
        _run(cloud, stack, console, "apply", "-auto-approve", "-input=false")
    for stack in stacks:
        _run(cloud, stack, console, "plan", "-input=false", "-detailed-exitcode")
    for stack in reversed(stacks):
        _run(cloud, stack, console, "apply", "-destroy", "-auto-approve", "-input=false")
    write(cloud.directory / "logs" / FILE)
    console.print(f"Recorded {RECORDING}.", highlight=False, soft_wrap=True)


def _forget_what_destroys_nothing(stack: Stack) -> None:
    """Let all be destroyed, and the state lie beside the stack: what a backend sends holds passwords."""
    text = stack.file.read_text().replace('"prevent_destroy": true', '"prevent_destroy": false')
    stack.file.write_text(text)
    override: dict[str, Any] = {"terraform": {"backend": {"local": {}}}}
    (stack.file.parent / "backend_override.tf.json").write_text(json.dumps(override))


def _run(cloud: EmbeddedAzure, stack: Stack, console: Console, *words: str) -> None:
    done = subprocess.run(
        ["terraform", f"-chdir={stack.file.parent}", *words, "-no-color"],
        env=deploy_environment(cloud),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    console.print(f"{words[0]} {stack.name}: {done.returncode}", highlight=False)
    if done.returncode:
        raise RecordingError(f"{words[0]} {stack.name}: {done.stdout[-3000:]}{done.stderr[-6000:]}")


def write(log: Path) -> None:
    """Write the recording: without log-ins and values of secrets, and what is repeated at once only once."""
    lines: list[str] = []
    for line in log.read_text().splitlines():
        row = json.loads(line)
        if row["host"] == "login.microsoftonline.com":
            continue
        text = json.dumps(_content(row), sort_keys=True, separators=(",", ":"))
        if not lines or lines[-1] != text:
            lines.append(text)
    RECORDING.write_text("\n".join(lines) + "\n")


def _content(row: dict[str, Any]) -> dict[str, Any]:
    body, answer = (_json(base64.b64decode(row[key]), row["path"]) for key in ("body", "answer"))
    kept = {name: value for name, value in row["headers"].items() if name in _HEADERS}
    answered = {name: value for name, value in row["answered"].items() if name in _ANSWERED}
    sent = {key: row[key] for key in ("method", "host", "path", "query")} | {"headers": kept, "answered": answered}
    return {"sent": sent | {"body": body}, "status": row["status"], "answer": answer}


def _json(content: bytes, path: str) -> Any:
    """Return a content as JSON, without the value of a secret and a password; None where it is none."""
    if content[:1] not in {b"{", b"["}:
        return None
    value = json.loads(_PASSWORD.sub(r'\1"secret"', content.decode()))
    return {**value, "value": "secret"} if path.startswith("/secrets/") and "value" in value else value
