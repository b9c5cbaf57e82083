"""Costs of a change: what no bill reads is unpriced, and what nobody can price ends nothing."""

import copy
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assembly.values import Json
from review.judge.costs import cost_settings, costs, unread
from review.model.change import Change, Kind
from review.model.resource import Resource
from review.model.values import edits
from review.read import cloudformation, terraform
from tests.review.test_verdicts import with_value


@pytest.fixture(scope="module")
def resources(assembly_folder: Path, gcp_folder: Path, azure_folder: Path) -> dict[str, Resource]:
    """A resource of production of each type."""
    sides: list[cloudformation.Application | terraform.Application] = [cloudformation.Application(assembly_folder)]
    sides += (terraform.Application(folder) for folder in (gcp_folder, azure_folder))
    return {
        resource.type: resource
        for side in sides
        for stack in side.stacks.values()
        for resource in stack.resources.values()
    }


@pytest.mark.parametrize(
    ("kind", "setting", "value"),
    [
        ("AWS::RDS::DBInstance", "StorageType", "io2"),
        ("AWS::RDS::DBInstance", "Iops", 20000),
        ("AWS::RDS::DBInstance", "DatabaseInsightsMode", "advanced"),
        ("AWS::RDS::DBInstance", "PerformanceInsightsRetentionPeriod", 731),
        ("AWS::CloudTrail::Trail", "EventSelectors", [{"DataResources": [{"Type": "AWS::S3::Object"}]}]),
        ("AWS::CloudFront::Distribution", "DistributionConfig.PriceClass", "PriceClass_200"),
        ("AWS::Synthetics::Canary", "Schedule.Expression", "rate(1 minute)"),
        ("google_sql_database_instance", "settings.edition", "ENTERPRISE_PLUS"),
        ("google_storage_bucket", "storage_class", "NEARLINE"),
        ("azurerm_log_analytics_workspace", "retention_in_days", 730),
    ],
)
def test_a_setting_that_costs_and_that_no_bill_reads_is_unpriced(
    resources: dict[str, Resource], kind: str, setting: str, value: Json
) -> None:
    found = list(unread(changed(resources[kind], setting, value)))
    assert found
    assert all(line.startswith(f"{kind} ") and setting.startswith(line.partition(" ")[2]) for line in found)


def changed(resource: Resource, setting: str, value: Json) -> Change:
    after = replace(resource, settings=with_value(copy.deepcopy(resource.settings), setting.split("."), value))
    return Change(Kind.CHANGED, resource, after, tuple(edits(resource.settings, after.settings)))


@pytest.mark.parametrize(
    ("kind", "setting", "value"),
    [
        ("AWS::RDS::DBInstance", "DBInstanceClass", "db.m7g.xlarge"),
        ("AWS::RDS::DBInstance", "DeletionProtection", False),
        ("google_redis_instance", "memory_size_gb", 64),
    ],
)
def test_what_the_bill_reads_or_what_costs_nothing_is_not(
    resources: dict[str, Resource], kind: str, setting: str, value: Json
) -> None:
    assert list(unread(changed(resources[kind], setting, value))) == []


def test_a_new_resource_names_what_it_sets(resources: dict[str, Resource]) -> None:
    database = resources["AWS::RDS::DBInstance"]
    assert "AWS::RDS::DBInstance StorageType" in unread(Change(Kind.ADDED, None, database))
    assert list(unread(Change(Kind.REMOVED, database, None))) == []


def _instance(template: Json) -> Json:
    return next(iter(template["resource"]["google_sql_database_instance"].values()))


def _another_tier(template: Json) -> None:
    _instance(template)["settings"]["tier"] = "db-f1-micro"


def _no_tier(template: Json) -> None:
    del _instance(template)["settings"]["tier"]


def _no_scaling(template: Json) -> None:
    template["resource"]["helm_release"].clear()


def _a_list_for_a_block(template: Json) -> None:
    next(iter(template["resource"]["google_redis_instance"].values()))["memory_size_gb"] = [6]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (_another_tier, "google_sql_database_instance"),
        (_no_tier, "google_sql_database_instance"),
        (_no_scaling, "kubernetes_deployment_v1"),
        (_a_list_for_a_block, "google_redis_instance"),
    ],
)
@pytest.mark.parametrize("after_it", [True, False])
def test_a_resource_that_cannot_be_priced_counts_on_neither_side(
    gcp_folder: Path, tmp_path: Path, change: Callable[[Json], None], kind: str, after_it: bool
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(gcp_folder, broken)
    (file,) = broken.rglob("gcp-prod/cdk.tf.json")
    template = json.loads(file.read_text())
    change(template)
    file.write_text(json.dumps(template))
    sides = (gcp_folder, broken) if after_it else (broken, gcp_folder)
    found = {cost.environment: cost for cost in costs("gcp", *sides)}
    # Without a type, which the head adds where the base was broken.
    (named,) = (each for each in found["prod"].unpriced if " " in each)
    assert named.startswith(f"{kind} ")
    assert (found["prod"].difference, found["dev"].unpriced) == (0, ())
    assert found["prod"].after > 0


def test_every_type_with_such_settings_is_one_that_exists(resources: dict[str, Resource]) -> None:
    assert sorted(cost_settings().keys() - resources.keys() - {"AWS::DynamoDB::Table", "AWS::SSM::Parameter"}) == []
