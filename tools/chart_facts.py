"""Facts of third parties' Helm charts: rights and pods that a chart brings with the values of the stacks.

    python -m tools.chart_facts keda-2.20.2.tgz

Renders a chart by ``helm template`` and writes what tests and the page of permissions read, to
``assembly/chart_facts/<chart>.yaml``. A folder is taken as well, and told in the file, because it has no digest.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from admin.charts import FILE, charts
from assembly import open_assembly
from assembly.chart_facts import FOLDER, given_values
from errors import exit_on_error

_KUBERNETES = "1.33.0"
_METADATA = ("name", "namespace")
_POD = (
    "affinity",
    "automountServiceAccountToken",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "nodeSelector",
    "priorityClassName",
    "securityContext",
    "serviceAccountName",
    "terminationGracePeriodSeconds",
    "topologySpreadConstraints",
    "volumes",
)
_CONTAINER = (
    "image",
    "livenessProbe",
    "name",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "startupProbe",
    "volumeMounts",
)


def facts(manifests: Iterator[Mapping[str, Any] | None]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects that grant rights or make, select and protect pods, without what does neither."""
    for item in manifests:
        reduced = _reduced(item) if item else None
        if item and reduced is not None:
            about = {key: value for key, value in item["metadata"].items() if key in _METADATA}
            yield {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": about, **reduced}


def _reduced(item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    match item["kind"]:
        case "Role" | "ClusterRole":
            return {"rules": item["rules"]}
        case "RoleBinding" | "ClusterRoleBinding":
            return {"roleRef": item["roleRef"], "subjects": item["subjects"]}
        case "ServiceAccount":
            return {}
        case "PodDisruptionBudget" | "Service":
            return {"spec": item["spec"]}
        case "Deployment":
            return {"spec": _deployment(item["spec"])}
    return None


def _deployment(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    pod = spec["template"]["spec"]
    kinds = [kind for kind in ("initContainers", "containers") if kind in pod]
    containers = {kind: [_only(each, _CONTAINER) for each in pod[kind]] for kind in kinds}
    labels = {"labels": spec["template"]["metadata"]["labels"]}
    template = {"metadata": labels, "spec": _only(pod, _POD) | containers}
    return {"replicas": spec["replicas"], "selector": spec["selector"], "template": template}


def _only(given: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: given[name] for name in names if given.get(name) is not None}


def main(path: str, stacks: str = "cdktf.out", helm: str = "helm") -> None:
    """Write the facts of a chart."""
    chart = Path(path)
    pins = {pin.name: pin for pin in charts()}
    name = next(known for known in pins if chart.name.startswith(known) or known in _described(chart))
    pin = pins[name]
    if chart.is_file() and hashlib.sha256(chart.read_bytes()).hexdigest() != pin.sha256:
        sys.exit(f"{path}: its SHA-256 is another than that of {FILE}")
    stack, release = next(
        (stack, release)
        for stack in open_assembly(Path(stacks)).stacks.values()
        for release in stack.of("helm_release")
        if release["chart"] == name
    )
    values = given_values(release)
    _, namespace, _ = release["namespace"].split(".", 2)
    home = stack.template["resource"]["kubernetes_namespace_v1"][namespace]["metadata"]["name"]
    command = [helm, "template", release["name"], str(chart), f"--namespace={home}", "--values=-"]
    done = subprocess.run(  # noqa: S603
        [*command, f"--kube-version={_KUBERNETES}"],
        input=json.dumps(values),
        capture_output=True,
        text=True,
        check=True,
    )
    found = {
        "chart": name,
        "version": pin.version,
        "digest": pin.sha256,
        "rendered": "from the archive" if chart.is_file() else "from a folder of its source",
        "values": values,
        "objects": list(facts(yaml.safe_load_all(done.stdout))),
    }
    text = "# Written by `python -m tools.chart_facts`.\n" + yaml.safe_dump(found, sort_keys=False, width=120)
    (FOLDER / f"{name}.yaml").write_text(text, encoding="utf-8")


def _described(chart: Path) -> str:
    described = chart / "Chart.yaml"
    return described.read_text(encoding="utf-8") if described.is_file() else ""


if __name__ == "__main__":
    with exit_on_error():
        main(*sys.argv[1:])
