"""What an organization forbids, where the files name one."""

import shutil
from pathlib import Path

import pytest

from tests.gcp.terraform import Assembly
from tests.synthesis import CHECKOUT, synthesize

POLICY = "google_org_policy_policy"
NAMES = ("app.py", "cdk.json", "constructs_lib", "environments", "errors.py", "stacks", "operations")
FORBIDDEN = {
    "iam.disableServiceAccountKeyCreation": "SEC-9",
    "storage.uniformBucketLevelAccess": "SEC-2",
    "storage.publicAccessPrevention": "SEC-2",
    "sql.restrictPublicIp": "SEC-1",
    "compute.requireOsLogin": "SEC-9",
    "compute.skipDefaultNetworkCreation": "SEC-2",
}
EACH = [pytest.param(name, marks=pytest.mark.plan(promise)) for name, promise in FORBIDDEN.items()]


@pytest.fixture(scope="module")
def organized(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The stacks of a user who has an organization."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in NAMES:
        source = CHECKOUT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    policy = folder / "environments" / "policy.yaml"
    text = policy.read_text()
    key = "billing_account: 000000-000000-000000"
    assert text.count(key) == 1
    policy.write_text(text.replace(key, f'{key}, organization: "123456789012"'))
    synthesize(Path(folder, "out"), "gcp", checkout=folder)
    return Assembly.read(folder / "out")


@pytest.mark.parametrize("constraint", EACH)
def test_it_is_forbidden_in_every_project(organized: Assembly, constraint: str) -> None:
    for stack in organized.stacks.values():
        project = f"projects/example-goodies-{stack.name.removeprefix('gcp-')}"
        rule = stack.one(POLICY, name=f"{project}/policies/{constraint}")
        assert rule["parent"] == project
        assert rule["spec"]["rules"] == [{"enforce": "TRUE"}]


@pytest.mark.plan("GCP-1", "SEC-1")
def test_nothing_leaves_the_continent_and_no_machine_is_public(organized: Assembly) -> None:
    for stack in organized.stacks.values():
        rules = {rule["name"].rpartition("/")[2]: rule["spec"]["rules"] for rule in stack.resources(POLICY)}
        assert rules["gcp.resourceLocations"] == [{"values": {"allowed_values": ["in:us-locations"]}}]
        assert rules["compute.vmExternalIpAccess"] == [{"deny_all": "TRUE"}]


def test_without_an_organization_there_is_none(gcp: Assembly) -> None:
    assert [str(rule) for stack in gcp.stacks.values() for rule in stack.resources(POLICY)] == []
