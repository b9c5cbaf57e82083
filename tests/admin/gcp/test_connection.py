"""Connection to Google Cloud: the embedded one without a project, the real one with one, and never both."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import google.auth
import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError
from google.oauth2.credentials import Credentials

from admin.errors import ApiError, NotRunningError, WrongAccountError
from admin.gcp import connection as connections
from admin.gcp.connection import Connection, connect, connect_embedded, connect_shared
from local.gcp.cloud import EmbeddedGoogleCloud

_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY")
_FILES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGoogleCloud]:
    found = EmbeddedGoogleCloud(tmp_path_factory.mktemp("checkout") / ".embedded" / "gcp")
    with found.lock("tests"):
        found.start()
    yield found
    found.wipe()


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*_PROXIES, *_FILES):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of a person whose gcloud is set to a project."""
    found = Credentials("token")  # type: ignore[no-untyped-call]
    monkeypatch.setattr(google.auth, "default", lambda **_: (found, "acme-shared"))


def use(monkeypatch: pytest.MonkeyPatch, cloud: EmbeddedGoogleCloud) -> None:
    monkeypatch.setattr(connections, "EmbeddedGoogleCloud", lambda: cloud)


def test_without_a_project_the_embedded_google_cloud_is_asked(
    monkeypatch: pytest.MonkeyPatch, cloud: EmbeddedGoogleCloud
) -> None:
    use(monkeypatch, cloud)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:1")
    found = connect(None, "acme-shared")
    assert (found.embedded, found.name, found.token()) == (True, "Embedded Google Cloud", cloud.access_token)
    status, _ = found.send("GET", "https://storage.googleapis.com/storage/v1/b/acme/o/none", None, None)
    assert status == 404
    with found.http_client() as client:
        assert client.get("https://us-docker.pkg.dev/v2/").status_code == 401


def test_a_name_that_the_embedded_google_cloud_does_not_serve_gets_no_answer(cloud: EmbeddedGoogleCloud) -> None:
    with pytest.raises(Exception, match="Tunnel connection failed: 403"):
        connect_embedded(cloud).send("GET", "https://example.com/", None, None)


@pytest.mark.parametrize("end", [EmbeddedGoogleCloud.stop, EmbeddedGoogleCloud.wipe], ids=["stopped", "removed"])
def test_where_it_ends_meanwhile_one_line_says_so(tmp_path: Path, end: Callable[[EmbeddedGoogleCloud], object]) -> None:
    cloud = EmbeddedGoogleCloud(tmp_path / ".embedded" / "gcp")
    with cloud.lock("tests"):
        cloud.start()
    send = connect_embedded(cloud).send
    end(cloud)
    with pytest.raises(ApiError, match=r"^The embedded Google Cloud has ended: .* starts it again") as raised:
        send("GET", "https://storage.googleapis.com/storage/v1/b/acme/o/none", None, None)
    assert len(str(raised.value).splitlines()) == 1
    cloud.wipe()


def test_where_it_does_not_run_one_line_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use(monkeypatch, EmbeddedGoogleCloud(tmp_path / "absent"))
    with pytest.raises(NotRunningError, match=r"`make deploy CLOUD=gcp` starts it.*PROJECT=acme-shared") as raised:
        connect(None, "acme-shared")
    assert raised.value.exit_code == 2


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("name", _PROXIES)
def test_a_typed_project_refuses_the_proxy_of_the_embedded_google_cloud(
    monkeypatch: pytest.MonkeyPatch, cloud: EmbeddedGoogleCloud, name: str
) -> None:
    use(monkeypatch, cloud)
    monkeypatch.setenv(name, cloud.endpoint)
    with pytest.raises(WrongAccountError, match=f"^PROJECT=acme: your environment leads to the .* by {name}"):
        connect("acme", "acme")
    monkeypatch.setenv(name, "http://127.0.0.1:3128")
    assert not connect("acme", "acme").embedded


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("name", _FILES)
def test_a_typed_project_refuses_the_certificate_and_token_of_any_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    use(monkeypatch, EmbeddedGoogleCloud(tmp_path / "absent"))
    monkeypatch.setenv(name, "/home/me/another/.embedded/gcp/certificates/authority.pem")
    with pytest.raises(WrongAccountError, match=name):
        connect("acme", "acme")
    monkeypatch.setenv(name, "/etc/ssl/certs/company.pem")
    assert not connect("acme", "acme").embedded


def test_all_that_the_embedded_google_cloud_exports_is_refused(
    monkeypatch: pytest.MonkeyPatch, cloud: EmbeddedGoogleCloud
) -> None:
    use(monkeypatch, cloud)
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(WrongAccountError, match=r"HTTPS_PROXY, .*SSL_CERT_FILE"):
        connect("acme", "acme")


def test_another_project_than_the_shared_one_is_refused() -> None:
    with pytest.raises(WrongAccountError, match=r"^PROJECT=acme: environments/policy.yaml says account.gcp.project"):
        connect_shared("acme")


def test_without_credentials_it_says_how_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(**_: Any) -> Any:
        raise DefaultCredentialsError("Your default credentials were not found.")  # type: ignore[no-untyped-call]

    monkeypatch.setattr(google.auth, "default", none)
    with pytest.raises(ApiError, match="gcloud auth application-default login"):
        connect("acme", "acme")


@pytest.mark.usefixtures("credentials")
def test_the_project_of_a_persons_settings_is_known() -> None:
    assert connect("acme", "acme").default_project == "acme-shared"


def test_the_project_of_a_service_account_is_only_where_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google.auth, "default", lambda **_: (AnonymousCredentials(), "acme-robots"))  # type: ignore[no-untyped-call]
    assert connect("acme", "acme").default_project == ""


@pytest.mark.parametrize(
    ("answer", "caller"),
    [
        ((200, b'{"email": "owner@acme.test"}'), "owner@acme.test"),
        ((200, b"{}"), "the application default credentials"),
        ((401, b"{}"), "the application default credentials"),
    ],
)
def test_the_caller_is_named_as_far_as_google_tells(answer: tuple[int, bytes], caller: str) -> None:
    found = Connection(send=lambda *_: answer, token=lambda: "token", environment={}, embedded=False)
    assert found.caller() == caller


def test_credentials_that_do_not_work_are_told_before_anything_is_sent() -> None:
    def withdrawn() -> str:
        raise ApiError("the credentials of Google Cloud have expired")

    found = Connection(send=lambda *_: (200, b"{}"), token=withdrawn, environment={}, embedded=False)
    with pytest.raises(ApiError, match="have expired"):
        found.caller()


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("quota_project", ["acme-shared", None])
def test_a_request_has_the_callers_token_and_the_quota_of_a_project(
    monkeypatch: pytest.MonkeyPatch, quota_project: str | None
) -> None:
    sent: list[Any] = []

    def request(_: requests.Session, method: str, url: str, **options: Any) -> Any:
        sent.append((method, url, options["headers"], options["data"]))
        return SimpleNamespace(status_code=200, headers={}, content=b"{}")

    monkeypatch.setattr(requests.Session, "request", request)
    assert connect("acme", "acme").send("POST", "https://run.googleapis.com/v1", b"{}", quota_project) == (200, b"{}")
    ((method, url, headers, body),) = sent
    assert (method, url, body) == ("POST", "https://run.googleapis.com/v1", b"{}")
    assert headers["authorization"] == "Bearer token"
    assert headers.get("x-goog-user-project") == quota_project
