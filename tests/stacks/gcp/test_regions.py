"""Other regions than us-central1 and us-east1: everything is there, by the name that its service has for the place."""

import re
from pathlib import Path

import pytest

import environments as settings
from environments import load
from environments.checks.gcp_regions import KNOWN_REGIONS
from stacks.gcp import add_stacks
from stacks.terraform import application
from tests.gcp.terraform import Assembly

# Locations of buckets that are no region, with that of their key ("Bucket locations" and "Use customer-managed
# encryption keys", Cloud Storage documentation).
KEYS = {"EU": "europe", "ASIA": "asia", "EUR4": "eur4", "ASIA1": "asia1"}


def region(name: str) -> settings.GcpRegion:
    return settings.GcpRegion(name=name, zones=tuple(f"{name}-{letter}" for letter in KNOWN_REGIONS[name].zones[:3]))


@pytest.fixture(
    scope="module",
    params=[
        ("europe-west4", "europe-west1"),
        ("europe-north1", "europe-west4"),
        ("asia-northeast1", "asia-northeast2"),
    ],
    ids="+".join,
)
def moved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    primary, recovery = request.param
    pair = settings.GcpRegions(primary=region(primary), recovery=region(recovery))
    moved = []
    for environment in load():
        regions = environment.policy.regions.model_copy(update={"gcp": pair})
        policy = environment.policy.model_copy(update={"regions": regions})
        moved.append(environment.model_copy(update={"policy": policy}))
    folder: Path = tmp_path_factory.mktemp("moved")
    app = application(folder)
    add_stacks(app, moved)
    app.synth()
    return Assembly.read(folder)


@pytest.mark.plan("GCP-1/primary", "GCP-1/recovery")
def test_nothing_stays_in_the_first_regions(moved: Assembly) -> None:
    left = {
        f"{stack.name}: {found}"
        for stack in moved.stacks.values()
        for found in re.findall(r"\bus-(?:central|east)[0-9]", str(stack.content))
    }
    assert left == set()


@pytest.mark.plan("DR-9", "SEC-5")
def test_a_bucket_and_its_key_are_where_both_services_have_them(moved: Assembly) -> None:
    buckets = [found for stack in moved.stacks.values() for found in stack.resources("google_storage_bucket")]
    assert len(buckets) == 3 * 3 + 2
    for found in buckets:
        location = found["location"]
        ring = found["encryption"]["default_kms_key_name"]["key_ring"]
        if location in KEYS:
            assert ring["location"] == KEYS[location], found
        else:
            assert location.lower() in KNOWN_REGIONS, found
            assert ring["location"] == location.lower(), found
