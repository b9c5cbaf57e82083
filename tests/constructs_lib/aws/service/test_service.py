"""ECS service on Fargate: tasks, clients, release, deployment strategy."""

import re

import pytest

from assembly.values import Json
from tests.aws.containers import container
from tests.aws.ingress import egress_rules, reaches
from tests.aws.resources import Environment
from tests.plan_numbers import MIN_INSTANCES

SERVICE = "AWS::ECS::Service"
TASK = "AWS::ECS::TaskDefinition"


def count(environment: Environment, **values: str) -> Json:
    """Return the number of tasks that the template sets, with the given values of the records."""
    service = environment.one(SERVICE)
    template = environment.stacks[service.stack].template
    records = {
        key: values[parameter["Default"].rpartition("/")[2]]
        for key, parameter in template["Parameters"].items()
        if str(parameter.get("Default")).startswith("/goodies/")
    }

    def holds(condition: Json) -> bool:
        match condition:
            case {"Condition": name}:
                return holds(template["Conditions"][name])
            case {"Fn::Not": [inner]}:
                return not holds(inner)
            case {"Fn::And": parts}:
                return all(holds(part) for part in parts)
            case {"Fn::Equals": sides}:
                left, right = (records[side["Ref"]] if isinstance(side, dict) else side for side in sides)
                return bool(left == right)
        raise AssertionError(condition)

    found = service.body["Properties"]["DesiredCount"]
    while isinstance(found, dict) and "Fn::If" in found:
        name, then, other = found["Fn::If"]
        found = then if holds({"Condition": name}) else other
    return found


@pytest.mark.plan("AWS-3")
def test_fargate_runs_the_containers(environment: Environment) -> None:
    service = environment.one(SERVICE)
    (strategy,) = service["CapacityProviderStrategy"]
    assert strategy["CapacityProvider"] == ("FARGATE_SPOT" if environment.name == "GoodiesDev" else "FARGATE")
    assert "LaunchType" not in service.properties, "a change between the two would replace a service of a fixed name"
    assert service["TaskDefinition"]["RequiresCompatibilities"] == ["FARGATE"]


@pytest.mark.plan("AWS-3")
def test_a_stack_update_leaves_the_number_of_tasks_alone(environment: Environment) -> None:
    assert count(environment, release="0.3.0-2a1ec34", running="0.2.0-1111111") == {"Ref": "AWS::NoValue"}
    assert count(environment, release="0.3.0-2a1ec34", running="0.3.0-2a1ec34") == {"Ref": "AWS::NoValue"}


@pytest.mark.plan("AWS-3")
def test_no_task_is_started_before_there_is_a_release(environment: Environment) -> None:
    assert count(environment, release="none", running="none") == 0


@pytest.mark.plan("AWS-3", "SCL-6")
def test_the_first_release_is_judged_with_its_tasks(environment: Environment) -> None:
    assert count(environment, release="0.3.0-2a1ec34", running="none") == MIN_INSTANCES


@pytest.mark.plan("AWS-3")
def test_what_runs_is_recorded_after_it_was_deployed(environment: Environment) -> None:
    record = environment.one("Custom::AWS", "Service/Running")
    service = environment.one(SERVICE)
    assert service.logical_id in record.body["DependsOn"]
    for moment in ("Create", "Update"):
        call = str(record.body["Properties"][moment])
        assert "/running" in call
        assert re.search(r"SsmParameterValuegoodies[a-z]+release", call), "the recorded release"
    assert "Delete" not in record.body["Properties"]


@pytest.mark.plan("AWS-3")
def test_the_image_is_the_recorded_release(environment: Environment) -> None:
    service = environment.stack("Service").template
    (parameter,) = (
        key for key, value in service["Parameters"].items() if value.get("Default", "").endswith("/release")
    )
    assert container(environment)["Image"].endswith(f"/goodies/funkygibbon:${{{parameter}}}")


@pytest.mark.plan("ARC-1/database")
def test_the_service_reaches_the_database(environment: Environment) -> None:
    assert "Service" in reaches(environment, "Database", port=5432)


