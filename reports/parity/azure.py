"""Numbers that an environment promises on Azure."""

import re
from collections.abc import Iterator, Mapping

from assembly import Stack
from assembly.values import Json


def promises(stacks: Mapping[str, Stack], environment: str) -> Iterator[tuple[str, Json]]:
    """Yield the name and value of each promise of an environment, in the words that every cloud's module uses."""
    own = next(stack for stack in stacks.values() if stack.environment == environment)
    primary = next(own.of("azurerm_virtual_network"))["location"]
    yield "ENV-4 regions", len({part["location"] for part in own.of("azurerm_virtual_network")})
    yield from _database(own)
    yield "ENV-4 nodes of the cache", 1 + next(own.of("azurerm_managed_redis"))["high_availability_enabled"]
    yield from _dumps(own, primary)
    yield from _objects(own)
    yield "SEC-8 keys rotate after, days", min(_rotations(own))


def _database(stack: Stack) -> Iterator[tuple[str, Json]]:
    servers = list(stack.of("azurerm_postgresql_flexible_server"))
    (original,) = (server for server in servers if "source_server_id" not in server)
    standby = original.get("high_availability", {}).get("mode")
    yield "DR-1 daily backup at, UTC", "its own hour"
    yield "DR-2 point-in-time recovery, days", original["backup_retention_days"]
    yield "DR-3 copies of the database in the recovery region", len(servers) - 1
    yield "ENV-4 database survives the loss of a zone", standby == "ZoneRedundant"
    parameters = list(stack.of("azurerm_postgresql_flexible_server_configuration"))
    slow = {each["value"] for each in parameters if each["name"] == "log_min_duration_statement"}
    yield "IMP-2 queries are slow after, ms", sorted(slow)[0]


def _dumps(stack: Stack, primary: str) -> Iterator[tuple[str, Json]]:
    nightly, monthly = (_blobs(rule) for rule in _lifecycle(stack, "Archive"))
    (account,) = (each for each in stack.resources.values() if each.path == "Archive/account")
    kept = nightly["delete_after_days_since_modification_greater_than"]
    yield "DR-3 backups kept in the recovery region, days", kept if account.region != primary else 0
    yield "DR-4 archive is cold after, days", monthly["tier_to_archive_after_days_since_modification_greater_than"]
    yield "DR-4 archive is kept, days", monthly["delete_after_days_since_modification_greater_than"]


def _objects(stack: Stack) -> Iterator[tuple[str, Json]]:
    rule = _lifecycle(stack, "Storage")[0]
    steps = ("cool", "cold")
    ages = [_blobs(rule)[f"tier_to_{step}_after_days_since_modification_greater_than"] for step in steps]
    yield "DR-10 objects grow colder after, days", ages
    yield "DR-10 old versions are kept, days", rule["actions"]["version"]["delete_after_days_since_creation"]


def _lifecycle(stack: Stack, construct: str) -> list[Json]:
    found = (
        resource.properties["rule"]
        for resource in stack.resources.values()
        if resource.type == "azurerm_storage_management_policy" and resource.path.startswith(f"{construct}/")
    )
    rules: list[Json] = next(found)
    return rules


def _blobs(rule: Json) -> Json:
    return rule["actions"]["base_blob"]


def _rotations(stack: Stack) -> Iterator[int]:
    for key in stack.of("azurerm_key_vault_key"):
        period = re.fullmatch(r"P(\d+)D", key["rotation_policy"]["automatic"]["time_after_creation"])
        if period:
            yield int(period[1])
