"""Embedded clouds that Terraform deploys to, by the value of ``CLOUD`` in commands."""

from collections.abc import Mapping

from local.azure.cloud import EmbeddedAzure
from local.gcp.cloud import EmbeddedGoogleCloud
from local.terraform.cloud import TerraformCloud

TERRAFORM: Mapping[str, type[TerraformCloud]] = {cloud.key: cloud for cloud in (EmbeddedGoogleCloud, EmbeddedAzure)}