@pytest.mark.plan("SEC-2")
def test_tasks_are_called_by_the_load_balancer_and_what_judges_a_release_only(environment: Environment) -> None:
    blue_green = environment.one(SERVICE)["DeploymentConfiguration"]["Strategy"] == "BLUE_GREEN"
    assert reaches(environment, "Service") == {"Entrance", "Probe", *(["Hooks"] if blue_green else [])}


@pytest.mark.plan("SEC-2")
def test_tasks_call_only_the_database_the_cache_and_aws(environment: Environment) -> None:
    calls = {(rule.destination, rule.ports) for rule in egress_rules(environment) if rule.source == "Service"}
    assert calls == {
        ("Database", range(5432, 5433)),
        ("Cache", range(6379, 6380)),
        ("0.0.0.0/0", range(443, 444)),
    }


@pytest.mark.plan("SEC-6/encrypted")
def test_tasks_check_whom_they_talk_to(environment: Environment) -> None:
    variables = {pair["Name"]: pair["Value"] for pair in container(environment)["Environment"]}
    assert (variables["PGSSLMODE"], variables["REDIS_TLS"]) == ("verify-full", "true")


def test_the_index_in_memory_stays_on_with_one_process(environment: Environment) -> None:
    variables = {pair["Name"] for pair in container(environment)["Environment"]}
    assert not variables & {"GRAPH_INDEX_ENABLED", "WEB_CONCURRENCY", "UVICORN_WORKERS", "GUNICORN_WORKERS"}


def test_containers_run_without_privileges(environment: Environment) -> None:
    only = container(environment)
    assert only["User"] == "10001:10001", "user and group of the image"
    assert only["ReadonlyRootFilesystem"] is True
    assert not only.get("Privileged")


@pytest.mark.plan("AWS-3")
def test_containers_have_time_to_stop_and_say_whether_they_are_well(environment: Environment) -> None:
    only = container(environment)
    assert only["StopTimeout"] >= 2
    assert "/health" in " ".join(only["HealthCheck"]["Command"])


@pytest.mark.plan("AWS-3")
def test_a_busy_task_is_no_dead_task(environment: Environment) -> None:
    """The load balancer's check kills a task like the container's own, so both wait as long as a client does."""
    check = container(environment)["HealthCheck"]
    groups = environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup")
    patience = {(check["Timeout"], check["Interval"], check["Retries"])} | {
        (group["HealthCheckTimeoutSeconds"], group["HealthCheckIntervalSeconds"], group["UnhealthyThresholdCount"])
        for group in groups
    }
    assert patience == {(30, 35, 3)}
    assert environment.one(SERVICE)["HealthCheckGracePeriodSeconds"] >= check["StartPeriod"]


@pytest.mark.plan("AWS-3")
def test_a_failing_deployment_is_taken_back(environment: Environment) -> None:
    breaker = environment.one(SERVICE)["DeploymentConfiguration"]["DeploymentCircuitBreaker"]
    assert breaker == {"Enable": True, "Rollback": True}


@pytest.mark.plan("PRC-4/blue-green")
def test_production_deploys_blue_green_with_time_to_take_it_back(prod: Environment) -> None:
    service = prod.one(SERVICE)
    deployment = service["DeploymentConfiguration"]
    assert deployment["Strategy"] == "BLUE_GREEN"
    assert deployment["BakeTimeInMinutes"] > 0
    (balanced,) = service["LoadBalancers"]
    assert balanced["TargetGroupArn"] != balanced["AdvancedConfiguration"]["AlternateTargetGroupArn"]
    assert balanced["AdvancedConfiguration"]["TestListenerRule"]


@pytest.mark.plan("AWS-3", "AWS-12/rolling", "PRC-2/rolling")
def test_staging_and_development_roll(staging: Environment, dev: Environment) -> None:
    strategies = {each.one(SERVICE)["DeploymentConfiguration"]["Strategy"] for each in (staging, dev)}
    assert strategies == {"ROLLING"}


def test_nobody_opens_a_shell_in_production(prod: Environment) -> None:
    assert prod.one(SERVICE)["EnableExecuteCommand"] is False


@pytest.mark.plan("AWS-3")
def test_container_insights_are_on(environment: Environment) -> None:
    (setting,) = environment.one("AWS::ECS::Cluster")["ClusterSettings"]
    assert setting == {"Name": "containerInsights", "Value": "enhanced"}
