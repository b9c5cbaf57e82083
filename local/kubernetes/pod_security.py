"""Pod Security: what the levels ``baseline`` and ``restricted`` forbid.

Words and order: package policy of k8s.io/pod-security-admission.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from assembly.values import Json

ENFORCE = "pod-security.kubernetes.io/enforce"
WARN = "pod-security.kubernetes.io/warn"
_VOLUMES = (
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
)  # fmt: skip
_BASELINE_CAPABILITIES = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}  # fmt: skip
_PROFILES = ("Localhost", "RuntimeDefault")


def violations(level: str, spec: Json) -> str:
    """Return what a level forbids of a pod, as the API server writes it; empty where nothing.

    Args:
        level: ``privileged``, ``baseline`` or ``restricted``.
        spec: of the pod.
    """
    found = [text for check in _CHECKS.get(level, ()) if (text := check(spec))]
    return f'violates PodSecurity "{level}:latest": {", ".join(found)}' if found else ""


def _containers(spec: Json) -> Sequence[Json]:
    return [each for part in ("initContainers", "containers", "ephemeralContainers") for each in spec.get(part) or ()]


def _context(item: Json) -> Mapping[str, Json]:
    return item.get("securityContext") or {}


def _named(word: str, names: Sequence[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"{word}{'s' if len(names) > 1 else ''} {quoted}"


def _of_containers(title: str, rule: str, breaks: Callable[[Json, Json], bool]) -> Callable[[Json], str]:
    def check(spec: Json) -> str:
        names = [each["name"] for each in _containers(spec) if breaks(spec, each)]
        return f"{title} ({_named('container', names)} {rule})" if names else ""

    return check


def _of_pod(title: str, rule: str, breaks: Callable[[Json, Json], bool]) -> Callable[[Json], str]:
    def check(spec: Json) -> str:
        names = [each["name"] for each in _containers(spec) if breaks(spec, each)]
        return f"{title} (pod or {_named('container', names)} {rule})" if names else ""

    return check


def _host_namespaces(spec: Json) -> str:
    found = [f"{name}=true" for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
    return f"host namespaces ({', '.join(found)})" if found else ""


def _host_paths(spec: Json) -> str:
    names = [each["name"] for each in spec.get("volumes") or () if "hostPath" in each]
    return f"hostPath volumes ({_named('volume', names)})" if names else ""


def _host_ports(spec: Json) -> str:
    found = [(each["name"], port["hostPort"]) for each in _containers(spec) for port in _ports(each)]
    return ", ".join(f'hostPort (container "{name}" uses hostPort {port})' for name, port in found)


def _ports(container: Json) -> Iterator[Json]:
    yield from (port for port in container.get("ports") or () if port.get("hostPort"))


def _volumes(spec: Json) -> str:
    found = [
        f'volume "{each["name"]}" uses restricted volume type "{kind}"'
        for each in spec.get("volumes") or ()
        for kind in each
        if kind != "name" and kind not in _VOLUMES
    ]
    return f"restricted volume types ({', '.join(found)})" if found else ""


def _root_user(spec: Json) -> str:
    names = [each["name"] for each in _containers(spec) if _context(each).get("runAsUser") == 0]
    if _context(spec).get("runAsUser") == 0:
        return "runAsUser=0 (pod must not set runAsUser=0)"
    return f"runAsUser=0 ({_named('container', names)} must not set runAsUser=0)" if names else ""


def _effective(spec: Json, container: Json, key: str) -> Json:
    return _context(container).get(key, _context(spec).get(key))


def _added(container: Json) -> set[str]:
    return set((_context(container).get("capabilities") or {}).get("add") or ())


def _dropped(container: Json) -> set[str]:
    return set((_context(container).get("capabilities") or {}).get("drop") or ())


_BASELINE: tuple[Callable[[Json], str], ...] = (
    _host_namespaces,
    _of_containers(
        "privileged",
        "must not set securityContext.privileged=true",
        lambda _, each: bool(_context(each).get("privileged")),
    ),
    _host_paths,
    _host_ports,
)
_CHECKS: Mapping[str, tuple[Callable[[Json], str], ...]] = {
    "baseline": (
        *_BASELINE,
        _of_containers(
            "non-default capabilities",
            "must not include capabilities beyond the default ones in securityContext.capabilities.add",
            lambda _, each: bool(_added(each) - _BASELINE_CAPABILITIES),
        ),
    ),
    "restricted": (
        *_BASELINE,
        _of_containers(
            "allowPrivilegeEscalation != false",
            "must set securityContext.allowPrivilegeEscalation=false",
            lambda _, each: _context(each).get("allowPrivilegeEscalation") is not False,
        ),
        _of_containers(
            "unrestricted capabilities",
            'must set securityContext.capabilities.drop=["ALL"]',
            lambda _, each: "ALL" not in _dropped(each) or bool(_added(each) - {"NET_BIND_SERVICE"}),
        ),
        _volumes,
        _of_pod(
            "runAsNonRoot != true",
            "must set securityContext.runAsNonRoot=true",
            lambda spec, each: _effective(spec, each, "runAsNonRoot") is not True,
        ),
        _root_user,
        _of_pod(
            "seccompProfile",
            'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
            lambda spec, each: (_effective(spec, each, "seccompProfile") or {}).get("type") not in _PROFILES,
        ),
    ),
}
