"""Rules of GKE Autopilot and Kubernetes for pods, those of third parties' charts included: each returns what breaks it.

The numbers are in ``kubernetes_rules.yaml`` with their sources.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from assembly.chart_facts import chart_facts
from assembly.values import Json
from tests import kubernetes_checks
from tests.gcp.terraform import Stack
from tests.kubernetes_checks import containers, everything, label
from tests.kubernetes_values import amount

LIMITS = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
_SPOT = "cloud.google.com/gke-spot"


@dataclass(frozen=True, kw_only=True)
class Pods:
    """Pods that a Deployment makes.

    Attributes:
        who: label of the Deployment.
        namespace: namespace of the pods.
        least: smallest number of them.
        template: their template.
    """

    who: str
    namespace: str
    least: int
    template: Json

    @property
    def spec(self) -> Json:
        return self.template["spec"]

    @property
    def labels(self) -> Mapping[str, str]:
        return self.template["metadata"].get("labels") or {}


def objects(stack: Stack) -> list[Json]:
    """Return the objects of a stack and of the charts that it installs."""
    installed = {release["chart"] for release in stack.resources("helm_release")}
    return [
        *everything(stack),
        *(item for facts in chart_facts() if facts.chart in installed for item in facts.objects),
    ]


def all_pods(stack: Stack) -> list[Pods]:
    """Return what every Deployment of a stack makes."""
    known = objects(stack)
    scaled = {
        item["spec"]["scaleTargetRef"]["name"]: item["spec"]["minReplicaCount"]
        for item in known
        if item["kind"] == "ScaledObject"
    }
    return [
        Pods(
            who=label(item),
            namespace=item["metadata"]["namespace"],
            least=scaled.get(item["metadata"]["name"], item["spec"]["replicas"]),
            template=item["spec"]["template"],
        )
        for item in known
        if item["kind"] == "Deployment"
    ]


def outside_autopilot(stack: Stack) -> list[str]:
    """Name pods whose requests Autopilot changes or refuses."""
    limits = LIMITS["autopilot"]
    found = []
    for pods in all_pods(stack):
        cpu, memory, storage = (_requested(pods.spec, name) for name in ("cpu", "memory", "ephemeral-storage"))
        least, most = limits["memory_for_each_core"]
        found += [f"{pods.who}: cpu {cpu:g}"] * (not _between(cpu, limits["cpu"]))
        found += [f"{pods.who}: memory {memory:g}"] * (not _between(memory, limits["memory"]))
        found += [f"{pods.who}: {memory / 2**30 / cpu:.2f} GiB for each core"] * (
            not least * cpu <= memory / 2**30 <= most * cpu
        )
        found += [f"{pods.who}: storage {storage:g}"] * (storage > amount(limits["ephemeral_storage"]))
    return found


def _between(value: float, bounds: Sequence[str]) -> bool:
    return amount(bounds[0]) <= value <= amount(bounds[1])


def _requested(spec: Json, name: str) -> float:
    """Return what a pod asks for: its containers together, or its largest init container."""
    requested = [
        [amount(each["resources"].get("requests", {}).get(name, "0")) for each in spec.get(kind, [])]
        for kind in ("containers", "initContainers")
    ]
    return max(sum(requested[0]), *requested[1], 0.0)


def insecure(stack: Stack) -> list[str]:
    """Name what the Pod Security Standard ``restricted`` refuses."""
    return [f"{pods.who}: {problem}" for pods in all_pods(stack) for problem in _insecure(pods)]


def _insecure(pods: Pods) -> Iterator[str]:
    yield from (name for name in ("hostNetwork", "hostPID", "hostIPC") if pods.spec.get(name))
    for volume in pods.spec.get("volumes", []):
        yield from (f"volume {kind}" for kind in volume.keys() - {"name"} if kind not in LIMITS["volumes"])
    shared = pods.spec.get("securityContext", {})
    for each in containers(pods.template):
        own = each.get("securityContext", {})
        rights = shared | own
        kept = {
            "runs as root": not rights.get("runAsNonRoot") or rights.get("runAsUser") == 0,
            "no seccomp profile": rights.get("seccompProfile", {}).get("type") not in {"RuntimeDefault", "Localhost"},
            "may gain privileges": own.get("allowPrivilegeEscalation") is not False,
            "privileged": bool(own.get("privileged")),
            "keeps capabilities": own.get("capabilities", {}).get("drop") != ["ALL"],
            "adds capabilities": bool(own.get("capabilities", {}).get("add")),
            "has a port of the node": any("hostPort" in port for port in each.get("ports", [])),
        }
        yield from (f"{each['name']} {problem}" for problem, holds in kept.items() if holds)


def unselected(stack: Stack) -> list[str]:
    """Name selectors that fit no pod, or not those of their own Deployment."""
    return kubernetes_checks.unselected(objects(stack))


def _selects(item: Json, wanted: Mapping[str, str], pods: Pods) -> bool:
    return pods.namespace == item["metadata"]["namespace"] and wanted.items() <= pods.labels.items()


def killed_while_starting(stack: Stack) -> list[str]:
    """Name containers that are restarted before they had time to answer at first."""
    found = []
    for pods in all_pods(stack):
        for each in pods.spec["containers"]:
            probe = each.get("startupProbe") or each.get("livenessProbe")
            if not probe:
                found.append(f"{pods.who}: {each['name']} has no probe that restarts it")
                continue
            seconds = probe.get("initialDelaySeconds", 0) + probe.get("periodSeconds", 10) * probe.get(
                "failureThreshold", 3
            )
            if seconds < LIMITS["start_seconds"]:
                found.append(f"{pods.who}: {each['name']} is restarted after {seconds} seconds")
    return found


def without_a_budget_that_leaves_one(stack: Stack) -> list[str]:
    """Name Deployments that a drain of nodes may empty, and those that it can never finish."""
    budgets = [item for item in objects(stack) if item["kind"] == "PodDisruptionBudget"]
    found = []
    for pods in all_pods(stack):
        own = [item["spec"] for item in budgets if _selects(item, item["spec"]["selector"]["matchLabels"], pods)]
        left = [pods.least - _disrupted(spec, pods.least) for spec in own]
        if len(own) != 1 or not 1 <= left[0] < pods.least:
            found.append(f"{pods.who}: {len(own)} budgets, {left} of {pods.least} pods left")
    return found


def _disrupted(budget: Json, pods: int) -> int:
    return int(budget["maxUnavailable"]) if "maxUnavailable" in budget else pods - int(budget["minAvailable"])


def placed_by_force(stack: Stack) -> list[str]:
    """Name pods that a rule of placement may keep from any node, and those without a rule that spreads them."""
    found = []
    for pods in all_pods(stack):
        constraints = pods.spec.get("topologySpreadConstraints", [])
        affinity = pods.spec.get("affinity", {})
        found += [
            f"{pods.who}: {rule['topologyKey']} must be even"
            for rule in constraints
            if rule["whenUnsatisfiable"] != "ScheduleAnyway"
        ]
        found += [
            f"{pods.who}: {kind} must hold"
            for kind, rules in affinity.items()
            if "requiredDuringSchedulingIgnoredDuringExecution" in rules
        ]
        spread = constraints or "podAntiAffinity" in affinity
        found += [f"{pods.who}: all pods may be on one node"] * (not spread)
    return found


def unknown_priorities(stack: Stack) -> list[str]:
    """Name pods of a priority class that the stack does not make: those of the system are refused outside of it."""
    known = {item["metadata"]["name"] for item in objects(stack) if item["kind"] == "PriorityClass"}
    return [
        f"{pods.who}: {pods.spec['priorityClassName']}"
        for pods in all_pods(stack)
        if pods.spec.get("priorityClassName", next(iter(known), "")) not in {*known, ""}
    ]


def cut_off_on_spot(stack: Stack) -> list[str]:
    """Name pods on spot nodes that ask for more time to end than such a node has."""
    return [
        pods.who
        for pods in all_pods(stack)
        if pods.spec.get("nodeSelector", {}).get(_SPOT)
        and pods.spec.get("terminationGracePeriodSeconds", 30) > LIMITS["spot_seconds"]
    ]
