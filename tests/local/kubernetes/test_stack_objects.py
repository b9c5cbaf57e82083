"""The objects of the synthesized stacks: each is taken, and taken again without a change."""

from assembly.kubernetes import objects
from assembly.values import Json
from local.kubernetes.kinds import built_in
from tests.gcp.terraform import Stack
from tests.local.kubernetes.client import Client

_NAMESPACES = ("autoneg-system", "goodies", "keda")


def known(value: Json, key: str = "") -> Json:
    """Return a manifest with values in place of what is known only at apply."""
    if isinstance(value, dict):
        return {name: known(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [known(each) for each in value]
    if isinstance(value, str) and "${" in value:
        return 2 if key == "replicas" else "known"
    return value


def test_stack_is_taken_and_taken_again_without_a_change(client: Client, gcp_environment: Stack) -> None:
    kinds = {(kind.api_version, kind.name): kind for kind in built_in()}
    for name in _NAMESPACES:
        client.post("/api/v1/namespaces", {"metadata": {"name": name}})
    taken = 0
    for _, manifest in objects(gcp_environment.content):
        kind = kinds.get((manifest["apiVersion"], manifest["kind"]))
        if kind is None or kind.name == "Namespace":  # KEDA's own are of its chart's definitions
            continue
        item = known(manifest)
        root = f"/apis/{kind.api_version}" if kind.group else "/api/v1"
        item["metadata"] |= {"namespace": "goodies"} if kind.namespaced else {}
        path = f"{root}/namespaces/goodies/{kind.plural}" if kind.namespaced else f"{root}/{kind.plural}"
        client.post(f"{path}?fieldValidation=Strict", item)
        stored = client.get(f"{path}/{item['metadata']['name']}")
        client.patch(f"{path}/{item['metadata']['name']}", item, "strategic-merge-patch+json")
        assert client.get(f"{path}/{item['metadata']['name']}") == stored
        taken += 1
    assert taken >= 8
