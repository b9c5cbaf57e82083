"""Facts of third parties' Helm charts: the objects that each brings with the values of the stacks.

``python -m tools.chart_facts`` renders a chart and writes them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from assembly.values import Json

FOLDER = Path(__file__).parent
_NAMESPACE = re.compile(r"\$\{kubernetes_namespace_v1\.[^}]*\}")
_REGISTRY = re.compile(r'"[a-z]+-docker\.pkg\.dev/[^/"]+/')


@dataclass(frozen=True, kw_only=True)
class ChartFacts:
    """Facts of a chart.

    Attributes:
        chart: name of the chart.
        version: version of the chart.
        digest: SHA-256 of its archive.
        rendered: from what they were rendered.
        values: values that they were rendered with, as ``given_values`` returns them.
        objects: roles, bindings, service accounts, Deployments, Services and disruption budgets, without fields that
            neither grant rights nor make, select or protect pods.
    """

    chart: str
    version: str
    digest: str
    rendered: str
    values: Json
    objects: Sequence[Mapping[str, Json]]


def chart_facts() -> Sequence[ChartFacts]:
    """Return the facts of every chart, by name."""
    files = sorted(FOLDER.glob("*.yaml"))
    return [ChartFacts(**yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files]


def given_values(release: Json) -> Json:
    """Return the values of a synthesized release: the namespace of the service for references, no registry's host."""
    return json.loads(_REGISTRY.sub('"registry/', _NAMESPACE.sub("goodies", release["values"][0])))
