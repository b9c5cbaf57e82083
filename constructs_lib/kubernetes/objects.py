"""Custom resources: objects of kinds that an extension of the cluster defines."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cdktf import AssetType, ITerraformDependable, TerraformAsset
from constructs import Construct

from constructs_lib.kubernetes.chart_release import local_release

Object = Mapping[str, Any]


class Objects(Construct):
    """Objects of kinds that Terraform's provider has no type for.

    They are the values of a Helm chart that renders them unchanged. The provider's ``kubernetes_manifest`` reads the
    kinds from the cluster during the plan, so it cannot plan the cluster and the objects together; a Helm release can.

    Args:
        name: name of the release.
        namespace: namespace of the objects.
        objects: manifests.
        after: resources that define the kinds.

    Attributes:
        release: Helm release, for what needs the objects.
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
        self.release: ITerraformDependable = local_release(
            self,
            "objects",
            chart=chart.path,
            name=name,
            namespace=namespace,
            values={"objects": objects},
            depends_on=after,
        )
