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
_SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_SYSCTLS = (
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
)  # fmt: skip


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


def _contexts(spec: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Yield the security contexts of a pod, each with the words that name its owner."""
    yield "pod", _context(spec)
    yield from ((_named("container", [each["name"]]), _context(each)) for each in _containers(spec))


def _in_contexts(title: str, forbidden: Callable[[Mapping[str, Json]], str]) -> Callable[[Json], str]:
    def check(spec: Json) -> str:
        found = [f"{owner} {text}" for owner, context in _contexts(spec) if (text := forbidden(context))]
        return f"{title} ({', '.join(found)})" if found else ""

    return check


def _host_process(context: Mapping[str, Json]) -> str:
    on = (context.get("windowsOptions") or {}).get("hostProcess")
    return "must not set securityContext.windowsOptions.hostProcess=true" if on else ""


def _app_armor(context: Mapping[str, Json]) -> str:
    kind = (context.get("appArmorProfile") or {}).get("type", _PROFILES[0])
    return "" if kind in _PROFILES else f'must not set AppArmor profile type to "{kind}"'


def _unmasked(context: Mapping[str, Json]) -> str:
    kind = context.get("procMount", "Default")
    return "" if kind == "Default" else f'must not set securityContext.procMount to "{kind}"'


def _selinux(context: Mapping[str, Json]) -> str:
    options = context.get("seLinuxOptions") or {}
    found = [f'type "{options["type"]}"'] if options.get("type", "") not in _SELINUX_TYPES else []
    found += [f"{key} may not be set" for key in ("user", "role") if options.get(key)]
    return f"set forbidden securityContext.seLinuxOptions: {'; '.join(found)}" if found else ""


def _unconfined(context: Mapping[str, Json]) -> str:
    kind = (context.get("seccompProfile") or {}).get("type", _PROFILES[0])
    return "" if kind in _PROFILES else f'must not set securityContext.seccompProfile.type to "{kind}"'


def _sysctls(spec: Json) -> str:
    names = [each["name"] for each in _context(spec).get("sysctls") or () if each["name"] not in _SYSCTLS]
    return f"forbidden sysctls ({', '.join(names)})" if names else ""


_BASELINE: tuple[Callable[[Json], str], ...] = (
    _host_namespaces,
    _of_containers(
        "privileged",
        "must not set securityContext.privileged=true",
        lambda _, each: bool(_context(each).get("privileged")),
    ),
    _host_paths,
    _host_ports,
    _in_contexts("hostProcess", _host_process),
    _in_contexts("forbidden AppArmor profiles", _app_armor),
    _in_contexts("procMount", _unmasked),
    _in_contexts("seLinuxOptions", _selinux),
    _sysctls,
)
_CHECKS: Mapping[str, tuple[Callable[[Json], str], ...]] = {
    "baseline": (
        *_BASELINE,
        _of_containers(
            "non-default capabilities",
            "must not include capabilities beyond the default ones in securityContext.capabilities.add",
            lambda _, each: bool(_added(each) - _BASELINE_CAPABILITIES),
        ),
        _in_contexts("seccompProfile", _unconfined),
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
