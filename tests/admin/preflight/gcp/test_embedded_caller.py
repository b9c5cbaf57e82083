"""The preflight's rows of rights on an embedded Google Cloud whose caller lacks a role."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from admin.gcp.api import Api
from admin.preflight.gcp import rights
from admin.preflight.gcp.methods import METHODS
from admin.preflight.gcp.needs import Needs
from admin.preflight.model import Answer, State
from local.gcp.iam.caller import Caller
from local.gcp.iam.guard import Guarded
from local.gcp.iam.permissions import BUCKET, roles
from local.gcp.rest.apis import RestApis
from local.proxy.api import Request
from local.proxy.store import Store

ORGANIZATION = "1"
Ask = Callable[..., Mapping[str, Answer]]


@pytest.fixture
def ask(needs: Needs) -> Ask:
    """Ask for the rights of a caller with some roles, and return the answers by their subjects."""
    store = Store()
    api = Guarded(RestApis(store), store)

    def send(verb: str, url: str, body: bytes | None, _: str | None) -> tuple[int, bytes]:
        address = urlsplit(url)
        query = dict(parse_qsl(address.query))
        answer = api.answer(Request(method=verb, host=address.netloc, path=address.path, query=query, body=body or b""))
        return answer.status, answer.body

    def answers(*held: str) -> Mapping[str, Answer]:
        Caller(store).turn({"roles": ",".join(held)})
        questions = rights.checks(replace(needs, organization=ORGANIZATION), Api(send, METHODS, embedded=True))
        return {check.subject: check.ask() for check in questions}

    return answers


def test_the_owner_of_everything_lacks_nothing(ask: Ask) -> None:
    assert {answer.state for answer in ask("all").values()} == {State.FINE}


def test_the_roles_that_the_document_names_suffice(ask: Ask) -> None:
    assert {answer.state for answer in ask(*(role.name for role in roles())).values()} == {State.FINE}


@pytest.mark.parametrize(
    ("role", "subject"),
    [
        ("roles/owner", "Project "),
        ("roles/billing.user", "Billing account "),
        ("roles/billing.costsManager", "Billing account "),
        ("roles/resourcemanager.projectCreator", "Organization "),
    ],
)
def test_a_row_names_the_role_that_is_lacking(ask: Ask, role: str, subject: str) -> None:
    held = (each.name for each in roles() if each.name not in (role, "roles/billing.admin"))
    found = ask(*held)
    missing = {name: answer for name, answer in found.items() if answer.state is State.MISSING}
    assert missing.keys() == {name for name in found if name.startswith(subject)}
    assert all(any(step.endswith(f"--role={role}") for step in answer.next_steps) for answer in missing.values())


def test_rights_on_a_bucket_are_not_asked_for(ask: Ask) -> None:
    """The owners of its project have them, which the project does not show."""
    held = (each.name for each in roles() if each.granted_on != BUCKET)
    assert {answer.state for answer in ask(*held).values()} == {State.FINE}
