"""Settings of kubectl for the clusters that are deployed to the embedded Google Cloud."""

from collections.abc import Iterable, Mapping

from assembly.values import Json

_USER = "owner"
_NAMESPACE = "goodies"


def kubeconfig(states: Mapping[str, Json]) -> Json:
    """Return them: a context for each stack with a cluster; the first one is the current one.

    Args:
        states: of the stacks, by their names.
    """
    names = {stack: name for stack, state in states.items() for name in _names(state)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": stack, "cluster": {"server": f"https://{name}"}} for stack, name in names.items()],
        "contexts": [
            {"name": stack, "context": {"cluster": stack, "user": _USER, "namespace": _NAMESPACE}} for stack in names
        ],
        "current-context": next(iter(names), ""),
        "users": [{"name": _USER, "user": {"exec": _LOGIN}}],
    }


_LOGIN: Mapping[str, Json] = {
    "apiVersion": "client.authentication.k8s.io/v1beta1",
    "command": "gke-gcloud-auth-plugin",
    "interactiveMode": "Never",
}


def _names(state: Json) -> Iterable[str]:
    """Yield the DNS name of each cluster in a state."""
    for resource in state.get("resources", ()):
        if resource["type"] == "google_container_cluster":
            for instance in resource["instances"]:
                (endpoints,) = instance["attributes"]["control_plane_endpoints_config"]
                yield endpoints["dns_endpoint_config"][0]["endpoint"]
