"""Permissions that the stacks need, and the rights that docs/deploy/gcp.md asks for."""

import re

import pytest

from admin.bootstrap.gcp.methods import METHODS as BOOTSTRAP
from assembly import Assembly
from local.gcp.iam.permissions import of_methods, of_types, place_of, roles, without_row
from tests.synthesis import CHECKOUT

DOCUMENT = (CHECKOUT / "docs" / "deploy" / "gcp.md").read_text(encoding="utf-8")
_COMMAND = re.compile(r"`(?:make bootstrap|cdktf|gcloud|kubectl|terraform|python -m admin)\b")
_STEPS = [step for step in re.findall(r"^\d+\. .*\n(?:   .*\n)*", DOCUMENT, re.MULTILINE) if _COMMAND.search(step)]
_SIGN_IN = "2. Have credentials"  # it names the roles of all steps


def test_each_type_has_a_row(synthesized: Assembly) -> None:
    assert without_row(each.type for each in synthesized.resources.values()) == []


def test_the_roles_that_the_document_names_cover_each_permission(synthesized: Assembly) -> None:
    needed = {*of_types(each.type for each in synthesized.resources.values()), *of_methods(BOOTSTRAP)}
    # Of organization policies, which the example environments have not.
    needed |= set(of_types(["google_org_policy_policy", "google_billing_account_iam_member"]))
    held = {(role.granted_on, each) for role in roles() for each in role.permissions}
    assert sorted(each for each in needed if (place_of(each), each) not in held) == []


def test_the_document_names_the_roles_of_the_data() -> None:
    assert set(re.findall(r"`(roles/[\w.]+)`", DOCUMENT)) == {role.name for role in roles()}


@pytest.mark.parametrize("step", [step for step in _STEPS if not step.startswith(_SIGN_IN)], ids=lambda step: step[:20])
def test_each_step_names_its_right(step: str) -> None:
    _, _, right = step.partition("Right: ")
    known = {each for role in roles() for each in (role.name, *role.permissions)}
    named = set(re.findall(r"`((?:roles/)?\w+\.[\w.]+|roles/\w+)`", right))
    assert named
    assert named <= known


def test_the_document_has_steps() -> None:
    assert len(_STEPS) >= 8
