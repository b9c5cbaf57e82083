"""ECS service on Fargate: tasks, clients, release, deployment strategy."""

import pytest

from assembly.values import Json
from tests.aws.ingress import egress_rules, reaches
from tests.aws.resources import Environment

SERVICE = "AWS::ECS::Service"
TASK = "AWS::ECS::TaskDefinition"


def container(environment: Environment) -> Json:
    (only,) = environment.one(TASK)["ContainerDefinitions"]
    return only


@pytest.mark.plan("AWS-3")
def test_fargate_runs_the_containers(environment: Environment) -> None:
    service = environment.one(SERVICE)
    providers = [each["CapacityProvider"] for each in service.get("CapacityProviderStrategy", [])]
    assert providers in ([], ["FARGATE_SPOT"])
    assert providers or service["LaunchType"] == "FARGATE"
    assert service["TaskDefinition"]["RequiresCompatibilities"] == ["FARGATE"]


@pytest.mark.plan("AWS-3")
def test_a_stack_update_leaves_the_number_of_tasks_alone(environment: Environment) -> None:
    match environment.one(SERVICE).body["Properties"].get("DesiredCount", {"Ref": "AWS::NoValue"}):
        case {"Ref": "AWS::NoValue"} | {"Fn::If": [_, {"Ref": "AWS::NoValue"}, 0]}:
            pass
        case count:
            pytest.fail(f"a deployment would set the number of tasks to {count}")


@pytest.mark.plan("AWS-3")
def test_no_task_is_started_before_there_is_a_release(environment: Environment) -> None:
    service = environment.one(SERVICE)
    condition, _, count = service.body["Properties"]["DesiredCount"]["Fn::If"]
    released = environment.stacks[service.stack].template["Conditions"][condition]
    assert count == 0
    assert released["Fn::Not"][0]["Fn::Equals"][1] == "none"


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
def test_tasks_are_called_by_the_load_balancer_only(environment: Environment) -> None:
    assert reaches(environment, "Service") == {"Entrance"}


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


def test_containers_run_without_privileges(environment: Environment) -> None:
    only = container(environment)
    assert only["User"] not in {"", "root", "0"}
    assert only["ReadonlyRootFilesystem"] is True
    assert not only.get("Privileged")


@pytest.mark.plan("AWS-3")
def test_containers_have_time_to_stop_and_say_whether_they_are_well(environment: Environment) -> None:
    only = container(environment)
    assert only["StopTimeout"] >= 2
    assert "/health" in " ".join(only["HealthCheck"]["Command"])


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
