"""Google Cloud for the tests of the bootstrap: the embedded one's APIs, in this process, and refusals of a test."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from admin.gcp.connection import Connection
from local.gcp.iam.caller import Caller
from local.gcp.iam.guard import Guarded
from local.gcp.rest.apis import RestApis
from local.proxy.api import Request
from local.proxy.store import Store

OWNER = "owner@acme.test"
_COMPUTE = "https://compute.googleapis.com/compute/v1/projects"


@dataclass(frozen=True)
class Refused:
    """Answer with an error of Google."""

    status: int
    message: str
    reason: str = ""

    @property
    def body(self) -> bytes:
        return json.dumps({"error": {"message": self.message, "details": [{"reason": self.reason}]}}).encode()


@dataclass
class World:
    """Google Cloud with one caller.

    Attributes:
        refused: by a pattern of verb and URL, what is answered in place of the API; each once where it is a list.
        answered: by a pattern of the URL, what is answered in place of the API.
        calls: verb and URL of each request.
        caller: the owner of everything, until a test gives roles to it.
    """

    refused: dict[str, Refused | list[Refused]] = field(default_factory=dict)
    answered: dict[str, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    caller: Caller = field(init=False)

    def __post_init__(self) -> None:
        store = Store()
        self.caller = Caller(store)
        self._api = Guarded(RestApis(store), store)

    @property
    def connection(self) -> Connection:
        """As the owner of all projects, on the real Google Cloud."""
        return Connection(send=self.send, token=lambda: "token", environment={}, embedded=False)

    def send(self, verb: str, url: str, body: bytes | None, quota_project: str | None) -> tuple[int, bytes]:
        """Answer as Google does; the quota is that of the credentials."""
        assert quota_project is None
        self.calls.append(f"{verb} {url}")
        for pattern, answer in self.refused.items():
            if answer and re.search(pattern, self.calls[-1]):
                refusal = answer.pop(0) if isinstance(answer, list) else answer
                return refusal.status, refusal.body
        if found := next((found for pattern, found in self.answered.items() if re.search(pattern, url)), None):
            return 200, found
        return self._answer(verb, url, body)

    def _answer(self, verb: str, url: str, body: bytes | None) -> tuple[int, bytes]:
        address = urlsplit(url)
        request = Request(
            method=verb, host=address.netloc, path=address.path, query=dict(parse_qsl(address.query)), body=body or b""
        )
        if request.host == "www.googleapis.com":
            return 200, json.dumps({"email": OWNER}).encode()
        assert self._api.serves(request.host), url
        response = self._api.answer(request)
        return response.status, response.body

    def ask(self, verb: str, url: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the answer to a request of another caller, which is not among the calls."""
        status, answer = self._answer(verb, url, None if body is None else json.dumps(body).encode())
        assert status == 200, (url, answer)
        return json.loads(answer)

    def writes(self, since: int = 0) -> list[str]:
        """Return the calls that change something but the agents, which are made without being asked for."""
        asking = ("getIamPolicy", "generateServiceIdentity")
        return [call for call in self.calls[since:] if not call.startswith("GET ") and not call.endswith(asking)]

    def projects(self) -> Mapping[str, Any]:
        """Return the projects by id, each as Resource Manager shows it."""
        found = self.ask("GET", "https://cloudresourcemanager.googleapis.com/v3/projects:search")
        return {project["projectId"]: project for project in found["projects"]}

    def policy(self, project: str) -> Any:
        """Return the policy of a project."""
        url = f"https://cloudresourcemanager.googleapis.com/v3/projects/{project}:getIamPolicy"
        return self.ask("POST", url, {"options": {"requestedPolicyVersion": 3}})

    def bucket(self, name: str) -> Any:
        """Return a bucket."""
        return self.ask("GET", f"https://storage.googleapis.com/storage/v1/b/{name}")

    def apis_of(self, project: str) -> set[str]:
        """Return the names of the enabled APIs of a project."""
        url = f"https://serviceusage.googleapis.com/v1/projects/{project}/services?filter=state:ENABLED&pageSize=200"
        return {each["name"].rpartition("/")[2] for each in self.ask("GET", url).get("services", ())}

    def make_network(self, project: str, name: str, *rules: str) -> None:
        """Make a network with firewall rules."""
        where = f"{_COMPUTE}/{project}/global"
        self.ask("POST", f"{where}/networks", {"name": name, "autoCreateSubnetworks": True})
        for rule in rules:
            body = {"name": rule, "network": f"{where}/networks/{name}", "allowed": [{"IPProtocol": "tcp"}]}
            self.ask("POST", f"{where}/firewalls", body)

    def networks(self, project: str) -> Mapping[str, list[str]]:
        """Return the names of a project's networks, each with those of its firewall rules."""
        where = f"{_COMPUTE}/{project}/global"
        rules = self.ask("GET", f"{where}/firewalls").get("items", ())
        return {
            network["name"]: [rule["name"] for rule in rules if rule["network"].endswith(f"/{network['name']}")]
            for network in self.ask("GET", f"{where}/networks").get("items", ())
        }
