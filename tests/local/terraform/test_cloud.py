"""Process, directory and environment of each embedded cloud that Terraform deploys to."""

import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import time
from pathlib import Path

import psutil
import pytest
import requests

from assembly import terraform
from local.errors import EmbeddedCloudError
from local.terraform.cloud import TerraformCloud
from tests.local.killed import kill
from tests.local.terraform.clouds import Case

STATE = {"lineage": "a", "serial": 1}


def send(cloud: TerraformCloud, url: str, token: str = "") -> requests.Response:
    """Send a request by the proxy."""
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"https": cloud.endpoint, "http": cloud.endpoint}
        session.verify = str(cloud.certificate)
        return session.get(url, headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=20)


def stored(case: Case, cloud: TerraformCloud, prefix: str = "kept") -> object:
    """Return the state that the cloud keeps."""
    stack = terraform.stack("the-dev", {"terraform": {"backend": case.backend(prefix)}}, Path())
    return cloud.state(stack).read()


@pytest.fixture
def kept(case: Case, own: TerraformCloud) -> TerraformCloud:
    """A cloud of one's own, with a state."""
    case.put(own, "kept", STATE)
    return own


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://registry.terraform.io/",
        "https://accounts.google.com/",
        "https://management.azure.com.example.com/",
        "https://vault.azure.net/",
        "https://nobody.blob.core.windows.net/",
    ],
)
def test_a_name_that_is_not_served_gets_no_connection(shared: TerraformCloud, url: str) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match=f"403 {shared.name} does not"):
        send(shared, url)


def test_no_other_cloud_and_no_other_port_is_reached(case: Case, shared: TerraformCloud) -> None:
    other = {"gcp": "management.azure.com", "azure": "storage.googleapis.com"}[case.key]
    for url in (f"https://{other}/", f"https://{case.name}:8443/"):
        with pytest.raises(requests.exceptions.ProxyError, match=f"403 {shared.name} does not"):
            send(shared, url)
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        port = elsewhere.getsockname()[1]
        elsewhere.setblocking(False)
        assert send(shared, f"http://localhost:{port}/here?key=secret").status_code == 403
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    assert f"GET localhost:{port} /here?key 403" in shared.requests.read_text()


