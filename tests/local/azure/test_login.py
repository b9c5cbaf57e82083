"""Log-in and Graph: discovery, tokens for the secret of the checkout alone, and the caller's own object."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from local.azure.authorization import Authorization
from local.azure.tokens import CALLER, CLIENT, TENANT, Tokens
from local.proxy.api import Request
from tests.local.azure.conftest import SUBSCRIPTION, Azure

LOGIN = "login.microsoftonline.com"
FORM = {
    "grant_type": "client_credentials",
    "client_id": CLIENT,
    "client_secret": "secret",
    "scope": "https://vault.azure.net/.default",
}


def token(azure: Azure, tenant: str = TENANT, **form: str) -> tuple[int, Any]:
    path = f"/{tenant}/oauth2/v2.0/token"
    answer = azure.send("POST", path, urlencode({**FORM, **form}).encode(), host=LOGIN)
    return answer.status, json.loads(answer.body)


def claims(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text.split(".")[1] + "=="))


def refused(token_text: str, host: str = "management.azure.com") -> Any:
    headers = {"authorization": f"Bearer {token_text}"}
    return Authorization(Tokens("secret")).refuse(Request(method="GET", host=host, path="/", headers=headers))


def test_a_token_has_the_claims_that_clients_read(azure: Azure) -> None:
    status, answer = token(azure)
    found = claims(answer["access_token"])
    assert status == 200
    assert (found["oid"], found["appid"], found["tid"]) == (CALLER, CLIENT, TENANT)
    assert (found["aud"], found["exp"] - found["iat"]) == ("https://vault.azure.net", answer["expires_in"])
    assert refused(answer["access_token"]) is None


def test_the_tenant_is_the_one_that_was_logged_in_to(azure: Azure) -> None:
    tenant = "00000000-0000-0000-0000-00000000000a"
    assert claims(token(azure, tenant)[1]["access_token"])["tid"] == tenant
    assert azure.get(SUBSCRIPTION)["tenantId"] == tenant


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_secret": "another"}, "invalid_client"),
        ({"client_id": "another"}, "unauthorized_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_nothing_else_is_a_log_in(azure: Azure, form: dict[str, str], error: str) -> None:
    status, answer = token(azure, **form)
    assert status in {400, 401}
    assert answer["error"] == error


def test_a_token_of_another_checkout_is_refused_with_where_to_log_in() -> None:
    other = Tokens("another").issue(TENANT, "https://management.azure.com")
    unsigned = other.rpartition(".")[0] + "."
    for host, resource in (
        ("management.azure.com", "https://management.azure.com"),
        ("a.vault.azure.net", "https://vault.azure.net"),
        ("a.blob.core.windows.net", "https://storage.azure.com"),
    ):
        for text in (other, unsigned, "", "nonsense"):
            answer = refused(text, host)
            assert answer.status == 401
            assert f'resource="{resource}"' in answer.headers["www-authenticate"]


def test_a_token_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    text = Tokens("secret").issue(TENANT, "")
    monkeypatch.setattr("local.azure.tokens.time.time", lambda: claims(text)["exp"] + 1)
    assert refused(text).status == 401


@pytest.mark.parametrize(
    "path", [f"/{TENANT}/v2.0/.well-known/openid-configuration", "/common/.well-known/openid-configuration"]
)
def test_clients_find_where_tokens_are(azure: Azure, path: str) -> None:
    found = json.loads(azure.send("GET", path, host=LOGIN).body)
    assert found["token_endpoint"].startswith(f"https://{LOGIN}/")
    assert found["issuer"].startswith("https://")


def test_msal_finds_the_instance(azure: Azure) -> None:
    query = {"authorization_endpoint": f"https://{LOGIN}/{TENANT}/oauth2/v2.0/authorize"}
    found = json.loads(azure.send("GET", "/common/discovery/instance", host=LOGIN, query=query).body)
    assert found["tenant_discovery_endpoint"].endswith(f"/{TENANT}/v2.0/.well-known/openid-configuration")


def test_graph_knows_the_caller_and_nobody_else(azure: Azure) -> None:
    graph = "graph.microsoft.com"
    query = {"$filter": f"appId eq '{CLIENT}'"}
    found = json.loads(azure.send("GET", "/v1.0/servicePrincipals", host=graph, query=query).body)
    assert [each["id"] for each in found["value"]] == [CALLER]
    query = {"$filter": "appId eq 'another'"}
    assert json.loads(azure.send("GET", "/v1.0/servicePrincipals", host=graph, query=query).body)["value"] == []
    assert json.loads(azure.send("GET", f"/v1.0/directoryObjects/{CALLER}", host=graph).body)["appId"] == CLIENT
    assert azure.send("GET", "/v1.0/users", host=graph).status == 404
    assert azure.send("POST", "/v1.0/groups", {}, host=graph).status == 403
