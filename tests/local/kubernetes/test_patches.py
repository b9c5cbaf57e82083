"""Patches of objects: JSON, merge, strategic merge and apply."""

import pytest

from assembly.values import Json
from tests.local.kubernetes.client import (
    DEFINITION,
    DEFINITIONS,
    DEPLOYMENT,
    DEPLOYMENTS,
    SCALERS,
    Client,
    changed,
    scaler,
)

STRATEGIC = "strategic-merge-patch+json"
API = f"{DEPLOYMENTS}/api"


@pytest.fixture
def deployed(client: Client) -> Client:
    two = [
        {"name": "api", "image": "example/api:1", "env": [{"name": "A", "value": "1"}]},
        {"name": "b", "image": "b:1"},
    ]
    client.post(DEPLOYMENTS, changed(DEPLOYMENT, spec__template__spec__containers=two))
    return client


def containers(client: Client) -> dict[str, Json]:
    return {each["name"]: each for each in client.get(API)["spec"]["template"]["spec"]["containers"]}


def template(**spec: Json) -> Json:
    return {"spec": {"template": {"spec": spec}}}


def test_strategic_merge_patch_merges_lists_by_their_key(deployed: Client) -> None:
    deployed.patch(API, template(containers=[{"name": "b", "image": "b:2"}]), STRATEGIC)

    assert {name: each["image"] for name, each in containers(deployed).items()} == {"api": "example/api:1", "b": "b:2"}
    assert containers(deployed)["api"]["env"] == [{"name": "A", "value": "1"}]


def test_strategic_merge_patch_deletes_by_key(deployed: Client) -> None:
    deployed.patch(API, template(containers=[{"name": "b", "$patch": "delete"}]), STRATEGIC)

    assert list(containers(deployed)) == ["api"]


def test_strategic_merge_patch_drops_nulls(deployed: Client) -> None:
    deployed.patch(API, {"metadata": {"labels": {"app": None, "other": "yes"}}}, STRATEGIC)

    assert deployed.get(API)["metadata"]["labels"] == {"other": "yes"}


def test_strategic_merge_patch_orders(deployed: Client) -> None:
    order = [{"name": "b"}, {"name": "api"}]
    deployed.patch(API, template(**{"$setElementOrder/containers": order}), STRATEGIC)

    assert list(containers(deployed)) == ["b", "api"]


def test_strategic_merge_patch_replaces_where_asked(deployed: Client) -> None:
    deployed.patch(API, template(containers=[{"$patch": "replace"}, {"name": "c", "image": "c:1"}]), STRATEGIC)

    assert list(containers(deployed)) == ["c"]


def test_strategic_merge_patch_retains_named_keys(deployed: Client) -> None:
    deployed.patch(API, {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}, STRATEGIC)

    assert deployed.get(API)["spec"]["strategy"] == {"type": "Recreate"}


def test_strategic_merge_patch_of_primitive_lists(client: Client) -> None:
    maps = "/api/v1/namespaces/default/configmaps"
    client.post(maps, {"metadata": {"name": "a", "finalizers": ["example.com/a", "example.com/b"]}})
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/a"], "finalizers": ["example.com/c"]}}

    patched = client.patch(f"{maps}/a", patch, STRATEGIC)
    assert patched["metadata"]["finalizers"] == ["example.com/b", "example.com/c"]


def test_merge_patch_replaces_lists_and_drops_nulls(deployed: Client) -> None:
    deployed.patch(API, template(containers=[{"name": "api", "image": "example/api:2"}]), "merge-patch+json")
    deployed.patch(API, {"metadata": {"labels": {"app": None}}}, "merge-patch+json")

    assert list(containers(deployed)) == ["api"]
    assert "labels" not in deployed.get(API)["metadata"] or not deployed.get(API)["metadata"]["labels"]


def test_json_patch(deployed: Client) -> None:
    path = "/spec/template/spec/containers/0/image"
    operations = [
        {"op": "test", "path": path, "value": "example/api:1"},
        {"op": "replace", "path": path, "value": "example/api:2"},
        {"op": "add", "path": "/metadata/annotations/a~1b", "value": "c"},
    ]
    deployed.patch(API, operations, "json-patch+json")

    assert containers(deployed)["api"]["image"] == "example/api:2"
    assert deployed.get(API)["metadata"]["annotations"]["a/b"] == "c"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/spec/nothing/here", "value": 1},
        {"op": "test", "path": "/spec/replicas", "value": 7},
        {"op": "jump", "path": "/spec"},
        "text",
    ],
)
def test_json_patch_that_does_not_fit_changes_nothing(deployed: Client, operation: Json) -> None:
    before = deployed.get(API)

    deployed.patch(API, [operation], "json-patch+json", status=400)
    assert deployed.get(API) == before


def test_apply_makes_and_changes(client: Client) -> None:
    place = f"{API}?fieldManager=tool"
    client.patch(place, DEPLOYMENT, "apply-patch+yaml", status=201)
    client.patch(place, changed(DEPLOYMENT, spec__replicas=4), "apply-patch+yaml")

    assert client.get(API)["spec"]["replicas"] == 4


def test_apply_drops_what_its_manager_no_longer_names(client: Client) -> None:
    place = f"{API}?fieldManager=tool"
    two = [*DEPLOYMENT["spec"]["template"]["spec"]["containers"], {"name": "b", "image": "b:1"}]
    both = changed(DEPLOYMENT, spec__template__spec__containers=two, metadata__labels={"app": "api", "a": "b"})
    client.patch(place, both, "apply-patch+yaml")
    client.patch(API, {"metadata": {"labels": {"other": "manager"}}}, "merge-patch+json")
    client.patch(place, DEPLOYMENT, "apply-patch+yaml")

    assert list(containers(client)) == ["api"]
    assert client.get(API)["metadata"]["labels"] == {"app": "api", "other": "manager"}


def test_apply_needs_a_manager(client: Client) -> None:
    client.patch(API, DEPLOYMENT, "apply-patch+yaml", status=400)


def test_custom_resource_has_no_strategic_merge_patch(client: Client) -> None:
    client.post(DEFINITIONS, DEFINITION)
    client.post(SCALERS, scaler())

    refused = client.patch(f"{SCALERS}/api", {"spec": {"target": "b"}}, STRATEGIC, status=415)
    assert refused["reason"] == "UnsupportedMediaType"


def test_patch_of_another_version_is_refused(deployed: Client) -> None:
    patch = {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 3}}

    assert deployed.patch(API, patch, "merge-patch+json", status=409)["reason"] == "Conflict"


def test_scale(deployed: Client) -> None:
    scale = deployed.get(f"{API}/scale")
    assert (scale["kind"], scale["spec"]["replicas"], scale["status"]["selector"]) == ("Scale", 2, "app=api")

    deployed.put(f"{API}/scale", changed(scale, spec__replicas=3))
    assert deployed.get(API)["spec"]["replicas"] == 3
    deployed.patch(f"{API}/scale", {"spec": {"replicas": 5}}, "merge-patch+json")
    assert deployed.get(API)["status"]["readyReplicas"] == 5
