"""Guard of an API: the caller's roles decide which requests it answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml

from local.gcp.answers import error_for
from local.gcp.iam.caller import OWNER, Caller
from local.gcp.iam.permissions import BUCKET, roles
from local.gcp.iam.requests import CLUSTERS, REGISTRY, TEST, Need, chain, holder_of, needs
from local.gcp.rest.apis import find
from local.gcp.rest.calls import Cloud
from local.gcp.rest.errors import Refusal
from local.gcp.rest.forms import forms
from local.proxy.api import Api, Request, Response
from local.proxy.store import Store

TEXT = (
    "A request whose permission no role of the caller holds is refused with the permission's name, once roles are set; "
    "until then the caller is the owner of everything."
)
SOURCE = '"IAM roles and permissions index", IAM documentation; `local/gcp/iam`'
_FILE = Path(__file__).with_name("denials.yaml")
# They answer what the caller may read ("Method: projects.search", Resource Manager API reference).
_LISTS = ("cloudresourcemanager.projects.list", "cloudresourcemanager.projects.search")
_READ = "resourcemanager.projects.get"
_DENIED = "PERMISSION_DENIED"


@dataclass(frozen=True, kw_only=True)
class Denial:
    """A row of ``denials.yaml``.

    Attributes:
        message: with names in braces.
        source: of the message.
        info: whether a program finds the permission in the answer's details.
    """

    message: str
    source: str
    info: bool = False


@cache
def denials() -> Mapping[str, Denial]:
    """Return the rows by the end of a host's name."""
    return {end: Denial(**row) for end, row in yaml.safe_load(_FILE.read_text()).items()}


class Guarded:
    """An API that answers what the caller's roles permit, and refuses the rest in its own words.

    Args:
        api: answers.
        store: of the emulator.
    """

    def __init__(self, api: Api, store: Store) -> None:
        self._api = api
        self._caller = Caller(store)
        self._cloud = Cloud(store)

    def serves(self, host: str) -> bool:
        """Return whether the API answers for a name."""
        return self._api.serves(host)

    def answer(self, request: Request) -> Response:
        """Answer a request, or refuse it with the name of the permission that the caller lacks."""
        if self._caller.owns_everything:
            return self._api.answer(request)
        for need in needs(request, self._cloud):
            if not self._caller.may(need.permission, need.on):
                return _denied(request, need)
        response = self._api.answer(request)
        found = find(request)
        if response.status != HTTPStatus.OK or found is None:
            return response
        method, name, _ = found
        if method.action == TEST:
            return self._tested(response, self._cloud.by_id(holder_of(name)))
        if method.id in _LISTS:
            return self._seen(response)
        self._granted(method.id, request)
        return response

    def _seen(self, response: Response) -> Response:
        """Return those of the projects that the caller may read."""
        answer = json.loads(response.body)
        projects = [
            each
            for each in answer.get("projects", ())
            if self._caller.may(_READ, chain(f"projects/{each['projectId']}", self._cloud))
        ]
        rest = {key: value for key, value in answer.items() if key != "projects"}
        return Response.of_json(rest | ({"projects": projects} if projects else {}))

    def _tested(self, response: Response, resource: str) -> Response:
        """Return those of the permissions that the caller has on a resource."""
        on = chain(resource, self._cloud)
        tested = json.loads(response.body).get("permissions", [])
        return Response.of_json({"permissions": [each for each in tested if self._caller.may(each, on)]})

    def _granted(self, method: str, request: Request) -> None:
        """Let the caller hold what Google grants to who makes a project or a bucket."""
        body: Mapping[str, Any] = request.json() or {}
        if method == "cloudresourcemanager.projects.create":
            # "Creating and managing projects", Resource Manager documentation.
            self._caller.grant(OWNER, f"projects/{body['projectId']}")
        project = f"projects/{request.query.get('project', '')}"
        if method == "storage.buckets.insert" and self._caller.holds(OWNER, self._cloud.by_id(project)):
            # "IAM roles for Cloud Storage": the owners of a bucket's project.
            for role in roles():
                if role.granted_on == BUCKET:
                    self._caller.grant(role.name, f"b/{body['name']}")


def _denied(request: Request, need: Need) -> Response:
    denial = next(row for end, row in denials().items() if request.host.endswith(end))
    message = denial.message.format(
        permission=need.permission,
        resource=need.resource,
        short=need.resource.partition("/")[2].partition("/")[2] or need.resource,
        host=request.host,
        **{**dict.fromkeys(("about", "verb", "plural", "group", "where"), ""), **need.words},
    )
    if request.host.endswith((REGISTRY, CLUSTERS)):
        return error_for(request, HTTPStatus.FORBIDDEN, message)
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "IAM_PERMISSION_DENIED",
        "domain": request.host,
        "metadata": {"permission": need.permission, "resource": need.resource},
    }
    found = find(request)
    style = forms()[found[0].kind.form].style if found else "older"
    return Refusal(_DENIED, message, details=[info] if denial.info else ()).response(style)
