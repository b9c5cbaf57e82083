"""Terraform's state and its lock, as they lie in the storage account of the embedded Azure."""

import base64
import binascii
import json

import httpx
from typing_extensions import override

from assembly import Stack
from assembly.values import Json
from local.terraform.cloud import TerraformCloud
from local.terraform.state import Lock, State

# "backend/remote-state/azure", Terraform 1.11: where it writes who holds the lock.
_INFO = "x-ms-meta-terraformlockid"
_VERSION = {"x-ms-version": "2023-11-03"}


class BlobState(State):
    """State of a stack, where its backend names it.

    Args:
        cloud: holds the account; it runs.
        stack: with the backend ``azurerm``.
    """

    def __init__(self, cloud: TerraformCloud, stack: Stack) -> None:
        self._cloud = cloud
        backend = stack.template["terraform"]["backend"]["azurerm"]
        account, container = backend["storage_account_name"], backend["container_name"]
        self._host = f"{account}.blob.core.windows.net"
        self._address = f"https://{self._host}/{container}/{backend['key']}"

    @override
    def read(self) -> Json:
        answer = self._call("GET")
        return json.loads(answer.content) if answer is not None and answer.content else {}

    @override
    def lock(self) -> Lock | None:
        found = self._call("HEAD")
        if found is None or found.headers.get("x-ms-lease-state") != "leased":
            return None
        try:
            info = json.loads(base64.b64decode(found.headers.get(_INFO, "")))
        except (ValueError, binascii.Error):
            info = {}
        return Lock(id=found.headers["etag"], operation=info.get("Operation", ""), created=info.get("Created", ""))

    @override
    def unlock(self, lock: Lock) -> None:
        self._call(
            "PUT", comp="lease", **{"x-ms-lease-action": "break", "x-ms-lease-break-period": "0", "if-match": lock.id}
        )

    def _call(self, method: str, *, comp: str = "", **headers: str) -> httpx.Response | None:
        query = {"comp": comp} if comp else {}
        return self._cloud.call(method, self._address, query=query, headers={**_VERSION, **headers})
