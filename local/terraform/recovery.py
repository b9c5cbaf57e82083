"""Recovery of what a deploy left that was killed: a lock, a state that was not saved, resources that no state has."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from assembly import Stack
from assembly.values import Json
from local.errors import EmbeddedCloudError
from local.terraform.cloud import TerraformCloud
from local.terraform.processes import at_work
from local.terraform.state import State, addresses
from local.terraform.terraform import Terraform, explained, forget_backend

# Terraform writes it where it runs when the backend does not take the state.
_ERRORED = "errored.tfstate"


class UnrecordedError(EmbeddedCloudError):
    """A deploy has met resources that exist and are in no state.

    Args:
        message: for a person.
        resources: their ids, by their addresses.
    """

    def __init__(self, message: str, resources: Mapping[str, str]) -> None:
        super().__init__(message)
        self.resources = resources


def recover(
    cloud: TerraformCloud, stack: Stack, terraform: Terraform, *, environment: Mapping[str, str]
) -> Iterator[str]:
    """Bring a stack's state into order before a deploy, and yield a line for each thing that is done.

    Args:
        cloud: runs, and is locked.
        stack: of the working copy; its providers are installed.
        terraform: pushes the state.
        environment: of Terraform on this cloud.

    Raises:
        EmbeddedCloudError: Terraform is at work on the stack, or the state that was not saved is another's.
    """
    state = cloud.state(stack)
    lock = state.lock()
    if found := _at_work(cloud, stack, locked=lock is not None):
        raise EmbeddedCloudError(
            f"Terraform is at work on {stack.name} (process {found}), from `make shell` or from a deploy that was"
            " killed without it. Wait for it to end, or end it; then run this one again."
        )
    if lock:
        state.unlock(lock)
        yield f"{stack.name}: let go of the lock that {lock.operation} took {lock.created}; its process is gone"
    errored = stack.file.with_name(_ERRORED)
    if errored.exists():
        yield _push(state, errored, stack, terraform, environment)


def unrecorded(cloud: TerraformCloud, errors: Sequence[str]) -> Mapping[str, str]:
    """Return the ids of resources that exist and are in no state, by their addresses, as errors of a deploy name them.

    A provider that records a resource after its last call only loses what it was making when it was killed.
    """
    found = (cloud.unrecorded.search(error) for error in errors) if cloud.unrecorded else ()
    return {each["address"]: each["id"] for each in found if each}


def take_over(
    stack: Stack, resources: Mapping[str, str], terraform: Terraform, *, environment: Mapping[str, str]
) -> Iterator[str]:
    """Take resources into the state of a stack, and yield a line for each.

    Args:
        stack: of the working copy; its backend and its providers are installed.
        resources: ids by addresses.
        terraform: imports them.
        environment: of Terraform on this cloud.

    Raises:
        EmbeddedCloudError: Terraform does not take one.
    """
    for address, resource in resources.items():
        done = terraform.run(
            stack.file.parent, "import", "-input=false", "-no-color", address, resource, environment=environment
        )
        if done.returncode:
            raise EmbeddedCloudError(
                f"{resource} exists, is in no state, and cannot be taken over as {address} of {stack.name}:"
                f" {explained('import', done.stderr or done.stdout)}"
            )
        yield f"{stack.name}: took over {address}, which an earlier deploy made and could not record"


def _at_work(cloud: TerraformCloud, stack: Stack, *, locked: bool) -> int | None:
    """Return the id of a process that works on a stack; None where there is none.

    The CLI of a deploy that was killed takes the lock later. Terraform alone holds it, wherever it runs.
    """
    for found in at_work(cloud.certificate):
        if (found.cli and stack.name in found.words) or (found.terraform and locked):
            return found.process.pid
    return None


def _push(state: State, errored: Path, stack: Stack, terraform: Terraform, environment: Mapping[str, str]) -> str:
    saved, left = state.read(), _read(errored)
    if saved and saved["lineage"] != left["lineage"]:
        raise EmbeddedCloudError(
            f"{errored} is of another state than the one of the backend: its lineage is {left['lineage']}, and not"
            f" {saved['lineage']}. It is kept. Move it away, if it is another checkout's, and run the command again."
        )
    if saved and saved["serial"] >= left["serial"]:
        kept = errored.with_suffix(f".{left['serial']}")
        errored.rename(kept)
        return f"{stack.name}: the state of the backend is not older than {_ERRORED}, which is now {kept.name}"
    forget_backend(errored.parent)
    for words in (("init", "-input=false"), ("state", "push", _ERRORED)):
        done = terraform.run(errored.parent, *words, environment=environment)
        if done.returncode:
            raise EmbeddedCloudError(
                f"{errored} cannot be pushed, and is kept: {explained(' '.join(words), done.stderr)}"
            )
    errored.unlink()
    return (
        f"{stack.name}: pushed {_ERRORED}, with {len(addresses(left))} resources, that an earlier deploy could not save"
    )


def _read(errored: Path) -> Json:
    try:
        found = json.loads(errored.read_text())
        return {**found, "lineage": found["lineage"], "serial": found["serial"]}
    except (ValueError, KeyError, TypeError) as error:
        raise EmbeddedCloudError(
            f"{errored} is damaged: {error!r}. It is kept. Move it away and run the command again; what it lists and"
            " the state does not, Terraform then finds in its way."
        ) from None