@pytest.mark.parametrize("token", ["", "of-a-real-account", "eyJhbGciOiJub25lIn0.e30."])
def test_a_foreign_token_is_refused_and_leaves_no_trace(case: Case, shared: TerraformCloud, token: str) -> None:
    answer = send(shared, f"https://{case.name}/subscriptions?access_token=in-a-query", token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    written = shared.requests.read_text() + shared.log.read_text()
    for secret in ("of-a-real-account", "in-a-query", shared.access_token):
        assert secret not in written


def test_its_owner_is_known_by_the_token(shared: TerraformCloud) -> None:
    assert requests.get(f"{shared.endpoint}/_embedded/pid", timeout=10).status_code == 401
    assert shared.control("pid") != os.getpid()


def test_its_secrets_are_read_by_its_user_only(shared: TerraformCloud) -> None:
    for secret in ("token", "certificates/authority.key"):
        assert stat.S_IMODE((shared.directory / secret).stat().st_mode) == 0o600
    assert stat.S_IMODE(shared.directory.stat().st_mode) == 0o700
    assert "PRIVATE KEY" not in shared.certificate.read_text()


def test_a_child_gets_nothing_of_the_user(shared: TerraformCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "ARM_SUBSCRIPTION_ID",
        "ARM_USE_MSI",
        "AZURE_CONFIG_DIR",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "TF_CLI_CONFIG_FILE",
        "TF_VAR_x",
        "KUBECONFIG",
        "NO_PROXY",
        "ALL_PROXY",
        "AWS_PROFILE",
    ):
        monkeypatch.setenv(name, "the user's")
    environment = shared.environment()
    assert "the user's" not in environment.values()
    for name in ("HOME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        assert environment[name].startswith(str(shared.directory))


def test_state_token_and_port_survive_a_restart(case: Case, kept: TerraformCloud) -> None:
    before = (kept.endpoint, kept.access_token, kept.certificate.read_bytes())
    kept.stop()
    assert not kept.running()
    assert kept.start()
    assert (kept.endpoint, kept.access_token, kept.certificate.read_bytes()) == before
    assert stored(case, kept) == STATE


def test_what_was_answered_survives_a_kill(case: Case, kept: TerraformCloud) -> None:
    kill(kept)
    assert kept.start()
    assert stored(case, kept) == STATE


def test_it_ends_when_its_directory_is_removed(own: TerraformCloud) -> None:
    process = psutil.Process(int(own.control("pid")))
    shutil.rmtree(own.directory)
    process.wait(timeout=10)
    assert not own.running()


@pytest.mark.parametrize("damage", [b"", b"nothing of SQLite", b"SQLite format 3\0 and no more"])
def test_a_damaged_state_is_one_line_with_the_way_out(case: Case, kept: TerraformCloud, damage: bytes) -> None:
    kill(kept)
    (kept.directory / "state.sqlite").write_bytes(damage)
    with pytest.raises(EmbeddedCloudError) as raised:
        kept.start()
    assert str(raised.value).startswith(f"{kept.directory / 'state.sqlite'}: ")
    assert f"`make destroy CLOUD={case.key}` removes it" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not kept.running()


def test_a_state_of_another_format_is_refused(own: TerraformCloud) -> None:
    own.stop()
    with sqlite3.connect(own.directory / "state.sqlite") as file:
        file.execute("PRAGMA user_version = 99")
    file.close()
    with pytest.raises(EmbeddedCloudError, match="its format is 99, and this checkout reads format"):
        own.start()


def test_the_state_of_another_checkout_is_left_alone(case: Case, kept: TerraformCloud, tmp_path: Path) -> None:
    kept.stop()
    copy = case.cloud(tmp_path / "copy")
    shutil.copytree(kept.directory, copy.directory)
    with pytest.raises(EmbeddedCloudError, match=f"is a copy of the state in {kept.directory}"):
        copy.start()


def test_a_checkout_that_was_moved_keeps_its_state(case: Case, kept: TerraformCloud, tmp_path: Path) -> None:
    kept.stop()
    kept.directory.rename(tmp_path / "after")
    after = case.cloud(tmp_path / "after")
    try:
        assert after.start()
        assert stored(case, after) == STATE
    finally:
        after.wipe()


@pytest.mark.parametrize("damage", [b"", b"\xff", b"short"])
def test_a_damaged_token_is_made_anew(case: Case, kept: TerraformCloud, damage: bytes) -> None:
    kept.stop()
    (kept.directory / "token").write_bytes(damage)
    kept.start()
    assert stored(case, kept) == STATE
    assert send(kept, f"https://{case.name}/", "short").status_code == 401


def test_a_damaged_authority_is_made_anew(case: Case, kept: TerraformCloud) -> None:
    kept.stop()
    (kept.directory / "certificates" / "authority.key").write_text("no key")
    kept.start()
    assert stored(case, kept) == STATE


@pytest.mark.parametrize("name", ["terraform", "terraform-provider-any_v1.0.0_x5"])
def test_wiping_ends_what_would_ask_it_without_an_end(own: TerraformCloud, tmp_path: Path, name: str) -> None:
    program = tmp_path / name
    program.symlink_to(Path("/bin/sleep").resolve())
    with (
        subprocess.Popen([str(program), "60"], env=own.environment()) as working,
        subprocess.Popen([str(program), "60"], env={}) as other,
    ):
        deadline = time.monotonic() + 10
        names = {name[:15]}
        while {psutil.Process(each.pid).name()[:15] for each in (working, other)} != names:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        own.wipe()
        assert working.wait(10) == -signal.SIGKILL
        assert other.poll() is None
        other.kill()


def test_wiping_leaves_nothing(own: TerraformCloud) -> None:
    assert own.wipe() > 0
    assert not own.running()
    assert not own.directory.exists()


def test_it_listens_on_one_port_of_loopback_and_holds_little(shared: TerraformCloud) -> None:
    process = psutil.Process(int(shared.control("pid")))
    port = int(shared.endpoint.rsplit(":", 1)[1])
    connections = process.net_connections("inet")
    assert {tuple(each.laddr) for each in connections if each.status == psutil.CONN_LISTEN} == {("127.0.0.1", port)}
    assert {each.raddr.ip for each in connections if each.raddr} <= {"127.0.0.1"}
    assert process.memory_info().rss < 300 * 1024**2
