"""Releases of Helm charts, with time for a cluster that starts its first nodes (GCP-3, SEC-9)."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cdktf import ITerraformDependable
from cdktf_cdktf_provider_helm.release import Release
from constructs import Construct

Values = Mapping[str, Any]

# Wait for the pods of a chart, in seconds. A new Autopilot cluster first adds a node and pulls the images, which takes
# longer than the provider's 300 ("helm_release", Terraform Registry).
WAIT_SECONDS = 900


def chart_release(
    scope: Construct,
    construct_id: str,
    *,
    chart: str,
    name: str,
    namespace: str,
    registry: str,
    values: Values,
    depends_on: Sequence[ITerraformDependable] = (),
) -> Release:
    """Add a release of a third party's chart, from the registry that ``make charts`` fills.

    The path has the digest of the chart's archive, and the registry's tags never move, so one path is one content.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        chart: name of the chart, a row of ``charts.yaml``.
        name: name of the release.
        namespace: namespace of the release.
        registry: repository of charts in an OCI registry, such as ``us-docker.pkg.dev/acme-shared/charts``.
        values: settings of the chart.
        depends_on: resources that the pods need.
    """
    pinned = _pinned()[chart]
    return Release(
        scope,
        construct_id,
        name=name,
        namespace=namespace,
        repository=f"oci://{registry}/sha256-{pinned['sha256']}",
        chart=chart,
        version=pinned["version"],
        values=[json.dumps(values, indent=1)],
        depends_on=list(depends_on),
        # Adopts a release whose first installation was interrupted.
        upgrade_install=True,
        **_on_failure(),
    )


def local_release(
    scope: Construct,
    construct_id: str,
    *,
    chart: str,
    name: str,
    namespace: str,
    values: Values,
    depends_on: Sequence[ITerraformDependable],
) -> Release:
    """Add a release of a chart of this repository; ``chart`` is its folder in the assembly."""
    return Release(
        scope,
        construct_id,
        name=name,
        namespace=namespace,
        chart=chart,
        values=[json.dumps(values, indent=1)],
        depends_on=list(depends_on),
        **_on_failure(),
    )


def _on_failure() -> dict[str, Any]:
    # A failed installation is removed and a failed upgrade undone, so that the next deploy starts from a whole state.
    return {"timeout": WAIT_SECONDS, "atomic": True, "cleanup_on_fail": True}


@cache
def _pinned() -> Mapping[str, Mapping[str, str]]:
    rows = yaml.safe_load(Path(__file__).with_name("charts.yaml").read_text(encoding="utf-8"))
    return {row["name"]: row for row in rows}
