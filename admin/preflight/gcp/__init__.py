"""Preflight of Google Cloud: a module for each group of checks."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from admin.accounts import google_project, shared_project
from admin.errors import GoogleError, WrongAccountError
from admin.preflight.gcp import billing, bootstrap, constraints, delegation, quotas, rights
from admin.preflight.gcp.api import Api, sender
from admin.preflight.gcp.needs import Needs, needs_of
from admin.preflight.model import Answer, Check

__all__ = ["checks", "connect", "needs_of", "translated"]

_EXAMPLE = "example-"
_GROUPS = (rights, bootstrap, billing, constraints, quotas, delegation)


def connect(environment: str, project: str) -> Api:
    """Return the APIs, for the project of an environment.

    Raises:
        WrongAccountError: the environment is unknown or lives elsewhere, or its project is an example.
        GoogleError: there are no credentials.
    """
    expected = google_project(environment)
    if project != expected:
        raise WrongAccountError(
            f"PROJECT={project}: environments/{environment}.yaml names the project {expected}. Nobody was asked."
        )
    if examples := [name for name in (shared_project(), project) if name.startswith(_EXAMPLE)]:
        raise WrongAccountError(
            f"environments/: {', '.join(examples)} are examples; set projects of your own. Nobody was asked."
        )
    return Api(sender(), shared_project())


def checks(needs: Needs, api: Api) -> Iterator[Check]:
    """Yield all checks of a deploy, in the order in which a person clears them."""
    for group in _GROUPS:
        yield from map(translated, group.checks(needs, api))


def translated(check: Check) -> Check:
    """Return a check that says so where an answer lacks what it always has."""
    return replace(check, ask=partial(_ask, check))


def _ask(check: Check) -> Answer:
    try:
        return check.ask()
    except LookupError as error:
        raise GoogleError(f"Google's answer lacks {error}") from error
