"""Objects: made, read, listed, changed and deleted."""

import json

from assembly.values import Json
from tests.local.kubernetes.client import DEFINITION, DEFINITIONS, DEPLOYMENT, DEPLOYMENTS, SCALERS, Client, scaler

MAPS = "/api/v1/namespaces/default/configmaps"


def config_map(name: str, labels: dict[str, str] | None = None, **data: str) -> Json:
    return {"metadata": {"name": name, "labels": labels or {}}, "data": data}


def test_made_object_is_given_back(client: Client) -> None:
    made = client.post(MAPS, config_map("settings", key="value"), status=201)
    stored = client.get(f"{MAPS}/settings")

    assert stored == made
    assert (stored["kind"], stored["apiVersion"], stored["data"]) == ("ConfigMap", "v1", {"key": "value"})
    assert stored["metadata"]["namespace"] == "default"
    assert {"uid", "resourceVersion", "creationTimestamp"} <= set(stored["metadata"])


def test_name_is_taken(client: Client) -> None:
    client.post(MAPS, config_map("settings"))

    refused = client.post(MAPS, config_map("settings"), status=409)
    assert refused["reason"] == "AlreadyExists"
    assert refused["message"] == 'configmaps "settings" already exists'


def test_name_is_completed(client: Client) -> None:
    first, second = (client.post(MAPS, {"metadata": {"generateName": "settings-"}}) for _ in range(2))

    assert first["metadata"]["name"].startswith("settings-")
    assert first["metadata"]["name"] != second["metadata"]["name"]


def test_namespace_must_exist(client: Client) -> None:
    refused = client.post(MAPS.replace("default", "elsewhere"), config_map("settings"), status=404)

    assert refused["message"] == 'namespaces "elsewhere" not found'


def test_namespace_of_the_path_counts(client: Client) -> None:
    elsewhere = {"metadata": {"name": "settings", "namespace": "kube-system"}}

    assert client.post(MAPS, elsewhere, status=400)["reason"] == "BadRequest"


def test_kind_of_the_path_counts(client: Client) -> None:
    assert client.post(MAPS, DEPLOYMENT, status=400)["reason"] == "BadRequest"


def test_missing_object_is_not_found(client: Client) -> None:
    refused = client.get(f"{DEPLOYMENTS}/api", status=404)

    assert refused["message"] == 'deployments.apps "api" not found'
    assert refused["details"] == {"name": "api", "group": "apps", "kind": "deployments"}
    client.delete(f"{DEPLOYMENTS}/api", status=404)
    client.put(f"{DEPLOYMENTS}/api", DEPLOYMENT, status=404)


def test_list_by_labels_and_fields(client: Client) -> None:
    client.post(MAPS, config_map("a", {"owner": "helm", "status": "deployed"}))
    client.post(MAPS, config_map("b", {"owner": "helm", "status": "superseded"}))
    client.post(MAPS, config_map("c", {"owner": "kubectl"}))

    for selector, expected in {
        "labelSelector=owner%3Dhelm": ["a", "b"],
        "labelSelector=owner=helm,status=deployed": ["a"],
        "labelSelector=owner in (kubectl, nobody)": ["c"],
        "labelSelector=owner,status!=deployed": ["b", "c"],
        "labelSelector=status notin (deployed),owner": ["b", "c"],
        "labelSelector=!owner": ["kube-root-ca.crt"],
        "fieldSelector=metadata.name=b": ["b"],
        "fieldSelector=metadata.name!=b": ["a", "c", "kube-root-ca.crt"],
        "fieldSelector=metadata.namespace=elsewhere": [],
    }.items():
        assert client.names(f"{MAPS}?{selector.replace('%3D', '=')}") == expected, selector


def test_list_of_all_namespaces(client: Client) -> None:
    client.post("/api/v1/namespaces", {"metadata": {"name": "keda"}})
    client.post(MAPS, config_map("a"))
    client.post(MAPS.replace("default", "keda"), config_map("b"))

    assert {"a", "b"} <= set(client.names("/api/v1/configmaps"))
    assert "b" not in client.names(MAPS)


def test_stale_change_is_refused(client: Client) -> None:
    old = client.post(MAPS, config_map("settings", key="first"))
    client.put(f"{MAPS}/settings", old | {"data": {"key": "second"}})

    refused = client.put(f"{MAPS}/settings", old | {"data": {"key": "third"}}, status=409)
    assert refused["reason"] == "Conflict"
    assert "the object has been modified" in refused["message"]
    assert client.get(f"{MAPS}/settings")["data"] == {"key": "second"}


def test_other_object_of_the_name_is_not_changed(client: Client) -> None:
    old = client.post(MAPS, config_map("settings"))
    client.delete(f"{MAPS}/settings")
    client.post(MAPS, config_map("settings"))
    del old["metadata"]["resourceVersion"]

    assert client.put(f"{MAPS}/settings", old, status=409)["reason"] == "Conflict"


def test_same_again_changes_nothing(client: Client) -> None:
    for path, body in ((MAPS, config_map("settings", key="value")), (DEPLOYMENTS, DEPLOYMENT)):
        place = f"{path}/{body['metadata']['name']}"
        client.post(path, body)
        before = client.get(place)

        assert client.put(place, before) == before
        assert client.get(place) == before


