"""First apply of every stack: nothing in it that Google's APIs refuse; each refusal is provoked once."""

from collections.abc import Callable
from functools import partial

import pytest

from assembly.values import Json
from tests.gcp import first_apply
from tests.gcp.terraform import Assembly, Stack
from tests.synthesis import CHECKOUT

DOCUMENT = (CHECKOUT / "docs" / "deploy" / "gcp.md").read_text()
# The step that lists the roles of whoever deploys; what the document names elsewhere is the right of another person.
CREDENTIALS = DOCUMENT.partition("\n2. Have credentials: ")[2].partition("\n3. ")[0]
CHECKS: dict[str, Callable[[Stack], list[str]]] = {
    "account ids": first_apply.bad_account_ids,
    "sinks": first_apply.grants_without_identity,
    "members": first_apply.foreign_members,
    "rights": partial(first_apply.undocumented_rights, document=CREDENTIALS),
    "analytics": first_apply.encrypted_analytics,
}


@pytest.mark.parametrize("check", CHECKS)
def test_no_api_refuses(gcp: Assembly, check: str) -> None:
    assert [breach for stack in gcp.stacks.values() for breach in CHECKS[check](stack)] == []


def test_whoever_deploys_is_asked_for_every_role_but_that_of_the_administrator_of_billing() -> None:
    assert [role for role in first_apply.RIGHTS.values() if role not in CREDENTIALS] == ["roles/billing.admin"]


def test_every_role_is_named_by_the_document() -> None:
    assert [role for role in first_apply.RIGHTS.values() if role not in DOCUMENT] == []


def add(stack: Stack, kind: str, **arguments: Json) -> None:
    stack.content["resource"].setdefault(kind, {})["Broken"] = {
        **arguments,
        "//": {"metadata": {"path": f"{stack.name}/Broken", "uniqueId": "Broken"}},
    }


def shorten_an_account_id(stack: Stack) -> None:
    stack.resources("google_service_account")[0].body["account_id"] = "nodes"


def grant_to_the_sink_of_the_own_project(stack: Stack) -> None:
    sink = stack.one("google_logging_project_sink", "Records")
    add(stack, "google_project_iam_member", member=f"${{{sink.type}.{sink.name}.writer_identity}}", role="roles/a.b")


def grant_to_a_group_of_google(stack: Stack) -> None:
    add(stack, "google_storage_bucket_iam_member", bucket="a", role="roles/a.b", member="group:a@google.com")


def grant_on_the_billing_account(stack: Stack) -> None:
    add(stack, "google_billing_account_iam_member", billing_account_id="a", role="roles/a.b", member="serviceAccount:a")


def analyse_the_encrypted_trail(stack: Stack) -> None:
    stack.one("google_logging_project_bucket_config", "Trail").body["enable_analytics"] = True


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (shorten_an_account_id, "account ids"),
        (grant_to_the_sink_of_the_own_project, "sinks"),
        (grant_to_a_group_of_google, "members"),
        (grant_on_the_billing_account, "rights"),
        (analyse_the_encrypted_trail, "analytics"),
    ],
)
def test_each_refusal_is_found(gcp_shared: Stack, change: Callable[[Stack], None], check: str) -> None:
    assert CHECKS[check](gcp_shared.changed(change)) != []
