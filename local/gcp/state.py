"""Terraform's state and its lock, as they lie in the bucket of the embedded Google Cloud."""

from urllib.parse import quote

import httpx
from typing_extensions import override

from assembly import Stack
from assembly.values import Json
from local.terraform.cloud import TerraformCloud
from local.terraform.state import Lock, State

_STORAGE = "https://storage.googleapis.com/storage/v1/b"


class GcsState(State):
    """State of a stack, where its backend names it.

    Args:
        cloud: holds the bucket; it runs.
        stack: with the backend ``gcs``.
    """

    def __init__(self, cloud: TerraformCloud, stack: Stack) -> None:
        self._cloud = cloud
        backend = stack.template["terraform"]["backend"]["gcs"]
        self._objects = f"{_STORAGE}/{backend['bucket']}/o"
        self._prefix = backend["prefix"]

    @override
    def read(self) -> Json:
        answer = self._call("GET", "default.tfstate", alt="media")
        return {} if answer is None else answer.json()

    @override
    def lock(self) -> Lock | None:
        found = self._call("GET", "default.tflock")
        held = found and self._call("GET", "default.tflock", alt="media")
        if found is None or held is None:
            return None
        info = held.json()
        return Lock(
            id=found.json()["generation"],
            operation=info.get("Operation", ""),
            created=info.get("Created", ""),
        )

    @override
    def unlock(self, lock: Lock) -> None:
        self._call("DELETE", "default.tflock", ifGenerationMatch=lock.id)

    def _call(self, method: str, name: str, **query: str) -> httpx.Response | None:
        return self._cloud.call(method, f"{self._objects}/{quote(f'{self._prefix}/{name}', safe='')}", query=query)
