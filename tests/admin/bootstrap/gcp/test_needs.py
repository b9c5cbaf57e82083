"""Needs of the bootstrap, read from the synthesized stacks."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from admin.bootstrap.gcp.needs import AGENTS, read
from tests.gcp.terraform import Assembly

SHARED = "acme-goodies-shared"


def _projects(stacks: Path, name: str) -> Sequence[str]:
    return [each.id for each in read(stacks).projects if name in each.apis]


def test_each_project_gets_the_apis_of_its_stack(stacks: Path, gcp: Assembly) -> None:
    """No resource is without its API: a type that is not known stops the bootstrap, and this test."""
    environments = [f"acme-goodies-{name}" for name in ("dev", "prod", "staging")]
    assert sorted(_projects(stacks, "sqladmin.googleapis.com")) == environments
    assert sorted(_projects(stacks, "container.googleapis.com")) == environments
    assert _projects(stacks, "billingbudgets.googleapis.com") == [SHARED]
    assert _projects(stacks, "containerscanning.googleapis.com") == [SHARED]
    assert len(_projects(stacks, "cloudkms.googleapis.com")) == len(gcp.stacks)


def test_whoever_is_granted_a_key_has_an_identity(stacks: Path) -> None:
    prod = next(each for each in read(stacks).projects if each.id.endswith("prod"))
    apis = {agent.api for agent in prod.agents}
    assert {"sqladmin.googleapis.com", "redis.googleapis.com", "secretmanager.googleapis.com"} <= apis
    assert prod.storage


def test_bucket_and_key_have_their_own_words_for_a_location(stacks: Path, tmp_path: Path) -> None:
    europe = tmp_path / "cdktf.out"
    shutil.copytree(stacks, europe)
    shared = europe / "stacks" / "gcp-shared" / "cdk.tf.json"
    text = shared.read_text().replace("/locations/us/", "/locations/europe/")
    shared.write_text(text.replace('"location": "US"', '"location": "EU"'))
    needs = read(europe)
    assert (needs.location, needs.key_location) == ("EU", "europe")
    assert "/locations/europe/" in needs.key


def test_every_agent_that_is_created_on_request_has_a_role_or_is_known_to_need_none() -> None:
    """Both encrypt only, with the key that they are granted."""
    without = {agent.address for agent in AGENTS.values() if agent.api and not agent.role}
    assert without == {"gcp-sa-logging", "gcp-sa-secretmanager"}
