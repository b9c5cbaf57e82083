"""Connection to Google Cloud: the embedded one, or the real one where a project was typed."""

import logging
import os
import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import google.auth
import httpx
import requests
from google.auth.exceptions import TransportError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials

from admin.accounts import require_shared_project, shared_project
from admin.connections import CloudConnection, ended_meanwhile, refuse_leading_to, require_running
from admin.errors import ApiError
from admin.gcp.api import Api, Send, answered
from admin.rest import GET, Method
from local.gcp.cloud import EmbeddedGoogleCloud

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_SECONDS = (20, 60)  # to connect, and to answer
_REGISTRY_SECONDS = 60
# Texts in Terraform's errors of state and credentials, and what to do about them.
EXPLANATIONS = (
    (
        ("bucket doesn't exist",),
        "the state bucket {bucket} is absent: run `make bootstrap CLOUD=gcp PROJECT=…`, with the project of"
        " environments/policy.yaml",
    ),
    (
        ("could not find default credentials", "Attempted to load application default credentials"),
        "there are no credentials: run `gcloud auth application-default login`",
    ),
)
# Names of the shared account and of its check, as each cloud has them.
shared_account, require_shared = shared_project, require_shared_project
_USER = {"oauth2.userinfo.get": Method(GET, "https://www.googleapis.com/oauth2/v2/userinfo")}


@dataclass(frozen=True, kw_only=True)
class Connection(CloudConnection):
    """Google Cloud with a caller.

    Attributes:
        send: sends a request of the caller.
        token: returns an access token of the caller.
        default_project: project that a person's environment, or gcloud, is set to; empty where it is set to none.
    """

    cloud = "Google Cloud"
    word = "project"
    send: Send
    token: Callable[[], str]
    default_project: str = ""

    def http_client(self) -> httpx.Client:
        """Return a client of HTTP that reaches the same cloud."""
        if not self.embedded:
            return httpx.Client(timeout=_REGISTRY_SECONDS)
        trusted = ssl.create_default_context(cafile=self.environment["SSL_CERT_FILE"])
        proxy = self.environment["HTTPS_PROXY"]
        return httpx.Client(timeout=_REGISTRY_SECONDS, proxy=proxy, verify=trusted, trust_env=False)

    def caller(self) -> str:
        """Return the caller's address, as far as Google tells it.

        Raises:
            ApiError: the credentials do not work, or Google cannot be reached.
        """
        if self.embedded:
            return "its owner"
        self.token()
        try:
            return str(Api(self.send, _USER).call("oauth2.userinfo.get")["email"])
        except (ApiError, LookupError):
            # A token without the scope of the address works all the same.
            return "the application default credentials"


def connect(project: str | None, expected: str) -> Connection:
    """Return the embedded Google Cloud, or the real one where a project was typed.

    Args:
        project: what was typed; None for the embedded Google Cloud.
        expected: project that ``environments/`` names, for the hint.

    Raises:
        NotRunningError: the embedded Google Cloud does not run.
        WrongAccountError: a variable of this process leads to the embedded Google Cloud, and a project was typed.
        ApiError: there are no credentials.
    """
    if project is None:
        return connect_embedded(require_running(EmbeddedGoogleCloud(), expected))
    return connect_project(project)


def connect_shared(project: str | None) -> Connection:
    """Return a connection for the shared project, as :func:`connect` does.

    Raises:
        WrongAccountError: another project was typed.
    """
    if project is not None:
        require_shared_project(project)
    return connect(project, shared_project())


def connect_embedded(cloud: EmbeddedGoogleCloud) -> Connection:
    """Return a connection to an embedded Google Cloud that runs, whatever the environment of this process says."""
    variables = cloud.environment()
    session = requests.Session()
    session.trust_env = False
    session.proxies = {"https": cloud.endpoint}
    session.verify = str(cloud.certificate)
    token = cloud.access_token
    to_proxy = _sender(Credentials(token), session)  # type: ignore[no-untyped-call]

    def send(verb: str, url: str, body: bytes | None, quota_project: str | None) -> tuple[int, bytes]:
        try:
            return to_proxy(verb, url, body, quota_project)
        except (TransportError, OSError):
            if cloud.running():
                raise
            raise ApiError(ended_meanwhile(cloud)) from None

    return Connection(send=send, token=lambda: token, environment=variables, embedded=True, lock=cloud.lock)


def connect_project(project: str) -> Connection:
    """Return a connection with the application default credentials.

    Args:
        project: what was typed.

    Raises:
        WrongAccountError: the variables of this process lead to the embedded Google Cloud.
        ApiError: there are no credentials.
    """
    refuse_leading_to(EmbeddedGoogleCloud(), project)
    # It logs where it finds no project, and warns of credentials without one; a project is typed here.
    logging.getLogger("google.auth").setLevel(logging.ERROR)
    with answered("credentials"), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found, named = google.auth.default(scopes=_SCOPES)
    session = requests.Session()
    # The project of a service account is the one that it lives in, and not where it works.
    default = str(named or "") if isinstance(found, Credentials) else ""
    return Connection(
        send=_sender(found, session),
        token=lambda: _token(found, session),
        environment=os.environ,
        embedded=False,
        default_project=default,
    )


def _sender(credentials: Any, session: requests.Session) -> Send:
    transport: Any = Request(session)

    def send(verb: str, url: str, body: bytes | None, quota_project: str | None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} if body else {}
        credentials.before_request(transport, verb, url, headers)
        if quota_project is not None:
            # Credentials of a person need one, in which the API is enabled ("System parameters", Google Cloud APIs).
            headers["x-goog-user-project"] = quota_project
        response = transport(url=url, method=verb, body=body, headers=headers, timeout=_SECONDS)
        return int(response.status), bytes(response.data)

    return send


def _token(credentials: Any, session: requests.Session) -> str:
    headers: dict[str, str] = {}
    with answered("credentials"):
        credentials.before_request(Request(session), "GET", "", headers)
    return str(credentials.token)
