"""Deploy of a stack to an embedded cloud, with the CDKTF's own CLI and Terraform's real providers."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from rich.console import Console

from assembly import Stack
from assembly.revisions import CHECKOUT
from local.errors import EmbeddedCloudError, PrerequisiteError
from local.terraform import working_copy
from local.terraform.cloud import TerraformCloud
from local.terraform.progress import TerraformProgress
from local.terraform.recovery import UnrecordedError, unrecorded
from local.terraform.terraform import forget_backend

CDKTF = ("node", str(CHECKOUT / "node_modules" / "cdktn-cli" / "bin" / "cdktn"))
# `terraform providers lock`, which the CLI runs after `init`, asks the registry in spite of a mirror.
_OPTIONS = ("--skip-synth", "--skip-provider-lock", "--auto-approve", "--no-color")
_POLL_SECONDS = 0.5
_READ_SECONDS = 0.1
# What APIs and providers say of a name that is taken; Cloud Storage says that it is owned.
_EXISTS = ("already exists", "already own")
# What Terraform may take to write its state after an interrupt.
_SAVE_SECONDS = 120


def check_platform(name: str) -> None:
    """Refuse a system where Terraform would not trust an embedded cloud.

    Args:
        name: of the cloud, as messages call it.

    Raises:
        PrerequisiteError: it is macOS.
    """
    if sys.platform == "darwin":
        # Go reads SSL_CERT_FILE on Linux (crypto/x509, root_unix.go), and not on macOS (root_darwin.go).
        raise PrerequisiteError(
            f"{name} runs on Linux only: on macOS Terraform trusts the certificates of the key chain"
            " and no others, and nothing is written there. A container or a virtual machine with Linux does it."
        )


def apply(
    cloud: TerraformCloud,
    stack: Stack,
    progress: TerraformProgress,
    console: Console,
    *,
    environment: Mapping[str, str],
) -> None:
    """Deploy a stack of the working copy to a cloud that runs and is locked.

    Args:
        cloud: where to.
        stack: of the working copy; its providers are installed.
        progress: of the stacks.
        console: where to show how it goes.
        environment: of the CLI.

    Raises:
        UnrecordedError: something of the stack exists and is in no state.
        EmbeddedCloudError: whatever else keeps it from being deployed. The next call goes on from there.
    """
    folder = working_copy.folder(cloud)
    console.print(f"[dim]$ cdktf deploy {stack.name}[/]", highlight=False, soft_wrap=True)
    forget_backend(stack.file.parent)
    output = cloud.directory / "logs" / f"deploy-{stack.name}.log"
    progress.begin(stack.name)
    with (
        output.open("w") as log,
        output.open(errors="replace") as written,
        progress.shown(),
        subprocess.Popen(  # noqa: S603 - the pinned CLI, with arguments of our own
            [*CDKTF, "deploy", stack.name, *_OPTIONS, "--output", str(folder)],
            cwd=cloud.directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,  # a pipe would end with this process, and Terraform with the pipe, without saving its state
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that one Ctrl-C reaches Terraform once: after a second it saves no state
        ) as cli,
    ):
        threading.Thread(target=_end_without_cloud, args=(cloud, cli, progress), daemon=True).start()
        try:
            for line in _lines(written, cli):
                progress.follow(line)
        except KeyboardInterrupt:
            _interrupt(cli, console)
            raise
        finally:
            applied = progress.finish()
    if applied and cli.returncode == 0:
        return
    _fail(cloud, stack, progress, output)


def _lines(written: TextIO, cli: subprocess.Popen[bytes]) -> Iterator[str]:
    """Yield what a process writes to a file, line by line, up to its end."""
    unfinished = ""
    while True:
        ended = cli.poll() is not None
        while part := written.readline():
            unfinished += part
            if unfinished.endswith("\n"):
                yield unfinished
                unfinished = ""
        if ended:
            break
        time.sleep(_READ_SECONDS)
    if unfinished:
        yield unfinished


def _interrupt(cli: subprocess.Popen[bytes], console: Console) -> None:
    """Interrupt the CLI and Terraform, and wait until Terraform has saved its state; Ctrl-C again kills both."""
    for kind in (signal.SIGINT, signal.SIGKILL):
        try:
            with suppress(ProcessLookupError):
                os.killpg(cli.pid, kind)
            if kind is signal.SIGINT:
                console.print(
                    "Interrupted: waiting until Terraform has saved its state. Ctrl-C again ends it at once, and no"
                    " state has what it made meanwhile.",
                    soft_wrap=True,
                )
            cli.wait()
        except KeyboardInterrupt:
            continue
        return


def _end_without_cloud(cloud: TerraformCloud, cli: subprocess.Popen[bytes], progress: TerraformProgress) -> None:
    """End the CLI when the cloud is gone: Terraform retries without an end, and to release its lock above all.

    Before that it writes the state that it cannot save to ``errored.tfstate``, and is left the time for it.
    """
    while cloud.running():
        if cli.poll() is not None:
            return
        time.sleep(_POLL_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(cli.pid, signal.SIGINT)
        deadline = time.monotonic() + (_SAVE_SECONDS if progress.changing else _POLL_SECONDS)
        while cli.poll() is None and not progress.saved and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        os.killpg(cli.pid, signal.SIGKILL)


def _fail(cloud: TerraformCloud, stack: Stack, progress: TerraformProgress, output: Path) -> None:
    if not cloud.running():
        raise EmbeddedCloudError(
            f"{cloud.name} ended during the deploy: something killed it, or it failed (its log is"
            f" {cloud.log}). What Terraform recorded is kept: run the command again, and it goes on from there."
        )
    cloud.check_disk()
    errors = list(dict.fromkeys(progress.errors)) or [output.read_text().strip()[-2000:]]
    way = "Correct the cause and run the command again; it goes on from there."
    resources = unrecorded(cloud, errors)
    if resources:
        way += f" `make shell CLOUD={cloud.key}`, and there: " + "; ".join(
            f"terraform -chdir={stack.file.parent} import {address} '{each}'" for address, each in resources.items()
        )
    elif any(sign in error for error in errors for sign in _EXISTS):
        way += (
            " What exists and is in no state was made by a Terraform that was killed before it saved its state:"
            f" `terraform import` in `make shell CLOUD={cloud.key}` takes it over, `{cloud.destroy}` removes it"
            " with all else."
        )
    message = (
        f"The deploy of {stack.name} failed:\n" + "\n".join(f"  {error}" for error in errors) + "\nThe whole output of"
        f" `cdktf deploy` is in {output}. {way}"
    )
    raise UnrecordedError(message, resources) if resources else EmbeddedCloudError(message)
