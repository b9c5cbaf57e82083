"""Preflight of Google Cloud: a module for each group of checks."""

from collections.abc import Iterator

from admin.accounts import google_project, shared_project
from admin.errors import WrongAccountError
from admin.gcp.api import Api
from admin.gcp.connection import Connection
from admin.gcp.connection import connect as connect_to
from admin.preflight.gcp import billing, bootstrap, constraints, delegation, quotas, rights
from admin.preflight.gcp.methods import METHODS
from admin.preflight.gcp.needs import Needs, needs_of
from admin.preflight.model import Check, translated

__all__ = ["account_of", "api_of", "checks", "connect", "needs_of", "translated"]

_EXAMPLE = "example-"
account_of = google_project
_GROUPS = (rights, bootstrap, billing, constraints, quotas, delegation)


def connect(environment: str, project: str | None) -> Connection:
    """Return Google Cloud, for the project of an environment; the embedded one where none was typed.

    Raises:
        WrongAccountError: the environment is unknown or lives elsewhere, or its project is an example.
        ApiError: there are no credentials, or the embedded Google Cloud does not run.
    """
    expected = google_project(environment)
    if project is not None:
        if project != expected:
            raise WrongAccountError(
                f"PROJECT={project}: environments/{environment}.yaml names the project {expected}. Nobody was asked."
            )
        if examples := [name for name in (shared_project(), project) if name.startswith(_EXAMPLE)]:
            raise WrongAccountError(
                f"environments/: {', '.join(examples)} are examples; set projects of your own. Nobody was asked."
            )
    return connect_to(project, expected)


def api_of(connection: Connection) -> Api:
    """Return the APIs, which are asked and never change anything."""
    return Api(connection.send, METHODS, shared_project(), embedded=connection.embedded)


def checks(needs: Needs, api: Api) -> Iterator[Check]:
    """Yield all checks of a deploy, in the order in which a person clears them."""
    for group in _GROUPS:
        yield from map(translated, group.checks(needs, api))
