"""Organization policies, where the files name an organization."""

import pytest

from tests.gcp.terraform import Assembly
from tests.synthesis import copy_sources, synthesize

POLICY = "google_org_policy_policy"
FORBIDDEN = [
    pytest.param("iam.disableServiceAccountKeyCreation", marks=pytest.mark.plan("SEC-9/keyless")),
    pytest.param("storage.uniformBucketLevelAccess", marks=pytest.mark.plan("SEC-2")),
    pytest.param("storage.publicAccessPrevention", marks=pytest.mark.plan("SEC-2")),
    pytest.param("sql.restrictPublicIp", marks=pytest.mark.plan("SEC-1/data")),
    pytest.param("compute.requireOsLogin", marks=pytest.mark.plan("SEC-9/keyless")),
    pytest.param("compute.skipDefaultNetworkCreation", marks=pytest.mark.plan("SEC-2")),
]


@pytest.fixture(scope="module")
def organized(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The stacks of a user who has an organization."""
    folder = tmp_path_factory.mktemp("organized")
    checkout = copy_sources(folder / "checkout")
    policy = checkout / "environments" / "policy.yaml"
    text = policy.read_text()
    key = "billing_account: 000000-000000-000000"
    assert text.count(key) == 1
    policy.write_text(text.replace(key, f'{key}, organization: "123456789012"'))
    synthesize(folder / "out", "gcp", checkout=checkout)
    return Assembly.read(folder / "out")


@pytest.mark.parametrize("constraint", FORBIDDEN)
def test_it_is_forbidden_in_every_project(organized: Assembly, constraint: str) -> None:
    for stack in organized.stacks.values():
        project = f"projects/example-goodies-{stack.name.removeprefix('gcp-')}"
        rule = stack.one(POLICY, name=f"{project}/policies/{constraint}")
        assert rule["parent"] == project
        assert rule["spec"]["rules"] == [{"enforce": "TRUE"}]


@pytest.mark.plan("SEC-1/compute")
def test_nothing_leaves_the_continent_and_no_machine_is_public(organized: Assembly) -> None:
    for stack in organized.stacks.values():
        rules = {rule["name"].rpartition("/")[2]: rule["spec"]["rules"] for rule in stack.resources(POLICY)}
        assert rules["gcp.resourceLocations"] == [{"values": {"allowed_values": ["in:us-locations"]}}]
        assert rules["compute.vmExternalIpAccess"] == [{"deny_all": "TRUE"}]


def test_without_an_organization_there_is_none(gcp: Assembly) -> None:
    assert [str(rule) for stack in gcp.stacks.values() for rule in stack.resources(POLICY)] == []
