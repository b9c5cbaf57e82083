"""Production on Google Cloud as it is synthesized, with what the product knows of its provider, changed on purpose."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assembly.values import Json
from review.compare.clouds import compare
from review.judge.dangers import dangers
from tests.review.conftest import write_terraform

# What stands in an instance goes with it, and Terraform plans nothing for it: its argument keeps the instance's name.
DATABASES = {"Allow-Replace Database/instance"}
# What is read from a cache is written anew with it.
CACHE = {"Allow-Replace Cache/redis", "Allow-Replace Cache/version", "Allow-Weaken Cache/redis"}
# What names the network by its id, or something that does.
IN_THE_NETWORK = {
    "Network/network",
    "Archive/writer",
    "Cache/redis",
    "Cache/version",
    "Cluster/cluster",
    "Database/instance",
    "Primary/data",
    "Primary/subnetwork",
    "PrivateServices/connection",
    "Recovery/data",
    "Recovery/subnetwork",
    "Replica/instance",
}
LOST_WITH_THE_NETWORK = {
    "Allow-Change Network/network",
    *(
        f"Allow-Replace {path}"
        for path in ("Cache/redis", "Cache/version", "Cluster/cluster", "Database/instance", "Replica/instance")
    ),
}
Change = Callable[[Json], None]


def at(resources: Json, kind: str, path: str) -> Json:
    found = [body for body in resources[kind].values() if body["//"]["metadata"]["path"] == f"gcp-prod/{path}"]
    assert len(found) == 1, (kind, path)
    return found[0]


def database(resources: Json) -> Json:
    return at(resources, "google_sql_database_instance", "Database/instance")


def larger(resources: Json) -> None:
    database(resources)["settings"]["tier"] = "db-custom-16-65536"


def elsewhere(resources: Json) -> None:
    database(resources)["region"] = "europe-west1"


def unprotected(resources: Json) -> None:
    database(resources)["lifecycle"]["prevent_destroy"] = False


def shorter(resources: Json) -> None:
    database(resources)["settings"]["backup_configuration"]["transaction_log_retention_days"] = 1


def in_one_zone(resources: Json) -> None:
    database(resources)["settings"]["availability_type"] = "ZONAL"


def public(resources: Json) -> None:
    database(resources)["settings"]["ip_configuration"]["ipv4_enabled"] = True


def in_plain_text(resources: Json) -> None:
    at(resources, "google_redis_instance", "Cache/redis")["transit_encryption_mode"] = "DISABLED"


def renamed_network(resources: Json) -> None:
    at(resources, "google_compute_network", "Network/network")["name"] = "other"


def open_firewall(resources: Json) -> None:
    rule = at(resources, "google_compute_firewall", "Connections/deny-ingress")
    rule["allow"] = rule.pop("deny")


def public_bucket(resources: Json) -> None:
    at(resources, "google_storage_bucket", "Storage/uploads")["public_access_prevention"] = "inherited"


def without_rotation(resources: Json) -> None:
    del at(resources, "google_kms_crypto_key", "Key/key")["rotation_period"]


def owner(resources: Json) -> None:
    at(resources, "google_project_iam_member", "Archive/log")["role"] = "roles/owner"


@pytest.mark.parametrize(
    ("change", "happens", "needs"),
    [
        (larger, {("changed", "Database/instance")}, set()),
        (elsewhere, {("replaced", "Database/instance"), ("replaced", "Archive/writer")}, DATABASES),
        (unprotected, {("changed", "Database/instance")}, {"Allow-Unprotect Database/instance"}),
        (shorter, {("changed", "Database/instance")}, {"Allow-Reduce Database/instance"}),
        (in_one_zone, {("changed", "Database/instance")}, {"Allow-Reduce Database/instance"}),
        (public, {("changed", "Database/instance")}, {"Allow-Open Database/instance"}),
        (in_plain_text, {("replaced", "Cache/redis"), ("replaced", "Cache/version")}, CACHE),
        (renamed_network, {("replaced", path) for path in IN_THE_NETWORK}, LOST_WITH_THE_NETWORK),
        (open_firewall, {("changed", "Connections/deny-ingress")}, {"Allow-Open Connections/deny-ingress"}),
        (public_bucket, {("changed", "Storage/uploads")}, {"Allow-Open Storage/uploads"}),
        (without_rotation, {("changed", "Key/key")}, {"Allow-Weaken Key/key"}),
        (owner, {("replaced", "Archive/log")}, {"Allow-Grant Archive/log"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_change_needs_these_approvals(
    change: Change, happens: set[tuple[str, str]], needs: set[str], gcp_folder: Path, tmp_path: Path
) -> None:
    content = json.loads((gcp_folder / "stacks" / "gcp-prod" / "cdk.tf.json").read_text())
    for side in ("before", "after"):
        if side == "after":
            change(content["resource"])
        folder = tmp_path / side
        folder.mkdir()
        (folder / "prod.tf.json").write_text(json.dumps(content))
        stack = {"name": "gcp-prod", "synthesizedStackPath": "prod.tf.json"}
        (folder / "manifest.json").write_text(json.dumps({"stacks": {"gcp-prod": stack}}))
    difference = compare(tmp_path / "before", tmp_path / "after")
    found = {f"{danger.allowance} {danger.thing.removeprefix('gcp-prod/')}" for danger in dangers(difference)}
    # What only refers to something that changes is left out.
    shown = {(str(each.kind), each.resource.path) for each in difference.changes if each.edits or each.lost}
    assert found == needs
    assert shown == happens


@pytest.mark.parametrize(
    ("change", "dangers_named"),
    [
        (lambda caches: caches.pop("cache"), ["Allow-Remove gcp-dev/Cache/valkey"]),
        (lambda caches: caches["cache"].pop("lifecycle"), ["Allow-Unprotect gcp-dev/Cache/valkey"]),
    ],
)
def test_a_cache_of_valkey_holds_state_as_one_of_redis_does(
    change: Callable[[Json], Json], dangers_named: list[str], tmp_path: Path
) -> None:
    cache = {"//": {"metadata": {"path": "gcp-dev/Cache/valkey"}}, "lifecycle": {"prevent_destroy": True}}
    folders = [tmp_path / side for side in ("before", "after")]
    for folder in folders:
        caches = {"cache": dict(cache)}
        if folder.name == "after":
            change(caches)
        folder.mkdir()
        write_terraform(folder, {"gcp-dev": {"resource": {"google_memorystore_instance": caches}}})
    found = dangers(compare(*folders))
    assert [f"{danger.allowance} {danger.thing}" for danger in found] == dangers_named
