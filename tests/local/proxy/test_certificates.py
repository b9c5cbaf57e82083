"""Authority of an embedded cloud: who trusts it, and for which names it can sign."""

import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest

from local.proxy.certificates import Authority

DOMAINS = ["googleapis.com", "pkg.dev"]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path)
    made.create(DOMAINS)
    return made


def shake_hands(authority: Authority, served: str, wanted: str, trusted: Path | None) -> None:
    """Let a client that wants a name, and trusts a file, meet a server that has a certificate for another."""
    ours, theirs = socket.socketpair()
    context = authority.context(served)

    def serve() -> None:
        try:
            with context.wrap_socket(ours, server_side=True):
                pass
        except OSError:
            ours.close()

    server = threading.Thread(target=serve)
    server.start()
    client = ssl.create_default_context(cafile=str(trusted) if trusted else None)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    try:
        with theirs, client.wrap_socket(theirs, server_hostname=wanted):
            pass
    finally:
        server.join()


@pytest.mark.parametrize("name", ["compute.googleapis.com", "us-docker.pkg.dev", "a.b.c.googleapis.com"])
def test_a_client_that_trusts_its_file_takes_its_names(authority: Authority, name: str) -> None:
    shake_hands(authority, name, name, authority.certificate)


def test_nobody_else_trusts_it(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(authority, "compute.googleapis.com", "compute.googleapis.com", None)


def test_a_certificate_is_for_one_name(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(authority, "compute.googleapis.com", "dns.googleapis.com", authority.certificate)


def test_it_cannot_sign_for_another_domain(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shake_hands(authority, "example.com", "example.com", authority.certificate)


def test_its_key_is_its_users_only_and_stays(authority: Authority, tmp_path: Path) -> None:
    key = tmp_path / "authority.key"
    before = key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    authority.create(DOMAINS)
    assert key.read_bytes() == before


def test_no_certificate_of_a_name_stays_on_the_disk(authority: Authority, tmp_path: Path) -> None:
    authority.context("compute.googleapis.com")
    assert {file.name for file in tmp_path.iterdir()} == {"authority.key", "authority.pem"}


@pytest.mark.parametrize("damage", ["authority.key", "authority.pem"])
def test_damaged_files_are_made_anew(tmp_path: Path, damage: str) -> None:
    Authority(tmp_path).create(DOMAINS)
    (tmp_path / damage).write_text("damaged")
    made = Authority(tmp_path)
    made.create(DOMAINS)
    shake_hands(made, "compute.googleapis.com", "compute.googleapis.com", made.certificate)


def test_other_domains_make_another(tmp_path: Path) -> None:
    Authority(tmp_path).create(DOMAINS)
    made = Authority(tmp_path)
    made.create([*DOMAINS, "example.com"])
    shake_hands(made, "example.com", "example.com", made.certificate)
