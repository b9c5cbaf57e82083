"""Connection to Azure: the embedded one, or the real one where a subscription was typed."""

import base64
import json
import os
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import (
    AzureCliCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    CredentialUnavailableError,
)

from admin.accounts import account_of, shared_account_of
from admin.azure.api import LOGIN, Answer, Send
from admin.connections import CloudConnection, ended_meanwhile, refuse_leading_to, require_running
from admin.errors import ApiError, WrongAccountError
from assembly.values import Json
from local.azure.cloud import EmbeddedAzure

_RESOURCE_MANAGER = "https://management.azure.com/.default"
# "Authorize access to blobs using Microsoft Entra ID"
_STORAGE = "https://storage.azure.com/.default"
_EARLY_SECONDS = 300
_STORAGE_VERSION = "2023-11-03"
_SECONDS = httpx.Timeout(60, connect=20)
# The ids of examples in environments/.
_EXAMPLE = "00000000-0000-0000-0000-"
# Texts in Terraform's errors of state and credentials, and what to do about them.
EXPLANATIONS = (
    (
        ("ResourceGroupNotFound", "ContainerNotFound", "StorageAccountNotFound", "no such host"),
        "the state's account {storage_account_name} or its container is absent: run `make bootstrap CLOUD=azure"
        " SUBSCRIPTION={subscription_id}`",
    ),
    (
        ("AuthorizationPermissionMismatch",),
        "you may not read the state: it takes Storage Blob Data Owner on the container {container_name} of"
        " {storage_account_name}, which `make bootstrap` assigns, and counts minutes later",
    ),
    (
        ("could not configure AzureCli Authorizer", "Please run 'az login'", "unable to build authorizer"),
        f"there are no credentials: run `{LOGIN}`",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Caller, by the claims of its token ("Access token claims reference", Microsoft identity platform).

    Attributes:
        name: of the person, or the id of the application.
        id: object id, to which roles are assigned.
        tenant: id of the tenant.
        principal_type: ``User`` or ``ServicePrincipal``.
    """

    name: str
    id: str
    tenant: str
    principal_type: str


@dataclass(frozen=True, kw_only=True)
class Connection(CloudConnection):
    """Azure with a caller.

    Attributes:
        send: sends a request of the caller.
        token: returns an access token of the caller for Resource Manager.
    """

    cloud = "Azure"
    word = "subscription"
    send: Send
    token: Callable[[], str]

    def caller(self) -> Caller:
        """Return whose credentials they are.

        Raises:
            ApiError: they do not work, or cannot be read.
        """
        claims = _claims(self.token())
        try:
            return Caller(
                name=str(claims.get("upn") or claims.get("unique_name") or claims.get("appid") or claims["oid"]),
                id=str(claims["oid"]),
                tenant=str(claims["tid"]),
                principal_type="ServicePrincipal" if claims.get("idtyp") == "app" else "User",
            )
        except KeyError as error:
            raise ApiError(f"the access token has no claim {error}: {LOGIN}") from None


def connect(subscription: str | None, expected: str) -> Connection:
    """Return the embedded Azure, or the real one where a subscription was typed.

    Args:
        subscription: what was typed; None for the embedded Azure.
        expected: subscription that ``environments/`` names, for the hint.

    Raises:
        NotRunningError: the embedded Azure does not run.
        WrongAccountError: a variable of this process leads to the embedded Azure, the subscription is an example, or
            the credentials are of another tenant than ``environments/`` names.
        ApiError: there are no credentials.
    """
    if subscription is None:
        return connect_embedded(require_running(EmbeddedAzure(), expected))
    return connect_subscription(subscription)


def shared_account() -> str:
    """Return the subscription of the state."""
    return shared_account_of("azure", "subscription_id")


def environment_account(environment: str) -> str:
    """Return the subscription that an environment lives in.

    Raises:
        WrongAccountError: there is no such environment, or it has no subscription.
    """
    return account_of(environment, "azure", "subscription_id")


def tenant() -> str:
    """Return the tenant of all subscriptions."""
    return shared_account_of("azure", "tenant_id")


def require_shared(subscription: str) -> None:
    """Refuse a subscription that is not the one of the state.

    Raises:
        WrongAccountError: it is another.
    """
    if subscription != (expected := shared_account()):
        raise WrongAccountError(
            f"SUBSCRIPTION={subscription}: environments/policy.yaml says account.azure.subscription_id: {expected}"
        )


def connect_embedded(cloud: EmbeddedAzure) -> Connection:
    """Return a connection to an embedded Azure that runs, whatever the environment of this process says."""
    variables = cloud.environment()
    transport = RequestsTransport(connection_verify=str(cloud.certificate), use_env_settings=False)
    credential = ClientSecretCredential(
        variables["ARM_TENANT_ID"],
        variables["ARM_CLIENT_ID"],
        variables["ARM_CLIENT_SECRET"],
        transport=transport,
        proxies={"https": cloud.endpoint},
    )
    trusted = ssl.create_default_context(cafile=str(cloud.certificate))

    def client() -> httpx.Client:
        return httpx.Client(proxy=cloud.endpoint, verify=trusted, trust_env=False, timeout=_SECONDS)

    tokens = _Tokens(credential)
    to_proxy = _sender(tokens, client)

    def send(verb: str, url: str, body: bytes | None) -> Answer:
        try:
            return to_proxy(verb, url, body)
        except ApiError:
            if cloud.running():
                raise
            raise ApiError(ended_meanwhile(cloud)) from None

    return Connection(
        send=send,
        token=lambda: tokens.get(_RESOURCE_MANAGER),
        environment=variables,
        embedded=True,
        lock=cloud.lock,
    )


def connect_subscription(subscription: str) -> Connection:
    """Return a connection with the credentials that Terraform would take.

    Args:
        subscription: what was typed.

    Raises:
        WrongAccountError: as of :func:`connect`.
        ApiError: there are no credentials.
    """
    refuse_leading_to(EmbeddedAzure(), subscription)
    expected = tenant()
    if subscription.startswith(_EXAMPLE) or expected.startswith(_EXAMPLE):
        raise WrongAccountError(
            f"SUBSCRIPTION={subscription}: environments/ holds examples; set a tenant and subscriptions of your own."
            " Nobody was asked."
        )
    tokens = _Tokens(_credential(expected, os.environ))
    connection = Connection(
        send=_sender(tokens, lambda: httpx.Client(timeout=_SECONDS)),
        token=lambda: tokens.get(_RESOURCE_MANAGER),
        environment=os.environ,
        embedded=False,
    )
    if (found := connection.caller().tenant) != expected:
        raise WrongAccountError(
            f"SUBSCRIPTION={subscription}: the credentials are of the tenant {found}; environments/policy.yaml says"
            f" account.azure.tenant_id: {expected}. {LOGIN} --tenant {expected}. Nothing was changed."
        )
    return connection


def _credential(tenant_id: str, environment: Mapping[str, str]) -> TokenCredential:
    """Return the credentials by the variables that Terraform's provider reads; without any, those of ``az login``.

    Source: "Authenticating to Azure", hashicorp/azurerm documentation.
    """
    client = environment.get("ARM_CLIENT_ID", "")
    if client and (secret := environment.get("ARM_CLIENT_SECRET")):
        return ClientSecretCredential(tenant_id, client, secret)
    if client and environment.get("ARM_USE_OIDC", "").lower() == "true":
        return ClientAssertionCredential(tenant_id, client, lambda: _assertion(environment))
    return AzureCliCredential(tenant_id=tenant_id)


def _assertion(environment: Mapping[str, str]) -> str:
    if token := environment.get("ARM_OIDC_TOKEN"):
        return token
    try:
        return Path(environment["ARM_OIDC_TOKEN_FILE_PATH"]).read_text(encoding="utf-8").strip()
    except (KeyError, OSError) as error:
        raise ApiError(
            f"ARM_USE_OIDC=true, and neither ARM_OIDC_TOKEN nor ARM_OIDC_TOKEN_FILE_PATH gives a token: {error}"
        ) from None


class _Tokens:
    """Access tokens of a caller, kept until shortly before they expire: the CLI keeps none, and takes a second.

    Args:
        credential: whose they are.
    """

    def __init__(self, credential: TokenCredential) -> None:
        self._credential = credential
        self._kept: dict[str, AccessToken] = {}
        self._lock = threading.Lock()

    def get(self, scope: str) -> str:
        """Return a token for an API.

        Raises:
            ApiError: there is none, and why.
        """
        with self._lock:
            kept = self._kept.get(scope)
            if kept is None or kept.expires_on < time.time() + _EARLY_SECONDS:
                kept = self._kept[scope] = _issued(self._credential, scope)
            return kept.token


def _issued(credential: TokenCredential, scope: str) -> AccessToken:
    try:
        return credential.get_token(scope)
    except CredentialUnavailableError as error:
        raise ApiError(f"no credentials of Azure: {LOGIN} ({_first(error)})") from error
    except ClientAuthenticationError as error:
        raise ApiError(
            f"the credentials of Azure are not accepted, have expired, or were withdrawn: {LOGIN} ({_first(error)})"
        ) from error
    except (AzureError, OSError) as error:
        raise ApiError(f"Azure cannot be reached: {_first(error)}") from error


def _sender(tokens: _Tokens, client_of: Callable[[], httpx.Client]) -> Send:
    def send(verb: str, url: str, body: bytes | None) -> Answer:
        of_storage = (urlsplit(url).hostname or "").endswith(".blob.core.windows.net")
        token = tokens.get(_STORAGE if of_storage else _RESOURCE_MANAGER)
        headers = {"Authorization": f"Bearer {token}"}
        if of_storage:
            headers["x-ms-version"] = _STORAGE_VERSION
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            with client_of() as client:
                response = client.request(verb, url, content=body, headers=headers)
        except (httpx.HTTPError, OSError) as error:
            raise ApiError(f"Azure cannot be reached: {_first(error)}") from error
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, found, response.content)

    return send


def _claims(token: str) -> Json:
    try:
        content = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    except (IndexError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise ApiError(f"the access token cannot be read: {LOGIN}")
    return found


def _first(error: Exception) -> str:
    """Return the first line of an error, without what a library adds below it."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
