"""Names, tokens and environment of the embedded Google Cloud, beside what each cloud of Terraform does."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from local.gcp.cloud import EmbeddedGoogleCloud
from tests.local.gcp.conftest import Client


def test_a_name_that_is_not_served_gets_no_connection(google_cloud: EmbeddedGoogleCloud, client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        port = elsewhere.getsockname()[1]
        elsewhere.setblocking(False)
        for url in (f"https://127.0.0.1:{port}/", f"https://localhost:{port}/"):
            with pytest.raises(requests.exceptions.ProxyError, match="403"):
                client.send("GET", url)
        assert client.send("GET", f"http://localhost:{port}/here?key=secret").status_code == 403
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    log = google_cloud.requests.read_text()
    assert f"CONNECT localhost:{port} - 403" in log
    assert f"GET localhost:{port} /here?key 403" in log


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://management.azure.com/",
        "https://googleapis.com.example.com/",
        "https://storage.googleapis.com:8443/",
        "https://accounts.google.com/",
    ],
)
def test_other_names_and_ports_are_refused_by_name(client: Client, url: str) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match="403 The embedded Google Cloud does not"):
        client.send("GET", url)


@pytest.mark.parametrize("host", ["storage.googleapis.com", "us-docker.pkg.dev", "gke-1-2.us-central1.gke.goog"])
@pytest.mark.parametrize("token", ["", "ya29.of-a-real-account"])
def test_a_foreign_token_is_refused_and_leaves_no_trace(
    google_cloud: EmbeddedGoogleCloud, client: Client, host: str, token: str
) -> None:
    answer = client.send("GET", f"https://{host}/v2/?access_token=in-a-query", token=token)
    assert answer.status_code == 401
    assert "takes the token of its own checkout only" in answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer realm=")
    written = google_cloud.requests.read_text() + google_cloud.log.read_text()
    assert f"GET {host} /v2/?access_token 401" in written
    for secret in ("ya29", "in-a-query", google_cloud.access_token):
        assert secret not in written


def test_a_child_gets_an_environment_from_an_allow_list(
    google_cloud: EmbeddedGoogleCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_PROJECT",
        "CLOUDSDK_CONFIG",
        "TF_CLI_CONFIG_FILE",
        "TF_VAR_x",
        "KUBECONFIG",
        "KUBE_HOST",
        "HELM_REPOSITORY_CONFIG",
        "NO_PROXY",
        "no_proxy",
        "ALL_PROXY",
        "SSH_AUTH_SOCK",
        "AWS_PROFILE",
        "PYTHONPATH",
        "SOMETHING_ELSE",
    ):
        monkeypatch.setenv(name, "the user's")
    monkeypatch.setenv("TERM", "xterm")
    environment = google_cloud.environment()
    assert set(environment) - {"COLUMNS", "COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "LINES", "NO_COLOR", "TZ"} == {
        "CHECKPOINT_DISABLE",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
        "CURL_CA_BUNDLE",
        "GOOGLE_OAUTH_ACCESS_TOKEN",
        "HOME",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "PATH",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TERM",
        "TMPDIR",
        "http_proxy",
        "https_proxy",
    }
    assert "the user's" not in environment.values()
    own = str(google_cloud.directory)
    for name in ("HOME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        assert environment[name].startswith(own)


def test_a_child_reaches_it_by_its_environment_alone(google_cloud: EmbeddedGoogleCloud) -> None:
    program = (
        "import os, requests; token = os.environ['GOOGLE_OAUTH_ACCESS_TOKEN'];"
        "print(requests.get('https://us-docker.pkg.dev/v2/', headers={'Authorization': 'Bearer ' + token}).status_code)"
    )
    child = subprocess.run(
        [sys.executable, "-c", program],
        env=google_cloud.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert child.stdout == "200\n"


def test_a_child_is_logged_in_to_registries_by_the_program_that_helm_asks(google_cloud: EmbeddedGoogleCloud) -> None:
    environment = google_cloud.environment()
    settings = json.loads((Path(environment["HOME"]) / ".docker" / "config.json").read_text())
    program = shutil.which(f"docker-credential-{settings['credsStore']}", path=environment["PATH"])
    assert program
    answer = subprocess.run([program, "get"], input="us-docker.pkg.dev", capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == {"Username": "oauth2accesstoken", "Secret": google_cloud.access_token}
