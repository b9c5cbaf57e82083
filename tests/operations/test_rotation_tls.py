"""TLS of the rotation: a handshake in memory with a server that has the certificates of a test."""

import datetime
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from operations import rotation

HOST = "goodies-prod.abc.us-east-1.rds.amazonaws.com"
NOW = datetime.datetime.now(tz=datetime.UTC)


@dataclass(frozen=True)
class Authority:
    """An authority that signs certificates without an authority key identifier, which strict checks ask for."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, name: str) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(key, _certificate(name, key, issuer=name, signer=key, extension=x509.BasicConstraints(True, None)))

    def server(self, folder: Path, host: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        issuer = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        certificate = _certificate(host, key, issuer=str(issuer), signer=self.key, extension=names)
        file = folder / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    builder = x509.CertificateBuilder(
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=NOW - datetime.timedelta(days=1),
        not_valid_after=NOW + datetime.timedelta(days=1),
    )
    return builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints)).sign(
        signer, hashes.SHA256()
    )


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> None:
    """Connect both in memory.

    Raises:
        ssl.SSLCertVerificationError: when the client does not trust the server.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while ends:
        for end in list(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority.make("An authority of RDS")
    file = tmp_path / "authorities.pem"
    file.write_bytes(made.certificate.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setattr(rotation, "AUTHORITIES", file)
    return made


@pytest.fixture
def client(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The rotation's client where the defaults are those of Python 3.13, on which Lambda runs it."""
    assert authority
    make = ssl.create_default_context

    def strict(*args: Any, **options: Any) -> ssl.SSLContext:
        context = make(*args, **options)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    return rotation.tls_context.__wrapped__()


@pytest.mark.plan("SEC-6/encrypted")
def test_a_server_with_a_certificate_of_the_authorities_is_trusted(
    authority: Authority, client: ssl.SSLContext, tmp_path: Path
) -> None:
    shake_hands(client, authority.server(tmp_path, HOST), HOST)


@pytest.mark.plan("SEC-6/encrypted")
def test_a_server_with_another_name_is_refused(authority: Authority, client: ssl.SSLContext, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(client, authority.server(tmp_path, "other.example"), HOST)


@pytest.mark.plan("SEC-6/encrypted")
def test_a_server_of_another_authority_is_refused(client: ssl.SSLContext, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer certificate"):
        shake_hands(client, Authority.make("Somebody").server(tmp_path, HOST), HOST)
