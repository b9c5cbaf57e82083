"""Rights of the caller on projects, billing account and organization, by testIamPermissions."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from admin.bootstrap.gcp.methods import METHODS as BOOTSTRAP
from admin.gcp.api import Api
from admin.preflight.gcp.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing
from local.gcp.iam.permissions import (
    BILLING_ACCOUNT,
    ORGANIZATION,
    PROJECT,
    of_methods,
    of_types,
    place_of,
    roles_with,
)

_GROUP = "rights"


def checks(needs: Needs, api: Api) -> Iterator[Check]:
    """Yield a check for each project that the stacks write to, one of the billing account, one of the organization."""
    for project, permissions in in_projects(needs).items():
        yield Check(_GROUP, f"Project {project}", partial(_project, api, project, permissions))
    everywhere = [
        *of_methods(BOOTSTRAP),
        *of_types(resource.type for stack in needs.stacks for resource in stack.resources.values()),
    ]
    billing = _held_on(BILLING_ACCOUNT, everywhere)
    yield Check(_GROUP, f"Billing account {needs.billing_account}", partial(_billing_account, api, needs, billing))
    if needs.organization:
        organization = _held_on(ORGANIZATION, everywhere)
        yield Check(
            _GROUP, f"Organization {needs.organization}", partial(_organization, api, needs.organization, organization)
        )


def in_projects(needs: Needs) -> dict[str, list[str]]:
    """Return the permissions that the stacks and the bootstrap need in each project."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for stack in needs.stacks:
        for resource in stack.resources.values():
            kinds[needs.project_of(resource)].add(resource.type)
    own = {each.id for each in needs.projects}
    return {
        project: _held_on(PROJECT, [*of_types(found), *(of_methods(BOOTSTRAP) if project in own else ())])
        for project, found in kinds.items()
    }


def _held_on(place: str, permissions: Sequence[str]) -> list[str]:
    return sorted({each for each in permissions if place_of(each) == place})


def _project(api: Api, project: str, permissions: Sequence[str]) -> Answer:
    grant = f"gcloud projects add-iam-policy-binding {project}"
    return _answer(api, "projects", f"projects/{project}", permissions, grant)


def _billing_account(api: Api, needs: Needs, permissions: Sequence[str]) -> Answer:
    grant = f"gcloud billing accounts add-iam-policy-binding {needs.billing_account}"
    return _answer(api, "billingAccounts", f"billingAccounts/{needs.billing_account}", permissions, grant)


def _organization(api: Api, organization: str, permissions: Sequence[str]) -> Answer:
    grant = f"gcloud organizations add-iam-policy-binding {organization}"
    return _answer(api, "organizations", f"organizations/{organization}", permissions, grant)


def _answer(api: Api, kind: str, resource: str, permissions: Sequence[str], grant: str) -> Answer:
    allowed = api.allowed(kind, resource, permissions)
    absent = [each for each in permissions if each not in allowed]
    if not absent:
        return fine(f"you have all {len(permissions)} permissions")
    steps = [f"An administrator there: {grant} --member=user:<you> --role={role}" for role in roles_with(absent)]
    return missing(f"you may not {', '.join(absent)}", *steps)
