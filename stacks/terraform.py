"""Stacks of CDKTF, in every cloud: the application, and which stacks it has."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from cdktf import App

from environments import Environment, EnvironmentsError, InputError, select_environments

# The name of what belongs to no environment, as part of its stack's name and as a tag.
SHARED = "shared"
_Place = TypeVar("_Place")


def application(output: Path) -> App:
    """Return an application without stacks.

    Args:
        output: the folder that is written to, which must be there.
    """
    # CDKTF's validation asks the `terraform` binary for its version, which only a real project needs; the bytes are the
    # same without.
    return App(outdir=str(output), skip_validation=True)


def add_stacks(
    app: App,
    environments: Sequence[Environment],
    *,
    key: str,
    what: str,
    shared: _Place | None,
    places: Mapping[str, object],
    add_shared: Callable[[_Place], None],
    add_environment: Callable[[Environment, _Place], None],
) -> None:
    """Add the stacks of a cloud.

    ``CDKTF_CONTEXT_JSON='{"environments": "prod"}'`` takes that environment only, without what all share.

    Args:
        app: that the stacks are added to.
        environments: all of them.
        key: of a place in the files, such as ``account.gcp.project``.
        what: a place is, for the message.
        shared: the place of what belongs to no environment.
        places: the place of each environment, by its name; None where its file names none.
        add_shared: adds the stack of what belongs to no environment.
        add_environment: adds the stack of an environment.

    Raises:
        EnvironmentsError: when a file names no place in the cloud.
    """
    missing = [
        InputError(f"environments/{name}.yaml", None, key, "nothing", what)
        for name, place in [("policy", shared), *places.items()]
        if place is None
    ]
    if shared is None or missing:
        raise EnvironmentsError(missing)
    only = app.node.try_get_context("environments")
    if not only:
        add_shared(shared)
    for environment in select_environments(environments, only):
        add_environment(environment, shared)
