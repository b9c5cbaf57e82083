"""Terraform's state and its lock, as they lie in the bucket of the embedded Google Cloud."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from assembly import Stack
from assembly.values import Json
from local.errors import EmbeddedCloudError
from local.gcp.cloud import EmbeddedGoogleCloud

_STORAGE = "https://storage.googleapis.com/storage/v1/b"


@dataclass(frozen=True, kw_only=True)
class Lock:
    """Lock of a state.

    Attributes:
        generation: of the object that is the lock.
        operation: what holds it, such as ``OperationTypeApply``.
        created: when it was taken.
    """

    generation: str
    operation: str
    created: str


class State:
    """State of a stack, where its backend names it.

    Args:
        cloud: holds the bucket; it runs.
        stack: with the backend ``gcs``.
    """

    def __init__(self, cloud: EmbeddedGoogleCloud, stack: Stack) -> None:
        self._cloud = cloud
        backend = stack.template["terraform"]["backend"]["gcs"]
        self._objects = f"{_STORAGE}/{backend['bucket']}/o"
        self._prefix = backend["prefix"]

    def read(self) -> Json:
        """Return the state; an empty object where there is none."""
        answer = self._call("GET", "default.tfstate", alt="media")
        return {} if answer is None else answer.json()

    def lock(self) -> Lock | None:
        """Return the lock; None where nothing holds one."""
        found = self._call("GET", "default.tflock")
        held = found and self._call("GET", "default.tflock", alt="media")
        if found is None or held is None:
            return None
        info = held.json()
        return Lock(
            generation=found.json()["generation"],
            operation=info.get("Operation", ""),
            created=info.get("Created", ""),
        )

    def unlock(self, lock: Lock) -> None:
        """Remove a lock, unless another one has taken its place."""
        self._call("DELETE", "default.tflock", ifGenerationMatch=lock.generation)

    def _call(self, method: str, name: str, **query: str) -> httpx.Response | None:
        trusted = ssl.create_default_context(cafile=self._cloud.certificate)
        address = f"{self._objects}/{quote(f'{self._prefix}/{name}', safe='')}"
        token = {"Authorization": f"Bearer {self._cloud.access_token}"}
        with httpx.Client(proxy=self._cloud.endpoint, verify=trusted, trust_env=False, timeout=60) as client:
            answer = client.request(method, address, params=query, headers=token)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.is_error:
            raise EmbeddedCloudError(
                f"{self._cloud.name} refuses {method} {address}: {answer.status_code} {answer.text}"
            )
        return answer


def addresses(state: Json) -> Sequence[str]:
    """Return the address of each resource of a state, without data sources."""
    return [
        f"{resource['type']}.{resource['name']}"
        for resource in state.get("resources", ())
        if resource["mode"] == "managed"
        for _ in resource["instances"]
    ]
