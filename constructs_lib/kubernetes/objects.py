"""Objects of kinds that an extension of the cluster brings."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cdktf import AssetType, ITerraformDependable, TerraformAsset
from cdktf_cdktf_provider_helm.release import Release
from constructs import Construct

Object = Mapping[str, Any]


class Objects(Construct):
    """Objects that Terraform's provider knows no type for.

    They are the values of a chart that renders them as they are. The provider's own way (``kubernetes_manifest``) asks
    the cluster what the kinds look like while it plans, so it cannot plan the cluster and the objects together; a
    release can.

    Args:
        name: of the release.
        namespace: that they are in.
        objects: as Kubernetes reads them.
        after: what brings the kinds.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        namespace: str,
        objects: Sequence[Object],
        after: Sequence[ITerraformDependable],
    ) -> None:
        super().__init__(scope, construct_id)
        chart = TerraformAsset(self, "chart", path=str(Path(__file__).with_name("chart")), type=AssetType.DIRECTORY)
        self.release = Release(
            self,
            "objects",
            name=name,
            namespace=namespace,
            chart=chart.path,
            values=[json.dumps({"objects": objects}, indent=1)],
            depends_on=after,
        )
