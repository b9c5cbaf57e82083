"""Checks of protections that production must have (ENV-4)."""

from collections.abc import Iterator

from environments.errors import Violation
from environments.model import Environment

_ZONES = 3
_CACHE_NODES = 2


def is_protected(environment: Environment) -> Iterator[Violation]:
    """Production has an approval, deletion protection and a synthetic check from outside."""
    if environment.stage != "production":
        return
    if not environment.approval:
        yield Violation("approval", "a production environment needs true (ENV-4)")
    if not environment.outside_check:
        yield Violation("outside_check", "a production environment needs true (ENV-4)")
    if not environment.database.deletion_protection:
        yield Violation("database.deletion_protection", "a production environment needs true (ENV-4)")
    if not environment.service.deletion_protection:
        yield Violation("service.deletion_protection", "a production environment needs true (ENV-4)")


def survives_the_loss_of_a_zone(environment: Environment) -> Iterator[Violation]:
    """Production runs in three zones, with a NAT gateway, a standby database and a replica of the cache."""
    if environment.stage != "production":
        return
    zones = environment.network.availability_zones
    if zones < _ZONES:
        yield Violation("network.availability_zones", f"a production environment needs {_ZONES} (ENV-4)")
    if environment.network.nat_gateways < zones:
        yield Violation("network.nat_gateways", f"a production environment needs one per zone, {zones} (ENV-4)")
    if not environment.database.multi_az:
        yield Violation("database.multi_az", "a production environment needs true (AWS-4, ENV-4)")
    if environment.cache.nodes < _CACHE_NODES:
        yield Violation("cache.nodes", f"a production environment needs {_CACHE_NODES} or more, to fail over (ENV-4)")


def can_recover(environment: Environment) -> Iterator[Violation]:
    """Production has a recovery region and snapshots of the cache."""
    if environment.stage != "production":
        return
    if environment.recovery is None:
        yield Violation("recovery", "a production environment needs a recovery region (ENV-4, DR-3)")
    if environment.cache.snapshot_days < 1:
        yield Violation("cache.snapshot_days", "a production environment needs 1 or more (ENV-4)")
