"""The objects of Kubernetes of each environment: valid, and in agreement with each other."""

from collections.abc import Callable

import pytest

from assembly.kubernetes import objects
from tests.gcp.terraform import Stack
from tests.kubernetes_checks import dangling, everything, invalid, missing_ports, selecting_nothing, unmounted
from tests.kubernetes_values import bad_names, bad_quantities, floating_images, out_of_range

CHECKS = [
    invalid,
    selecting_nothing,
    dangling,
    unmounted,
    missing_ports,
    bad_quantities,
    bad_names,
    floating_images,
]


@pytest.mark.plan("GCP-3", "ARC-2/container")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_objects_are_valid_and_agree(check: Callable[[Stack], list[str]], gcp_environment: Stack) -> None:
    assert {item["kind"] for item in everything(gcp_environment)} >= {"Deployment", "Service", "ScaledObject"}
    assert check(gcp_environment) == []


@pytest.mark.plan("SCL-6", "SCL-7")
def test_every_autoscaler_keeps_to_two_to_twenty(gcp_environment: Stack) -> None:
    assert out_of_range(gcp_environment, 2, 20) == []


def test_a_resource_reads_as_the_object_that_it_makes() -> None:
    port = {"name": "http", "container_port": 8000}
    container = {"name": "it", "port": [port], "resources": {"limits": {"cpu": "1"}}}
    spec = {"container": [container], "security_context": {"run_as_user": "10001"}, "node_selector": {"a_b": "c_d"}}
    namespace = {"metadata": {"name": "goodies", "labels": {"my_label": "x"}}}
    content = {
        "resource": {
            "kubernetes_namespace_v1": {"place": namespace},
            "kubernetes_deployment_v1": {
                "it": {
                    "//": {},
                    "depends_on": [],
                    "metadata": {"name": "it", "namespace": "${kubernetes_namespace_v1.place.metadata[0].name}"},
                    "spec": {"replicas": "2", "template": {"spec": spec}},
                    "wait_for_rollout": False,
                }
            },
        }
    }
    assert dict(objects(content)) == {
        "kubernetes_namespace_v1.place": {"apiVersion": "v1", "kind": "Namespace", **namespace},
        "kubernetes_deployment_v1.it": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "it", "namespace": "goodies"},
            "spec": {
                "replicas": 2,
                "template": {
                    "spec": {
                        "containers": [
                            {
                                "name": "it",
                                "ports": [{"name": "http", "containerPort": 8000}],
                                "resources": {"limits": {"cpu": "1"}},
                            }
                        ],
                        "securityContext": {"runAsUser": 10001},
                        "nodeSelector": {"a_b": "c_d"},
                    }
                },
            },
        },
    }


def test_a_type_that_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match="kubernetes_daemonset"):
        list(objects({"resource": {"kubernetes_daemonset": {"it": {}}}}))
