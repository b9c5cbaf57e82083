"""Autoscaling: instances follow the load, within bounds."""

import pytest

from assembly.values import Json
from tests.gcp.terraform import Stack
from tests.kubernetes import objects, the_object
from tests.plan_numbers import (
    CPU_PERCENT,
    MAX_INSTANCES,
    MEMORY_PERCENT,
    MIN_INSTANCES,
    REQUESTS_IN_FLIGHT,
    RESPONSE_TIME_MS,
)


def scaled(stack: Stack) -> Json:
    return the_object(stack, "ScaledObject")["spec"]


def load_triggers(stack: Stack) -> dict[str, Json]:
    """Return the triggers on the load balancer's numbers by their targets."""
    found = [trigger for trigger in scaled(stack)["triggers"] if trigger["type"] == "prometheus"]
    return {trigger["metadata"]["threshold"]: trigger for trigger in found}


def api(stack: Stack) -> str:
    """Return a reference to the name of the API's backend."""
    return f"${{google_compute_backend_service.{stack.one('google_compute_backend_service').name}.name}}"


@pytest.mark.plan("SCL-1")
def test_cpu_is_held_at_seventy_percent(gcp_environment: Stack) -> None:
    trigger = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": str(CPU_PERCENT)}}
    assert trigger in scaled(gcp_environment)["triggers"]


@pytest.mark.plan("SCL-2")
def test_memory_is_held_at_eighty_percent(gcp_environment: Stack) -> None:
    trigger = {"type": "memory", "metricType": "Utilization", "metadata": {"value": str(MEMORY_PERCENT)}}
    assert trigger in scaled(gcp_environment)["triggers"]


@pytest.mark.plan("SCL-1", "SCL-2")
def test_what_a_percentage_is_of_is_said(gcp_environment: Stack) -> None:
    (container,) = gcp_environment.one("kubernetes_deployment_v1")["spec"]["template"]["spec"]["container"]
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])


@pytest.mark.plan("SCL-3")
def test_two_instances_may_have_a_hundred_requests_in_flight(gcp_environment: Stack) -> None:
    trigger = load_triggers(gcp_environment)[str(REQUESTS_IN_FLIGHT // MIN_INSTANCES)]
    assert trigger["metricType"] == "AverageValue", "divided by the number of pods"
    assert trigger["metadata"]["query"] == (
        "sum(rate(loadbalancing_googleapis_com:https_backend_latencies_sum"
        f'{{monitored_resource="https_lb_rule",backend_target_name="{api(gcp_environment)}"}}[5m])) / 1000'
    )


@pytest.mark.plan("SCL-4")
def test_an_answer_may_take_half_a_second(gcp_environment: Stack) -> None:
    trigger = load_triggers(gcp_environment)[str(RESPONSE_TIME_MS)]
    adds, _, keeps = trigger["metadata"]["query"].partition(") or (")
    for query, most, cpu in ((adds, "625", "35"), (keeps.removesuffix(")"), "475", "17.5")):
        average, _, loaded = query.partition(" and ")
        spent, _, answers = average.partition(" / ")
        assert "clamp_max(sum(rate(loadbalancing_googleapis_com:https_backend_latencies_sum{" in spent
        assert "https_backend_latencies_count{" in answers
        assert answers.endswith(f"> 0), {most})"), "a quarter more pods at a time, or as many as there are"
        assert "container_cpu_limit_utilization" in loaded
        assert loaded.endswith(f" >= {cpu}")
    assert trigger["metricType"] == "Value"


@pytest.mark.plan("SCL-3", "SCL-4", "SEC-9/roles")
def test_the_autoscaler_may_read_the_numbers_and_no_more(gcp_environment: Stack) -> None:
    (authentication,) = objects(gcp_environment, "TriggerAuthentication")
    assert authentication["spec"] == {"podIdentity": {"provider": "gcp"}}
    for trigger in load_triggers(gcp_environment).values():
        assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]
    roles = [
        grant["role"]
        for grant in gcp_environment.resources("google_project_iam_member")
        if grant.body["member"].endswith("/sa/keda-operator")
    ]
    assert roles == ["roles/monitoring.viewer"]


@pytest.mark.plan("SCL-5", "CST-1")
def test_instances_go_when_all_numbers_agree_for_five_minutes(gcp_environment: Stack) -> None:
    behavior = scaled(gcp_environment)["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    down, up = behavior["scaleDown"], behavior["scaleUp"]
    assert down["stabilizationWindowSeconds"] == 300
    assert down["policies"] == [{"type": "Percent", "value": 50, "periodSeconds": 300}]
    assert up["stabilizationWindowSeconds"] < down["stabilizationWindowSeconds"]


@pytest.mark.plan("SCL-6", "SCL-7")
def test_there_are_two_to_twenty_instances(gcp_environment: Stack) -> None:
    spec = scaled(gcp_environment)
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (MIN_INSTANCES, MAX_INSTANCES)


@pytest.mark.plan("SCL-6")
def test_it_is_the_service_that_is_scaled(gcp_environment: Stack) -> None:
    found = the_object(gcp_environment, "ScaledObject")
    deployment = gcp_environment.one("kubernetes_deployment_v1")
    assert found["spec"]["scaleTargetRef"]["name"] == deployment
    assert found["metadata"]["namespace"] == deployment["metadata"]["namespace"]


@pytest.mark.plan("SCL-6")
def test_without_a_release_there_is_nothing_to_start(gcp_environment: Stack) -> None:
    deployment = gcp_environment.one("kubernetes_deployment_v1")
    assert deployment["spec"]["replicas"] == '${(var.release == "none") ? "0" : "2"}'
    paused = the_object(gcp_environment, "ScaledObject")["metadata"]["annotations"]["autoscaling.keda.sh/paused"]
    running = f"kubernetes_deployment_v1.{deployment.name}.spec[0].template[0].spec[0].container[0].image"
    local = paused.removeprefix("${local.").removesuffix("}")
    assert gcp_environment.content["locals"][local] == f'${{endswith({running}, ":none")}}'


@pytest.mark.plan("SCL-5")
def test_an_infrastructure_deploy_keeps_the_number_of_instances(gcp_environment: Stack) -> None:
    assert "spec[0].replicas" in gcp_environment.one("kubernetes_deployment_v1")["lifecycle"]["ignore_changes"]


@pytest.mark.plan("SCL-3", "SCL-4")
def test_the_autoscaler_is_there_before_what_it_reads(gcp_environment: Stack) -> None:
    keda = gcp_environment.one("helm_release", chart="keda")
    scaling = next(
        release for release in gcp_environment.resources("helm_release") if "ScaledObject" in release["values"][0]
    )
    assert f"helm_release.{keda.name}" in scaling["depends_on"]
