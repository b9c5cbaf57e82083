"""Changed settings of an existing environment: what may change changes in place, the rest is known and documented.

Each setting has another value here. CloudFormation's impact is that of the review, which takes it from the CDK's diff.
"""

import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from assembly.stateful import holds_state
from environments.model import EnvironmentFile
from environments.schema import explanations
from environments.value_types import Settings
from review.compare.clouds import compare
from review.judge.dangers import dangers
from review.model.change import Change, Difference, Kind
from tests.settings import set_value
from tests.synthesis import copy_sources, synthesize

pytestmark = pytest.mark.xdist_group("changed-settings")

# Another value of each setting that may change at any time, by file.
CHANGEABLE: Mapping[str, Mapping[str, object]] = {
    "staging": {
        "account.receivers.on_call": "other@goodies.example",
        "account.receivers.team": "others@goodies.example",
        "approval": True,
        "budget_usd": 900,
        "outside_check": False,
        "network.availability_zones": 3,
        "network.nat_gateways": 2,
        "network.interface_endpoints": ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "kms", "sts"],
        "network.flow_log_days": 60,
        "network.internet_egress": True,
        "database.engine_version": "17",
        "database.major_upgrade": True,
        "database.size": "large",
        "database.multi_az": False,
        "database.storage_gib": 60,
        "database.max_storage_gib": 300,
        "database.deletion_protection": False,
        "database.slow_query_ms": 700,
        "database.insights_days": 31,
        "database.log_days": 60,
        "database.password_generation": 2,
        "cache.size": "large",
        "cache.nodes": 3,
        "cache.snapshot_days": 3,
        "cache.log_days": 60,
        "service.size": "large",
        "service.bake_minutes": 9,
        "service.stop_seconds": 40,
        "service.capacity": "spot",
        "service.execute_command": True,
        "service.deletion_protection": False,
        "service.log_days": 60,
        "service.variables": {"LOG_LEVEL": "debug"},
        "service.secrets": ["MAIL_TOKEN"],
        "edge.login_requests_per_five_minutes": 200,
        "edge.price_class": "200",
        "edge.log_days": 60,
    },
    "prod": {
        "recovery.network.availability_zones": 3,
        "recovery.network.nat_gateways": 2,
        "recovery.network.interface_endpoints": ["kms"],
        "recovery.network.flow_log_days": 60,
        "recovery.network.internet_egress": True,
        "recovery.database_size": "large",
    },
}
# Settings that RDS, ElastiCache or a VPC take at creation only; their text says so.
AT_CREATION_ONLY: Mapping[str, Mapping[str, object]] = {
    "staging": {
        "account.domain": "other.goodies.example",
        "network.cidr": "10.21.0.0/16",
        "network.public_mask": 25,
        "network.private_mask": 21,
        "network.isolated_mask": 25,
        "database.name": "other",
    },
    "prod": {
        "recovery.network.cidr": "10.41.0.0/16",
        "recovery.network.public_mask": 25,
        "recovery.network.private_mask": 21,
        "recovery.network.isolated_mask": 25,
    },
}
NOT_CHANGED_HERE = {
    "account.aws_account_id": "another account is another environment",
    "account.azure.database_generation": "of Azure",
    "account.azure.subscription_id": "of Azure",
    "account.azure.vault_generation": "of Azure",
    "account.azure.vault_recovery_days": "of Azure",
    "account.gcp.project": "of Google Cloud",
    "cache.engine": "an upgrade of the cache, with its parameters",
    "database.azure_standby": "of Azure",
    "edge.shield_advanced": "a subscription of a year",
    "service.architecture": "the same in all environments",
    "service.deployment": "the load balancer has a second target group then",
    "stage": "decides which checks hold, and nothing else",
    "vault_lock": "the compliance mode cannot be taken back",
}
# Nothing is lost with them, and everything that stands in them is replaced or cannot be moved.
GROUND = {"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::RDS::DBSubnetGroup", "AWS::ElastiCache::SubnetGroup"}


def fields(model: type[Settings], prefix: str = "") -> Iterator[str]:
    """Yield the dotted key of each setting."""
    for name, field in model.model_fields.items():
        types = (*typing.get_args(field.annotation), field.annotation)
        parts = [each for each in types if isinstance(each, type) and issubclass(each, Settings)]
        if parts:
            yield from fields(parts[0], f"{prefix}{name}.")
        else:
            yield prefix + name


def changed(folder: Path, changes: Mapping[str, Mapping[str, object]]) -> Path:
    """Return what the environments synthesize with other settings."""
    checkout = copy_sources(folder / "checkout")
    for name, settings in changes.items():
        for key, value in settings.items():
            set_value(checkout / "environments" / f"{name}.yaml", key, value)
    synthesize(folder / "cdk.out", checkout=checkout)
    return folder / "cdk.out"


@pytest.fixture(scope="module")
def in_place(tmp_path_factory: pytest.TempPathFactory, assembly_folder: Path) -> Difference:
    return compare(assembly_folder, changed(tmp_path_factory.mktemp("changeable"), CHANGEABLE))


@pytest.fixture(scope="module")
def at_creation(tmp_path_factory: pytest.TempPathFactory, assembly_folder: Path) -> Difference:
    return compare(assembly_folder, changed(tmp_path_factory.mktemp("creation"), AT_CREATION_ONLY))


def replaced(difference: Difference) -> list[Change]:
    """Return the changes that replace or remove what holds state, or what that stands on."""
    return [
        change
        for change in difference.changes
        if change.kind in {Kind.REPLACED, Kind.MAY_REPLACE, Kind.REMOVED}
        and (change.resource.type in GROUND or holds_state(change.resource.type, change.resource.path))
    ]


def test_of_every_setting_it_is_known_whether_it_may_change() -> None:
    tables = [key for table in (CHANGEABLE, AT_CREATION_ONLY) for settings in table.values() for key in settings]
    assert sorted([*tables, *NOT_CHANGED_HERE]) == sorted(fields(EnvironmentFile))


@pytest.mark.plan("ENV-4/data")
def test_a_change_of_settings_replaces_nothing_that_holds_state(in_place: Difference) -> None:
    assert [f"{change.resource.stack}/{change.resource.path}: {change.kind}" for change in replaced(in_place)] == []


def test_a_new_zone_moves_no_other_subnet(in_place: Difference) -> None:
    subnets = [change for change in in_place.changes if change.resource.type == "AWS::EC2::Subnet"]
    assert {change.kind for change in subnets} == {Kind.ADDED}
    assert len(subnets) == 6


@pytest.mark.plan("ENV-4/data")
def test_the_review_asks_before_ground_or_state_is_replaced(at_creation: Difference) -> None:
    dangerous = {(danger.change.resource.stack, danger.change.resource.path) for danger in dangers(at_creation)}
    found = {(change.resource.stack, change.resource.path) for change in replaced(at_creation)}
    kinds = {change.resource.type for change in replaced(at_creation)}
    assert {"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::RDS::DBInstance", "AWS::Route53::HostedZone"} <= kinds
    assert found - dangerous == set()


@pytest.mark.parametrize("key", sorted({key for table in AT_CREATION_ONLY.values() for key in table}))
def test_the_text_of_a_setting_says_that_it_is_for_creation_only(key: str) -> None:
    *parents, last = key.split(".")
    model: Any = EnvironmentFile
    for parent in parents:
        annotation = model.model_fields[parent].annotation
        types = (*typing.get_args(annotation), annotation)
        model = next(each for each in types if isinstance(each, type) and issubclass(each, Settings))
    assert "at creation only" in explanations(model)[1][last]
