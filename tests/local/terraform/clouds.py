"""Embedded clouds that Terraform deploys to: what tests of all of them ask of each."""

import base64
import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from assembly.values import Json
from local.azure.cloud import EmbeddedAzure
from local.azure.tokens import CALLER
from local.gcp.cloud import EmbeddedGoogleCloud
from local.terraform.cloud import TerraformCloud
from tests.local.gcp.conftest import Client, create_bucket

_INFO = {"ID": "1", "Operation": "OperationTypeApply", "Created": "2026-11-29T08:00:00Z"}
_SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
_GROUP = f"{_SUBSCRIPTION}/resourceGroups/goodies"
_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"


class Case(ABC):
    """A cloud, with what its backend keeps states in.

    Attributes:
        key: value of ``CLOUD``.
        name: one that it answers for.
    """

    key: ClassVar[str]
    name: ClassVar[str]

    @abstractmethod
    def cloud(self, directory: Path) -> TerraformCloud:
        """Return the cloud in a directory."""

    @abstractmethod
    def prepare(self, cloud: TerraformCloud) -> None:
        """Make what holds states."""

    @abstractmethod
    def backend(self, prefix: str) -> Json:
        """Return the block of a backend."""

    @abstractmethod
    def put(self, cloud: TerraformCloud, prefix: str, content: object) -> None:
        """Store a state."""

    @abstractmethod
    def lock(self, cloud: TerraformCloud, prefix: str) -> None:
        """Take the lock of a state, as Terraform does."""


class Gcp(Case):
    """Google Cloud: a bucket, and a lock beside the state."""

    key = "gcp"
    name = "storage.googleapis.com"
    _bucket = "acme-terraform-state"

    def cloud(self, directory: Path) -> TerraformCloud:
        """Return the cloud in a directory."""
        return EmbeddedGoogleCloud(directory)

    def prepare(self, cloud: TerraformCloud) -> None:
        """Make the bucket."""
        assert isinstance(cloud, EmbeddedGoogleCloud)
        create_bucket(Client(cloud), self._bucket)

    def backend(self, prefix: str) -> Json:
        """Return the block of a backend."""
        return {"gcs": {"bucket": self._bucket, "prefix": prefix}}

    def put(self, cloud: TerraformCloud, prefix: str, content: object) -> None:
        """Store a state."""
        self._upload(cloud, f"{prefix}/default.tfstate", content)

    def lock(self, cloud: TerraformCloud, prefix: str) -> None:
        """Write the object that is the lock."""
        self._upload(cloud, f"{prefix}/default.tflock", _INFO)

    def _upload(self, cloud: TerraformCloud, name: str, content: object) -> None:
        address = f"https://{self.name}/upload/storage/v1/b/{self._bucket}/o"
        cloud.call("POST", address, query={"uploadType": "media", "name": name}, body=json.dumps(content).encode())


class Azure(Case):
    """Azure: a container, and a lease on the state."""

    key = "azure"
    name = "management.azure.com"
    _address = "https://goodiesstate.blob.core.windows.net/state"

    def cloud(self, directory: Path) -> TerraformCloud:
        """Return the cloud in a directory."""
        return EmbeddedAzure(directory)

    def prepare(self, cloud: TerraformCloud) -> None:
        """Make the account with its container, and give its owner access to what it holds."""
        account = f"{_GROUP}/providers/Microsoft.Storage/storageAccounts/goodiesstate"
        assignment = f"{_SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/{CALLER}"
        definition = f"{_SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{_OWNER}"
        role = {"roleDefinitionId": definition, "principalId": CALLER}
        self._manage(cloud, "POST", f"{_SUBSCRIPTION}/providers/Microsoft.Storage/register", {})
        self._manage(cloud, "PUT", _GROUP, {"location": "westus2"})
        self._manage(cloud, "PUT", account, {"location": "westus2", "sku": {"name": "Standard_ZRS"}})
        self._manage(cloud, "PUT", f"{account}/blobServices/default/containers/state", {})
        self._manage(cloud, "PUT", assignment, {"properties": role})

    def backend(self, prefix: str) -> Json:
        """Return the block of a backend."""
        return {"azurerm": {"storage_account_name": "goodiesstate", "container_name": "state", "key": prefix}}

    def put(self, cloud: TerraformCloud, prefix: str, content: object) -> None:
        """Store a state."""
        headers = {"x-ms-blob-type": "BlockBlob"}
        cloud.call("PUT", f"{self._address}/{prefix}", headers=headers, body=json.dumps(content).encode())

    def lock(self, cloud: TerraformCloud, prefix: str) -> None:
        """Lease the state, and write down who has it."""
        address = f"{self._address}/{prefix}"
        if cloud.call("HEAD", address) is None:
            self.put(cloud, prefix, {})
        lease = {"x-ms-lease-action": "acquire", "x-ms-proposed-lease-id": "1", "x-ms-lease-duration": "-1"}
        cloud.call("PUT", address, query={"comp": "lease"}, headers=lease)
        info = {"x-ms-meta-terraformlockid": base64.b64encode(json.dumps(_INFO).encode()).decode()}
        cloud.call("PUT", address, query={"comp": "metadata"}, headers={**info, "x-ms-lease-id": "1"})

    def _manage(self, cloud: TerraformCloud, method: str, path: str, body: Any) -> None:
        content = json.dumps(body).encode()
        cloud.call(method, f"https://{self.name}{path}", query={"api-version": "2023-07-01"}, body=content)


CASES = (Gcp(), Azure())
