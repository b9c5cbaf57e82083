"""Embedded Google Clouds, and clients that see nothing else."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from local.gcp.cloud import EmbeddedGoogleCloud


@dataclass(frozen=True)
class Client:
    """HTTP client whose requests go to the proxy of an embedded Google Cloud."""

    cloud: EmbeddedGoogleCloud

    def send(
        self, method: str, url: str, *, token: str | None = None, body: bytes | Iterator[bytes] = b"", **headers: str
    ) -> requests.Response:
        """Send a request, with the cloud's own token where none is given."""
        with requests.Session() as session:
            session.trust_env = False
            session.proxies = {"https": self.cloud.endpoint, "http": self.cloud.endpoint}
            session.verify = str(self.cloud.certificate)
            authorization = {"Authorization": f"Bearer {self.cloud.access_token if token is None else token}"}
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return session.request(method, url, data=body, headers=authorization | names, timeout=20)


def create_bucket(client: Client, name: str) -> None:
    """Create a bucket of Cloud Storage, in a project that is made with the first one."""
    url = "https://cloudresourcemanager.googleapis.com/v3/projects"
    client.send("POST", url, body=b'{"projectId": "acme-prod"}', content_type="application/json")
    body = json.dumps({"name": name, "location": "US"}).encode()
    url = "https://storage.googleapis.com/storage/v1/b?project=acme-prod"
    answer = client.send("POST", url, body=body, content_type="application/json")
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="package")
def client(google_cloud: EmbeddedGoogleCloud) -> Client:
    """A client of the shared embedded Google Cloud."""
    return Client(google_cloud)