def test_generation_counts_changes_of_the_desired_state(client: Client) -> None:
    client.post(DEPLOYMENTS, DEPLOYMENT)
    place = f"{DEPLOYMENTS}/api"

    labelled = client.patch(place, {"metadata": {"labels": {"more": "yes"}}}, "merge-patch+json")
    assert labelled["metadata"]["generation"] == 1
    assert client.patch(place, {"spec": {"replicas": 3}}, "merge-patch+json")["metadata"]["generation"] == 2
    assert client.get(place)["status"]["observedGeneration"] == 2


def test_status_changes_through_its_path_alone(client: Client) -> None:
    client.post(DEFINITIONS, DEFINITION)
    client.post(SCALERS, scaler() | {"status": {"ready": True}})
    place = f"{SCALERS}/api"

    assert "status" not in client.get(place)
    client.patch(f"{place}/status", {"status": {"ready": True}, "spec": {"target": "b"}}, "merge-patch+json")
    assert client.get(place)["status"] == {"ready": True}
    client.patch(place, {"status": {"ready": False}, "spec": {"target": "c"}}, "merge-patch+json")
    assert client.get(place)["status"] == {"ready": True}
    assert client.get(place)["spec"]["target"] == "c"


def test_custom_resource_needs_its_version_to_be_replaced(client: Client) -> None:
    client.post(DEFINITIONS, DEFINITION)
    client.post(SCALERS, scaler())

    refused = client.put(f"{SCALERS}/api", scaler(target="b"), status=422)
    assert "metadata.resourceVersion" in refused["message"]


def test_finalizer_holds_a_deletion(client: Client) -> None:
    client.post(MAPS, {"metadata": {"name": "settings", "finalizers": ["example.com/hold"]}})
    client.delete(f"{MAPS}/settings")

    assert "deletionTimestamp" in client.get(f"{MAPS}/settings")["metadata"]
    client.patch(f"{MAPS}/settings", {"metadata": {"finalizers": None}}, "merge-patch+json")
    client.get(f"{MAPS}/settings", status=404)


def test_what_an_object_owns_goes_with_it(client: Client) -> None:
    owner = client.post(MAPS, config_map("owner"))
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    for name in ("child", "orphan"):
        client.post(MAPS, {"metadata": {"name": name, "ownerReferences": [reference]}})
        client.delete(f"{MAPS}/{name}") if name == "orphan" else None
    client.delete(f"{MAPS}/owner", {"propagationPolicy": "Background"})

    client.get(f"{MAPS}/child", status=404)


def test_orphans_stay(client: Client) -> None:
    client.post(DEPLOYMENTS, DEPLOYMENT)
    client.delete(f"{DEPLOYMENTS}/api?propagationPolicy=Orphan")

    assert len(client.names(DEPLOYMENTS.replace("deployments", "replicasets"))) == 1


def test_namespace_goes_with_all_in_it(client: Client) -> None:
    client.post("/api/v1/namespaces", {"metadata": {"name": "keda"}})
    client.post(DEPLOYMENTS.replace("default", "keda"), DEPLOYMENT)
    client.delete("/api/v1/namespaces/keda")

    client.get("/api/v1/namespaces/keda", status=404)
    assert client.names("/apis/apps/v1/deployments") == client.names("/apis/apps/v1/replicasets") == []


def test_precondition_of_a_deletion(client: Client) -> None:
    client.post(MAPS, config_map("settings"))

    client.delete(f"{MAPS}/settings", {"preconditions": {"uid": "another"}}, status=409)
    client.get(f"{MAPS}/settings")


def test_collection_is_deleted_by_labels(client: Client) -> None:
    client.post(MAPS, config_map("a", {"drop": "yes"}))
    client.post(MAPS, config_map("b"))
    client.delete(f"{MAPS}?labelSelector=drop=yes")

    assert client.names(MAPS) == ["b", "kube-root-ca.crt"]


def test_dry_run_stores_nothing(client: Client) -> None:
    client.post(f"{MAPS}?dryRun=All", config_map("settings"), status=201)
    client.get(f"{MAPS}/settings", status=404)
    client.post(MAPS, config_map("settings", key="value"))
    client.put(f"{MAPS}/settings?dryRun=All", config_map("settings", key="other"))
    client.delete(f"{MAPS}/settings?dryRun=All")

    assert client.get(f"{MAPS}/settings")["data"] == {"key": "value"}


def test_watch_gives_what_changed_since_a_version_and_ends(client: Client) -> None:
    client.post(MAPS, config_map("old"))
    version = client.get(MAPS)["metadata"]["resourceVersion"]
    client.post(MAPS, config_map("new"))

    answer = client.send("GET", f"{MAPS}?watch=true&resourceVersion={version}&allowWatchBookmarks=true")
    events = [json.loads(line) for line in answer.body.splitlines()]
    assert [(each["type"], each["object"]["metadata"].get("name")) for each in events] == [
        ("MODIFIED", "new"),
        ("BOOKMARK", None),
    ]


def test_verbs_that_a_path_does_not_have_are_refused(client: Client) -> None:
    for method, path in (("PUT", MAPS), ("POST", f"{MAPS}/settings"), ("POST", "/api/v1/configmaps")):
        assert client.call(method, path, config_map("settings"), status=405)["reason"] == "MethodNotAllowed"
    client.get(f"{MAPS}/kube-root-ca.crt/status", status=404)
