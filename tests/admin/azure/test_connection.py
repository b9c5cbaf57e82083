"""Connection to Azure: the embedded one without a subscription, the real one with one, and never both."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.identity import CredentialUnavailableError

from admin.azure import connection as connections
from admin.azure.api import METHODS, Api
from admin.azure.connection import Connection, connect, connect_embedded
from admin.errors import ApiError, NotRunningError, WrongAccountError
from local.azure.cloud import EmbeddedAzure
from local.azure.tokens import CALLER, CLIENT, TENANT, Tokens

OWN = "11111111-2222-3333-4444-555555555555"
_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAzure]:
    found = EmbeddedAzure(tmp_path_factory.mktemp("checkout") / ".embedded" / "azure")
    with found.lock("tests"):
        found.start()
    yield found
    found.wipe()


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*_VARIABLES, "ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_USE_OIDC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(connections, "EmbeddedAzure", lambda: EmbeddedAzure(tmp_path / "absent"))
    monkeypatch.setattr(connections, "tenant", lambda: TENANT.replace("0000-0000-4000", "1111-1111-4000", 1))


class Credential:
    """Credentials of a person, of a tenant, or none."""

    def __init__(self, tenant: str = "", error: Exception | None = None) -> None:
        self.tenant, self.error, self.requests = tenant, error, 0

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        if self.error:
            raise self.error
        self.requests += 1
        return AccessToken(Tokens("secret").issue(self.tenant, scopes[0]), 2**33)


def use(monkeypatch: pytest.MonkeyPatch, credential: Credential) -> None:
    monkeypatch.setattr(connections, "_credential", lambda *_: credential)


def test_without_a_subscription_the_embedded_azure_is_asked(
    monkeypatch: pytest.MonkeyPatch, cloud: EmbeddedAzure
) -> None:
    monkeypatch.setattr(connections, "EmbeddedAzure", lambda: cloud)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:1")
    found = connect(None, OWN)
    assert (found.embedded, found.name) == (True, "Embedded Azure")
    caller = found.caller()
    assert (caller.name, caller.id, caller.tenant, caller.principal_type) == (
        CLIENT,
        CALLER,
        TENANT,
        "ServicePrincipal",
    )
    assert Api(found.send, METHODS).call("Subscriptions_Get", subscription=OWN)["subscriptionId"] == OWN


def test_a_name_that_the_embedded_azure_does_not_serve_gets_no_answer(cloud: EmbeddedAzure) -> None:
    with pytest.raises(ApiError, match="cannot be reached: 403"):
        connect_embedded(cloud).send("GET", "https://example.com/", None)


def test_where_it_ends_meanwhile_one_line_says_so(tmp_path: Path) -> None:
    cloud = EmbeddedAzure(tmp_path / ".embedded" / "azure")
    with cloud.lock("tests"):
        cloud.start()
    found = connect_embedded(cloud)
    found.token()
    cloud.stop()
    with pytest.raises(ApiError, match=r"^The embedded Azure has ended: .* starts it again"):
        found.send("GET", "https://management.azure.com/subscriptions?api-version=2022-12-01", None)
    cloud.wipe()


def test_where_it_does_not_run_one_line_names_the_command() -> None:
    with pytest.raises(NotRunningError, match=rf"`make deploy CLOUD=azure` starts it.*SUBSCRIPTION={OWN}"):
        connect(None, OWN)


def test_examples_are_refused_before_anybody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Credential(error=AssertionError()))
    with pytest.raises(WrongAccountError, match="holds examples"):
        connect("00000000-0000-0000-0000-000000000004", OWN)


def test_credentials_of_another_tenant_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Credential(TENANT))
    with pytest.raises(WrongAccountError, match=rf"of the tenant {TENANT}; .*az login --tenant .*Nothing was changed"):
        connect(OWN, OWN)


def test_a_shell_of_the_embedded_azure_is_refused(monkeypatch: pytest.MonkeyPatch, cloud: EmbeddedAzure) -> None:
    monkeypatch.setattr(connections, "EmbeddedAzure", lambda: cloud)
    monkeypatch.setenv("HTTPS_PROXY", cloud.endpoint)
    with pytest.raises(WrongAccountError, match=f"^SUBSCRIPTION={OWN}: your environment leads to the embedded Azure"):
        connect(OWN, OWN)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CredentialUnavailableError("Please run 'az login'"), "^no credentials of Azure: az login"),
        (
            ClientAuthenticationError("AADSTS700082: expired\r\nTrace ID: 1"),
            "or were withdrawn: az login",
        ),
        (ServiceRequestError("Temporary failure in name resolution"), "^Azure cannot be reached: Temporary failure"),
    ],
)
def test_what_is_wrong_with_credentials_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    use(monkeypatch, Credential(error=error))
    with pytest.raises(ApiError, match=said) as raised:
        connect(OWN, OWN)
    assert len(str(raised.value).splitlines()) == 1


def test_a_request_has_a_token_of_its_api_and_asks_for_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    credential = Credential(connections.tenant())
    use(monkeypatch, credential)
    sent: list[tuple[str, str | None]] = []

    def request(_: httpx.Client, verb: str, url: str, *, headers: dict[str, str], **__: Any) -> httpx.Response:
        claims = connections._claims(headers["Authorization"])
        sent.append((claims["aud"], headers.get("x-ms-version")))
        return httpx.Response(200, content=b"{}", request=httpx.Request(verb, url))

    monkeypatch.setattr(httpx.Client, "request", request)
    found = connect(OWN, OWN)
    for url in ("https://management.azure.com/subscriptions", "https://a.blob.core.windows.net/state") * 2:
        found.send("GET", url, None)
    assert (
        sent
        == [
            ("https://management.azure.com/.default", None),
            ("https://storage.azure.com/.default", "2023-11-03"),
        ]
        * 2
    )
    assert credential.requests == 2


def test_no_network_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Credential(connections.tenant()))

    def request(*_: Any, **__: Any) -> httpx.Response:
        raise httpx.ConnectError("[Errno -3] Temporary failure in name resolution")

    monkeypatch.setattr(httpx.Client, "request", request)
    with pytest.raises(ApiError, match=r"^Azure cannot be reached: .* name resolution$"):
        connect(OWN, OWN).send("GET", "https://management.azure.com/subscriptions", None)


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", f"a.{'e30'}.c"])
def test_a_token_that_cannot_be_read_is_told(token: str) -> None:
    found = Connection(send=lambda *_: None, token=lambda: token, environment={}, embedded=False)  # type: ignore[arg-type]
    with pytest.raises(ApiError, match="az login"):
        found.caller()


@pytest.mark.parametrize(
    ("variables", "kind"),
    [
        ({}, "AzureCliCredential"),
        ({"ARM_CLIENT_ID": CLIENT, "ARM_CLIENT_SECRET": "s"}, "ClientSecretCredential"),
        ({"ARM_CLIENT_ID": CLIENT, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"}, "ClientAssertionCredential"),
    ],
)
def test_the_credentials_are_those_that_terraform_takes(variables: dict[str, str], kind: str) -> None:
    assert type(connections._credential(OWN, variables)).__name__ == kind


def test_terraforms_errors_of_the_state_are_explained() -> None:
    backend = {"storage_account_name": "acme", "subscription_id": OWN, "container_name": "state"}
    assert all(str(meaning).format_map(backend) for _, meaning in connections.EXPLANATIONS)
