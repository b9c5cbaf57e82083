"""Connections: the database accepts the pools of all instances, during a deployment too."""

import pytest
import yaml
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool

from tests.aws.resources import Environment
from tests.gcp.terraform import Stack
from tests.synthesis import CHECKOUT

from .conftest import Files


@pytest.mark.plan("SCL-8/connections")
@pytest.mark.parametrize(
    ("file", "key", "value", "errors"),
    [
        ("policy", "sizes.database.0.max_connections", 619, [("dev", "database.size"), ("staging", "database.size")]),
        ("policy", "scaling.max_instances", 21, [("dev", "database.size"), ("staging", "database.size")]),
        ("prod", "recovery.database_size", "tiny", [("prod", "recovery.database_size")]),
        ("prod", "database.size", "tiny", [("prod", "database.size")]),
        # It accepts 640, and has memory for 400.
        ("prod", "database.size", "small", [("prod", "database.size")]),
        (
            "policy",
            "scaling.max_instances",
            27,
            [
                ("dev", "database.size"),
                ("prod", "database.size"),
                ("prod", "recovery.database_size"),
                ("staging", "database.size"),
            ],
        ),
    ],
)
def test_a_database_that_refuses_the_last_instances_is_refused(
    files: Files, file: str, key: str, value: object, errors: list[tuple[str, str]]
) -> None:
    tiny = {"name": "tiny", "memory_gib": 2, "max_connections": 200}
    tiny |= {"aws": "db.t4g.small", "gcp": "db-custom-1-2048", "azure": {"general_purpose": "D2ds"}}
    sizes = yaml.safe_load(files.text("policy.yaml"))["sizes"]["database"]
    files.set("policy", "sizes.database", [tiny, *sizes])
    files.set(file, key.replace("database.0", "database.1"), value)
    found = [error for error in files.errors() if "revisions during a deployment" in error.allowed]
    assert [(error.file, error.key) for error in found] == [
        (f"environments/{name}.yaml", place) for name, place in errors
    ]


def test_the_refusal_of_a_database_names_the_sum(files: Files) -> None:
    files.set("policy", "sizes.database.0.max_connections", 619)
    assert files.errors()[0].allowed == (
        "a size for 620 connections or more, small has 619: 20 instances (scaling.max_instances) x 2 revisions"
        " during a deployment x 15 connections of a pool, and 20 for others"
    )


@pytest.mark.plan("SCL-8/connections")
def test_the_service_keeps_the_pool_that_the_sum_counts() -> None:
    pool = create_async_engine("postgresql+psycopg://").pool
    assert isinstance(pool, QueuePool)
    assert pool.size() + pool._max_overflow == 15


@pytest.mark.plan("SCL-8/connections")
def test_every_database_accepts_what_its_size_says(environment: Environment) -> None:
    sizes = yaml.safe_load((CHECKOUT / "environments/policy.yaml").read_text())["sizes"]["database"]
    by_class = {size["aws"]: str(size["max_connections"]) for size in sizes}
    for database in environment.resources("AWS::RDS::DBInstance"):
        parameters = database["DBParameterGroupName"]["Parameters"]
        assert parameters["max_connections"] == by_class[database["DBInstanceClass"]], database


@pytest.mark.plan("SCL-8/connections")
def test_every_database_on_google_cloud_accepts_the_same(gcp_environment: Stack) -> None:
    sizes = yaml.safe_load((CHECKOUT / "environments/policy.yaml").read_text())["sizes"]["database"]
    by_tier = {size["gcp"]: str(size["max_connections"]) for size in sizes}
    for database in gcp_environment.resources("google_sql_database_instance"):
        (settings,) = [database["settings"]] if isinstance(database["settings"], dict) else database["settings"]
        flags = {flag["name"]: flag["value"] for flag in settings["database_flags"]}
        assert flags["max_connections"] == by_tier[settings["tier"]], database


@pytest.mark.plan("SCL-8/connections")
def test_a_deployment_runs_as_many_instances_again_and_no_more(environment: Environment) -> None:
    deployment = environment.one("AWS::ECS::Service")["DeploymentConfiguration"]
    assert deployment["MaximumPercent"] == 200
