"""Process, directory and environment of the embedded Google Cloud."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

from local.errors import EmbeddedCloudError
from local.gcp.cloud import EmbeddedGoogleCloud
from tests.local.gcp.conftest import Client, create_bucket
from tests.local.killed import kill

STORAGE = "https://storage.googleapis.com"


def put_object(cloud: EmbeddedGoogleCloud) -> str:
    """Store an object; returns its address."""
    client = Client(cloud)
    create_bucket(client, "kept-state")
    answer = client.send("POST", f"{STORAGE}/upload/storage/v1/b/kept-state/o?uploadType=media&name=kept", body=b"x")
    assert answer.status_code == 200, answer.text
    return f"{STORAGE}/kept-state/kept"


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


def test_its_owner_is_known_by_the_token(google_cloud: EmbeddedGoogleCloud) -> None:
    answer = requests.get(f"{google_cloud.endpoint}/_embedded/pid", timeout=10)
    assert answer.status_code == 401
    assert google_cloud.control("pid") != os.getpid()


def test_its_secrets_are_read_by_its_user_only(google_cloud: EmbeddedGoogleCloud) -> None:
    for secret in ("token", "certificates/authority.key"):
        assert stat.S_IMODE((google_cloud.directory / secret).stat().st_mode) == 0o600
    assert stat.S_IMODE(google_cloud.directory.stat().st_mode) == 0o700
    assert "PRIVATE KEY" not in google_cloud.certificate.read_text()


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


def test_state_token_and_port_survive_a_restart(own_google_cloud: EmbeddedGoogleCloud) -> None:
    cloud, address = own_google_cloud, put_object(own_google_cloud)
    before = (cloud.endpoint, cloud.access_token, cloud.certificate.read_bytes())
    cloud.stop()
    assert not cloud.running()
    assert cloud.start()
    assert (cloud.endpoint, cloud.access_token, cloud.certificate.read_bytes()) == before
    assert Client(cloud).send("GET", address).content == b"x"


def test_what_was_answered_survives_a_kill(own_google_cloud: EmbeddedGoogleCloud) -> None:
    address = put_object(own_google_cloud)
    kill(own_google_cloud)
    assert own_google_cloud.start()
    assert Client(own_google_cloud).send("GET", address).content == b"x"


def test_it_ends_when_its_directory_is_removed(own_google_cloud: EmbeddedGoogleCloud) -> None:
    process = psutil.Process(int(own_google_cloud.control("pid")))
    shutil.rmtree(own_google_cloud.directory)
    process.wait(timeout=10)
    assert not own_google_cloud.running()


@pytest.mark.parametrize("damage", [b"", b"nothing of SQLite", b"SQLite format 3\0 and no more"])
def test_a_damaged_state_is_one_line_with_the_way_out(tmp_path: Path, damage: bytes) -> None:
    cloud = EmbeddedGoogleCloud(tmp_path / "gcp")
    cloud.start()
    put_object(cloud)
    kill(cloud)
    (cloud.directory / "state.sqlite").write_bytes(damage)
    try:
        with pytest.raises(EmbeddedCloudError) as raised:
            cloud.start()
        assert str(raised.value).startswith(f"{cloud.directory / 'state.sqlite'}: ")
        assert "`make destroy CLOUD=gcp` removes it" in str(raised.value)
        assert "\n" not in str(raised.value)
        assert not cloud.running()
    finally:
        cloud.wipe()


def test_a_state_of_another_format_is_refused(own_google_cloud: EmbeddedGoogleCloud) -> None:
    own_google_cloud.stop()
    with sqlite3.connect(own_google_cloud.directory / "state.sqlite") as file:
        file.execute("PRAGMA user_version = 99")
    file.close()
    with pytest.raises(EmbeddedCloudError, match="its format is 99, and this checkout reads format"):
        own_google_cloud.start()


def test_the_state_of_another_checkout_is_left_alone(own_google_cloud: EmbeddedGoogleCloud, tmp_path: Path) -> None:
    put_object(own_google_cloud)
    own_google_cloud.stop()
    copy = EmbeddedGoogleCloud(tmp_path / "copy")
    shutil.copytree(own_google_cloud.directory, copy.directory)
    with pytest.raises(EmbeddedCloudError, match=f"is a copy of the state in {own_google_cloud.directory}"):
        copy.start()
    own_google_cloud.start()


def test_a_checkout_that_was_moved_keeps_its_state(tmp_path: Path) -> None:
    before = EmbeddedGoogleCloud(tmp_path / "before")
    before.start()
    address = put_object(before)
    before.stop()
    before.directory.rename(tmp_path / "after")
    after = EmbeddedGoogleCloud(tmp_path / "after")
    try:
        assert after.start()
        assert Client(after).send("GET", address).content == b"x"
    finally:
        after.wipe()


@pytest.mark.parametrize("damage", [b"", b"\xff", b"short"])
def test_a_damaged_token_is_made_anew(own_google_cloud: EmbeddedGoogleCloud, damage: bytes) -> None:
    own_google_cloud.stop()
    (own_google_cloud.directory / "token").write_bytes(damage)
    own_google_cloud.start()
    assert put_object(own_google_cloud)
    assert Client(own_google_cloud).send("GET", "https://us-docker.pkg.dev/v2/", token="").status_code == 401


def test_a_damaged_authority_is_made_anew(own_google_cloud: EmbeddedGoogleCloud) -> None:
    own_google_cloud.stop()
    (own_google_cloud.directory / "certificates" / "authority.key").write_text("no key")
    own_google_cloud.start()
    assert put_object(own_google_cloud)


@pytest.mark.parametrize("name", ["terraform", "terraform-provider-google_v6.50.0_x5"])
def test_wiping_ends_what_would_ask_it_without_an_end(
    own_google_cloud: EmbeddedGoogleCloud, tmp_path: Path, name: str
) -> None:
    program = tmp_path / name
    program.symlink_to(Path("/bin/sleep").resolve())
    with (
        subprocess.Popen([str(program), "60"], env=own_google_cloud.environment()) as working,
        subprocess.Popen([str(program), "60"], env={}) as other,
    ):
        deadline = time.monotonic() + 10
        while {psutil.Process(each.pid).name() for each in (working, other)} != {name} and time.monotonic() < deadline:
            time.sleep(0.01)
        own_google_cloud.wipe()
        assert working.wait(10) == -signal.SIGKILL
        assert other.poll() is None
        other.kill()


def test_wiping_leaves_nothing(own_google_cloud: EmbeddedGoogleCloud) -> None:
    assert own_google_cloud.wipe() > 0
    assert not own_google_cloud.running()
    assert not own_google_cloud.directory.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems show a process's sockets to their administrator")
def test_it_listens_on_one_port_of_loopback_and_holds_little(google_cloud: EmbeddedGoogleCloud) -> None:
    process = psutil.Process(int(google_cloud.control("pid")))
    port = int(google_cloud.endpoint.rsplit(":", 1)[1])
    connections = process.net_connections("inet")
    assert {tuple(each.laddr) for each in connections if each.status == psutil.CONN_LISTEN} == {("127.0.0.1", port)}
    assert {each.raddr.ip for each in connections if each.raddr} <= {"127.0.0.1"}
    assert process.memory_info().rss < 300 * 1024**2
