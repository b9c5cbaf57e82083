"""Discovery: groups, resources and custom definitions."""

from local.kubernetes.discovery import AGGREGATED
from tests.local.kubernetes.client import DEFINITION, DEFINITIONS, SCALERS, Client, changed, scaler

API_SERVICE = {
    "metadata": {"name": "v1beta1.external.metrics.k8s.io"},
    "spec": {
        "group": "external.metrics.k8s.io",
        "version": "v1beta1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "service": {"name": "metrics", "namespace": "default"},
    },
}


def resources(client: Client, path: str) -> set[str]:
    return {each["name"] for each in client.get(path)["resources"]}


def aggregated(client: Client, path: str) -> set[str]:
    groups = client.get(path, accept=f"{AGGREGATED},application/json")["items"]
    versions = [version for group in groups for version in group["versions"]]
    return {each["resource"] for version in versions for each in version["resources"]}


def test_version(client: Client) -> None:
    version = client.get("/version")

    assert (version["major"], version["minor"], version["gitVersion"]) == ("1", "35", "v1.35.0-gke.1000000")


def test_what_every_cluster_serves_is_found(client: Client) -> None:
    assert {"secrets", "namespaces", "services"} <= resources(client, "/api/v1")
    assert {"deployments", "deployments/status", "deployments/scale"} <= resources(client, "/apis/apps/v1")
    assert {each["name"] for each in client.get("/apis")["groups"]} >= {"apps", "apiextensions.k8s.io"}


def test_aggregated_discovery_names_the_same(client: Client) -> None:
    plain = {name for name in resources(client, "/apis/apps/v1") if "/" not in name}

    assert plain <= aggregated(client, "/apis")
    assert "secrets" in aggregated(client, "/api")
    assert "secrets" not in aggregated(client, "/apis")


def test_defined_resource_is_established_and_found(client: Client) -> None:
    client.get(SCALERS, status=404)
    client.post(DEFINITIONS, DEFINITION)

    conditions = client.get(f"{DEFINITIONS}/scalers.example.com")["status"]["conditions"]
    assert {each["type"]: each["status"] for each in conditions}["Established"] == "True"
    assert resources(client, "/apis/example.com/v1") == {"scalers", "scalers/status"}
    assert "scalers" in aggregated(client, "/apis")
    client.post(SCALERS, scaler())


def test_definition_goes_with_its_objects(client: Client) -> None:
    client.post(DEFINITIONS, DEFINITION)
    client.post(SCALERS, scaler())
    client.delete(f"{DEFINITIONS}/scalers.example.com")

    client.get("/apis/example.com/v1", status=404)
    client.post(DEFINITIONS, DEFINITION)
    assert client.names(SCALERS) == []


def test_version_that_is_not_served_is_not_found(client: Client) -> None:
    served = DEFINITION["spec"]["versions"][0]
    older = served | {"name": "v1alpha1", "served": False, "storage": False}
    client.post(DEFINITIONS, changed(DEFINITION, spec__versions=[served, older]))

    client.get(SCALERS.replace("v1", "v1alpha1"), status=404)


def test_group_of_another_server_is_available(client: Client) -> None:
    client.post("/apis/apiregistration.k8s.io/v1/apiservices", API_SERVICE)

    service = client.get("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io")
    assert (
        service["status"]["conditions"][0] | {"type": "Available", "status": "True"}
        == (service["status"]["conditions"][0])
    )
    assert service["spec"]["service"]["port"] == 443
    assert client.get("/apis/external.metrics.k8s.io/v1beta1")["resources"] == []


def test_openapi_comes_in_the_types_that_clients_take(client: Client) -> None:
    second = client.send("GET", "/openapi/v2", accept="application/com.github.proto-openapi.spec.v2@v1.0+protobuf")

    # The client's parser refuses the type that it asks for, with its @.
    assert second.headers["content-type"] == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
    assert second.body.startswith(b"\x0a\x032.0")
    assert "paths" in client.get("/openapi/v3")


def test_unknown_paths_are_refused(client: Client) -> None:
    for path in ("/apis/example.org/v1", "/apis/apps/v2", "/api/v1/unicorns", "/elsewhere"):
        assert client.get(path, status=404)["reason"] == "NotFound"
