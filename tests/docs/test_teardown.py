"""Teardown on Google Cloud: the documented order covers what is protected and follows the references of the stacks."""

import re

import pytest

from tests.gcp.terraform import Assembly, Resource, Stack
from tests.synthesis import CHECKOUT

TEXT = (CHECKOUT / "docs" / "deploy" / "gcp.md").read_text().partition("## Teardown")[2]
ORDER = re.findall(r"^\| `(google_\w+)` \| [^|]+ \| [^|]+ \|$", TEXT, re.MULTILINE)
# Their names are not free at once after a deletion, by the documents that the table names.
NOT_FREE = {"google_logging_project_bucket_config", "google_project_iam_custom_role", "google_service_account"}


def protected(resource: Resource) -> bool:
    """Return whether a destruction is refused, or leaves the resource where it is."""
    return (
        resource.protected or bool(resource.get("deletion_protection")) or resource.get("deletion_policy") == "ABANDON"
    )


def references(stack: Stack, resource: Resource) -> set[str]:
    """Return the types that a resource refers to, directly or through others."""
    addresses = {f"{each.type}.{each.name}": each for each in stack.resources()}
    found: set[str] = set()
    waiting = [f"{resource.type}.{resource.name}"]
    while waiting:
        for address in re.findall(r"\b(?:google|kubernetes|helm)_\w+\.[\w-]+", str(addresses[waiting.pop()].body)):
            if address in addresses and address not in found:
                found.add(address)
                waiting.append(address)
    return {address.partition(".")[0] for address in found}


@pytest.mark.plan("DR-6")
def test_everything_that_is_protected_has_its_place_in_the_order(gcp: Assembly) -> None:
    environments = [stack for name, stack in gcp.stacks.items() if name != "gcp-shared"]
    kinds = {resource.type for stack in environments for resource in stack.resources() if protected(resource)}
    assert sorted(ORDER) == sorted(kinds)
    assert {kind for kind in NOT_FREE if f"| `{kind}` |" not in TEXT} == set()


@pytest.mark.plan("DR-6")
def test_nothing_goes_before_what_refers_to_it(gcp: Assembly) -> None:
    wrong = set()
    for stack in gcp.stacks.values():
        for resource in (each for each in stack.resources() if each.type in ORDER):
            for kind in references(stack, resource) & {*ORDER} - {resource.type}:
                if ORDER.index(kind) < ORDER.index(resource.type):
                    wrong.add(f"{resource.type} refers to {kind}, which goes before it")
    assert wrong == set()
