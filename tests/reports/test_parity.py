"""The clouds promise the same, number by number, as they were synthesized."""

import fnmatch
import sys
from copy import deepcopy
from pathlib import Path

import pytest

from assembly import open_assembly
from assembly.clouds import CLOUDS
from assembly.revisions import CHECKOUT
from reports.environments import environments
from reports.parity import DOCUMENT, differences, render
from reports.parity.accepted import accepted_differences
from reports.parity.not_yet import NotYet, not_yet
from reports.parity.render import Assemblies, promises


@pytest.fixture(scope="module")
def assemblies(assembly_folder: Path, gcp_folder: Path, azure_folder: Path) -> Assemblies:
    folders = {"aws": assembly_folder, "gcp": gcp_folder, "azure": azure_folder}
    return {cloud: open_assembly(folder).stacks for cloud, folder in folders.items()}


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
    assert differ == set(accepted_differences())


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_is_not_kept_yet_is_kept_elsewhere(assemblies: Assemblies, cloud: str) -> None:
    """A promise that the cloud keeps itself is a difference: see above."""
    kept = {name for environment in environments() for name in promises(assemblies, environment)}
    patterns = [pattern for row in not_yet(cloud) for pattern in row.promises]
    assert [pattern for pattern in patterns if not fnmatch.filter(kept, pattern)] == []


def test_what_is_said_to_come_is_shown_and_fails_when_it_stands(
    assemblies: Assemblies, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "SEC-8 keys rotate after, days"
    (row,) = (line for line in render(assemblies, ["prod"]).splitlines() if line.startswith("| SCL-1"))
    assert row == "| SCL-1 CPU held at, % | 70 | 70 | not yet |  |"
    later = [NotYet(reason="it is said to come", promises=["SEC-8 *"])]
    monkeypatch.setattr(sys.modules[differences.__module__], "not_yet", lambda cloud: later if cloud == "azure" else [])
    found = differences(assemblies, ["prod"])
    assert f"prod: {name}: AWS 365, Google Cloud 365, Azure 365" in found
    assert "prod: SCL-1 CPU held at, %: AWS 70, Google Cloud 70" in found


@pytest.mark.parametrize(
    ("path", "given", "difference"),
    [
        ("Database/instance", 3, "prod: DR-2 point-in-time recovery, days: AWS 7, Google Cloud 3, Azure 7"),
        ("Cache/redis", 5, "prod: ENV-4 nodes of the cache: AWS 3, Google Cloud 6, Azure 2"),
    ],
)
def test_a_number_that_differs_is_named(assemblies: Assemblies, path: str, given: int, difference: str) -> None:
    changed = deepcopy(dict(assemblies))
    stack = changed["gcp"]["gcp-prod"]
    arguments = next(resource.properties for resource in stack.resources.values() if resource.path == path)
    if "settings" in arguments:
        arguments["settings"]["backup_configuration"]["transaction_log_retention_days"] = given
    else:
        arguments["replica_count"] = given
    assert differences(changed, environments()) == [difference]
