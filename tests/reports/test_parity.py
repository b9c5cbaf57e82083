"""Google Cloud promises what AWS does, number by number, as both were synthesized."""

from copy import deepcopy
from pathlib import Path

import pytest

from assembly import open_assembly
from assembly.revisions import CHECKOUT
from reports.environments import environments
from reports.parity import DOCUMENT, differences, render
from reports.parity.render import ACCEPTED_DIFFERENCES, Assemblies, promises


@pytest.fixture(scope="module")
def assemblies(assembly_folder: Path, gcp_folder: Path) -> Assemblies:
    return {"AWS": open_assembly(assembly_folder).stacks, "Google Cloud": open_assembly(gcp_folder).stacks}


@pytest.mark.plan(
    "SCL-1",
    "SCL-2",
    "SCL-3",
    "SCL-4",
    "SCL-6",
    "SCL-7",
    "MON-7/errors",
    "MON-7/response-time",
    "MON-7/cpu",
    "MON-7/disk",
    "MON-8/errors",
    "MON-8/response-time",
    "MON-8/cpu",
    "MON-8/disk",
    "DR-1",
    "DR-2",
    "DR-4",
    "DR-10",
)
def test_the_clouds_promise_the_same(assemblies: Assemblies) -> None:
    assert differences(assemblies, environments()) == []


def test_the_document_is_current(assemblies: Assemblies) -> None:
    assert (CHECKOUT / DOCUMENT).read_text() == render(assemblies, environments()), "run make parity"


def test_what_may_differ_still_differs(assemblies: Assemblies) -> None:
    rows = [promises(assemblies, environment) for environment in environments()]
    differ = {name for row in rows for name, values in row.items() if len({*values.values()}) > 1}
    assert differ == set(ACCEPTED_DIFFERENCES)


@pytest.mark.parametrize(
    ("path", "given", "difference"),
    [
        ("Database/instance", 3, "prod: DR-2 point-in-time recovery, days: AWS 7, Google Cloud 3"),
        ("Cache/redis", 5, "prod: ENV-4 nodes of the cache: AWS 3, Google Cloud 6"),
    ],
)
def test_a_number_that_differs_is_named(assemblies: Assemblies, path: str, given: int, difference: str) -> None:
    changed = deepcopy(dict(assemblies))
    stack = changed["Google Cloud"]["gcp-prod"]
    arguments = next(resource.properties for resource in stack.resources.values() if resource.path == path)
    if "settings" in arguments:
        arguments["settings"]["backup_configuration"]["transaction_log_retention_days"] = given
    else:
        arguments["replica_count"] = given
    assert differences(changed, environments()) == [difference]
