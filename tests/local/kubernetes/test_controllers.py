"""Controllers: Deployments with their ReplicaSets, and all that belongs to an owner."""

from assembly.values import Json
from tests.local.kubernetes.client import DEPLOYMENT, DEPLOYMENTS, Client, changed

API = f"{DEPLOYMENTS}/api"
SETS = DEPLOYMENTS.replace("deployments", "replicasets")


def image(tag: str) -> Json:
    return {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": f"example/api:{tag}"}]}}}}


def replica_sets(client: Client) -> dict[str, int]:
    """Return the replicas of each image."""
    return {
        each["spec"]["template"]["spec"]["containers"][0]["image"]: each["spec"]["replicas"]
        for each in client.get(SETS)["items"]
    }


def test_deployment_is_ready(client: Client) -> None:
    client.post(DEPLOYMENTS, DEPLOYMENT)
    status = client.get(API)["status"]

    assert {each["type"]: each["status"] for each in status["conditions"]} == {
        "Available": "True",
        "Progressing": "True",
    }
    del status["conditions"]
    assert status == {
        "observedGeneration": 1,
        "replicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "updatedReplicas": 2,
    }


def test_deployment_has_a_replica_set(client: Client) -> None:
    deployment = client.post(DEPLOYMENTS, DEPLOYMENT)
    (made,) = client.get(f"{SETS}?labelSelector=app=api")["items"]
    digest = made["metadata"]["labels"]["pod-template-hash"]

    assert made["metadata"]["name"] == f"api-{digest}"
    assert made["metadata"]["ownerReferences"][0]["uid"] == deployment["metadata"]["uid"]
    assert made["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    assert made["spec"]["selector"]["matchLabels"] == {"app": "api", "pod-template-hash": digest}
    assert made["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] == digest
    assert made["status"]["readyReplicas"] == 2


def test_release_and_rollback(client: Client) -> None:
    client.post(DEPLOYMENTS, DEPLOYMENT)
    client.patch(API, image("2"), "strategic-merge-patch+json")
    assert replica_sets(client) == {"example/api:1": 0, "example/api:2": 2}

    client.patch(API, image("1"), "strategic-merge-patch+json")
    assert replica_sets(client) == {"example/api:1": 2, "example/api:2": 0}
    assert client.get(API)["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"


def test_scaling_is_no_release(client: Client) -> None:
    client.post(DEPLOYMENTS, DEPLOYMENT)
    client.patch(API, {"spec": {"replicas": 0}}, "merge-patch+json")

    assert replica_sets(client) == {"example/api:1": 0}
    assert client.get(API)["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    assert "readyReplicas" not in client.get(API)["status"]


def test_history_has_a_limit(client: Client) -> None:
    client.post(DEPLOYMENTS, changed(DEPLOYMENT, spec__revisionHistoryLimit=2))
    for tag in "23456":
        client.patch(API, image(tag), "strategic-merge-patch+json")

    assert replica_sets(client) == {"example/api:4": 0, "example/api:5": 0, "example/api:6": 2}


def test_load_balancer_gets_an_address(client: Client) -> None:
    services = "/api/v1/namespaces/default/services"
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    client.post(services, {"metadata": {"name": "api"}, "spec": spec})
    service = client.get(f"{services}/api")

    assert service["status"]["loadBalancer"]["ingress"]
    assert 30000 <= service["spec"]["ports"][0]["nodePort"] <= 32767
