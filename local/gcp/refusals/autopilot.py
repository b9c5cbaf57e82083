"""Refusals of GKE Autopilot's own admission, GKE Warden: what a pod may not ask of a node, and whose a namespace is."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from assembly.values import Json, at
from local.gcp.refusals import switches
from local.kubernetes.api_server import Admission
from local.kubernetes.errors import StatusError, forbidden
from local.kubernetes.kinds import Kind
from local.kubernetes.quantities import amount
from local.kubernetes.resource_quotas import pod_amounts
from local.proxy.store import Store

TEXT = (
    "Autopilot refuses host namespaces, host ports, host paths, privileged containers, the capability NET_ADMIN, more "
    "than 30 cores, 110 GiB or 10 GiB of ephemeral storage for a pod, and objects in the namespaces of Google."
)
SOURCE = (
    "SigNoz/charts issue 310, kubeshark issue 1425 and terraform-google-kubernetes-engine issue 2348 for the words; "
    '"Autopilot security capabilities" and "Resource requests in Autopilot", GKE documentation'
)
_WEBHOOK = "warden-validating.common-webhooks.networking.gke.io"
_MANAGED = ("kube-node-lease", "kube-public", "kube-system")
_BINDINGS = ("RoleBinding",)
_ALLOWED_PATH = "/var/log/"
_CAPABILITIES = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
    "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT", "SYS_PTRACE",
}  # fmt: skip
# Of a pod of the general purpose ("Resource requests in Autopilot", GKE documentation).
_MOST = {"cpu": "30", "memory": "110Gi", "ephemeral-storage": "10Gi"}


def admission(store: Store) -> Admission:
    """Return the admission of an Autopilot cluster.

    Args:
        store: has the switches.
    """

    def admit(kind: Kind, item: Json, old: Json | None) -> None:
        _check_namespace(store, kind, item, old)
        for path in ("spec.template.spec", "spec.jobTemplate.spec.template.spec"):
            for spec in at(item, path):
                _check_pod(spec)
        if kind.name == "Pod" and not kind.group:
            _check_pod(item.get("spec") or {})

    return admit


def _check_namespace(store: Store, kind: Kind, item: Json, old: Json | None) -> None:
    namespace = item["metadata"].get("namespace", "")
    if namespace not in _MANAGED:
        return
    if kind.name in _BINDINGS and switches.value(store, "autopilot_kube_system") == "bindings":
        return
    verb = "create" if old is None else "update"
    raise forbidden(
        kind.resource,
        item["metadata"].get("name", ""),
        f'User "terraform@embedded.example" cannot {verb} resource "{kind.plural}" in API group "{kind.group}" in the '
        f'namespace "{namespace}": GKE Warden authz [denied by managed-namespaces-limitation]: the namespace '
        f'"{namespace}" is managed and the request\'s verb "{verb}" is denied',
    )


def _check_pod(spec: Json) -> None:
    found = {f"[denied by {name}]": problems for name, check in _CHECKS.items() if (problems := list(check(spec)))}
    if found:
        message = (
            f'admission webhook "{_WEBHOOK}" denied the request: GKE Warden rejected the request because it violates '
            f"one or more constraints.\nViolations details: {json.dumps(found)}"
        )
        raise StatusError(400, "GKE Warden constraints violations", message)


def _containers(spec: Json) -> Sequence[Json]:
    return [each for part in ("initContainers", "containers") for each in spec.get(part) or ()]


def _host_namespaces(spec: Json) -> Iterator[str]:
    for name in ("hostPID", "hostIPC", "hostNetwork"):
        if spec.get(name):
            yield f"enabling {name} is not allowed in Autopilot."


def _privileged(spec: Json) -> Iterator[str]:
    for each in _containers(spec):
        if (each.get("securityContext") or {}).get("privileged"):
            yield f"container {each['name']} is privileged; not allowed in Autopilot"


def _host_ports(spec: Json) -> Iterator[str]:
    for each in _containers(spec):
        ports = [port["hostPort"] for port in each.get("ports") or () if port.get("hostPort")]
        if ports:
            numbers = " ".join(map(str, ports))
            yield f"container {each['name']} specifies host ports [{numbers}], which are disallowed in Autopilot."


def _host_paths(spec: Json) -> Iterator[str]:
    paths = {each["name"]: each["hostPath"]["path"] for each in spec.get("volumes") or () if "hostPath" in each}
    for each in _containers(spec):
        for mount in each.get("volumeMounts") or ():
            path = paths.get(mount["name"])
            if path is None:
                continue
            if not f"{path}/".startswith(_ALLOWED_PATH):
                yield (
                    f"hostPath volume {mount['name']} used in container {each['name']} uses path {path} which is not "
                    f"allowed in Autopilot. Allowed path prefixes for hostPath volumes are: [{_ALLOWED_PATH}]."
                )
            elif not mount.get("readOnly"):
                yield (
                    f"hostPath volume {mount['name']} in container {each['name']} is accessed in write mode; disallowed"
                    " in Autopilot."
                )


def _capabilities(spec: Json) -> Iterator[str]:
    for each in _containers(spec):
        added = set(((each.get("securityContext") or {}).get("capabilities") or {}).get("add") or ())
        if extra := sorted(added - _CAPABILITIES):
            yield (
                f"linux capability '{','.join(extra)}' on container '{each['name']}' not allowed; Autopilot only allows"
                f" the capabilities: '{','.join(sorted(_CAPABILITIES))}'."
            )


def _resources(spec: Json) -> Iterator[str]:
    amounts = pod_amounts(spec)
    for key, most in _MOST.items():
        total = amounts.get(f"requests.{key}", Decimal(0))
        if total > amount(most):
            yield f"total {key} requests of the pod ({total}) exceed the maximum of the general-purpose class, {most}."


_CHECKS: Mapping[str, Callable[[Json], Iterator[str]]] = {
    "autogke-disallow-hostnamespaces": _host_namespaces,
    "autogke-disallow-privilege": _privileged,
    "autogke-default-linux-capabilities": _capabilities,
    "autogke-no-host-port": _host_ports,
    "autogke-no-write-mode-hostpath": _host_paths,
    "autogke-pod-limit-constraints": _resources,
}
