"""Sizes and versions that AWS offers: what is written down agrees with the data that AWS publishes, in cfn-lint."""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import environments
from environments.checks.offers import CACHE_SIZES, DATABASE_SIZES, FARGATE_MEMORY, POSTGRES_MAJORS, Sizes

ENVIRONMENTS = environments.load()
REGIONS = [region.name for pair in [ENVIRONMENTS[0].policy.regions.aws] for region in (pair.primary, pair.recovery)]


def published(name: str) -> Any:
    spec = find_spec("cfnlint")
    assert spec
    assert spec.submodule_search_locations
    return json.loads((Path(spec.submodule_search_locations[0]) / "data/schemas/extensions" / name).read_text())


def names(prefix: str, sizes: Sizes) -> set[str]:
    return {f"{prefix}.{family}.{size}" for family, line in sizes.items() for size in line.split()}


def postgres_classes_by_version(version: str) -> set[str]:
    for rule in published("aws_rds_dbinstance/db_instance_class.json")["allOf"]:
        given = rule["if"]["properties"]
        if given["Engine"].get("const") == "postgres" and re.match(given["EngineVersion"]["pattern"], version):
            return set(rule["then"]["properties"]["DBInstanceClass"]["enum"])
    return set()


def postgres_classes_in(region: str) -> set[str]:
    for rule in published("aws_rds_dbinstance/dbinstanceclass_enum.json")[region]["allOf"]:
        if rule["if"]["properties"]["Engine"].get("const") == "postgres":
            return set(rule["then"]["properties"]["DBInstanceClass"]["enum"])
    return set()


def postgres_versions() -> set[str]:
    for rule in published("aws_rds_dbinstance/engine_version.json")["allOf"]:
        if rule["if"]["properties"]["Engine"].get("const") == "postgres":
            return set(rule["then"]["properties"]["EngineVersion"]["enum"])
    return set()


def test_fargate_offers_exactly_these_sizes() -> None:
    rules = published("aws_ecs_taskdefinition/fargate_cpu_memory.json")["then"]["anyOf"]
    offered = {}
    for rule in rules:
        (cpu,) = rule["properties"]["Cpu"]["then"]["enum"]
        memory = rule["properties"]["Memory"]["then"]
        offered[int(cpu)] = memory.get("enum") or list(
            range(memory["minimum"], memory["maximum"] + 1, memory["multipleOf"])
        )
    assert {cpu: list(memory) for cpu, memory in FARGATE_MEMORY.items()} == offered


@pytest.mark.parametrize("region", REGIONS)
def test_rds_offers_every_size_in_both_regions(region: str) -> None:
    assert names("db", DATABASE_SIZES) <= postgres_classes_in(region)


@pytest.mark.parametrize("major", POSTGRES_MAJORS)
def test_every_current_version_runs_on_every_size(major: int) -> None:
    newest = max((v for v in postgres_versions() if v.startswith(f"{major}.")), key=lambda v: int(v.split(".")[1]))
    assert names("db", DATABASE_SIZES) <= postgres_classes_by_version(newest)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: environment.name)
def test_the_version_in_use_exists_and_runs_on_every_size(environment: environments.Environment) -> None:
    major = environment.database.engine_version
    minors = [version for version in postgres_versions() if version.startswith(f"{major}.")]
    assert minors
    for version in minors:
        assert {size.aws for size in environment.policy.sizes.database} <= postgres_classes_by_version(version), version


@pytest.mark.parametrize("region", REGIONS)
def test_elasticache_offers_every_size_in_both_regions(region: str) -> None:
    offered = published("aws_elasticache_cachecluster/cachenodetype_enum.json")[region]["enum"]
    assert names("cache", CACHE_SIZES) <= set(offered)


def test_interface_endpoints_are_services_that_exist() -> None:
    from aws_cdk import aws_ec2 as ec2  # noqa: PLC0415 - slow, and needed here only

    known = {
        service.short_name
        for name in dir(ec2.InterfaceVpcEndpointAwsService)
        if name.isupper()
        and isinstance(service := getattr(ec2.InterfaceVpcEndpointAwsService, name), ec2.InterfaceVpcEndpointAwsService)
    }
    used = {name for environment in ENVIRONMENTS for name in environment.network.interface_endpoints}
    assert used <= known
