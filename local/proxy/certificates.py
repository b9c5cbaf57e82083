"""Certificate authority of one embedded cloud: signs the certificate of each name that its proxy answers for.

Nobody trusts it but the commands whose environment names its file. It cannot sign for any other domain.
"""

import datetime
import ipaddress
import ssl
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.proxy.files import write

_DAY = datetime.timedelta(days=1)
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Embedded cloud of one checkout")])


class Authority:
    """A certificate authority whose key lies in a file that only its user reads.

    Args:
        directory: where its files lie.

    Attributes:
        certificate: file with its certificate; never holds a key.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key_file = directory / "authority.key"
        self.certificate = directory / "authority.pem"

    def create(self, domains: Sequence[str], networks: Sequence[ipaddress.IPv4Network] = ()) -> None:
        """Make it for some domains and all names in them, where it is not there yet or its files are damaged.

        Args:
            domains: such as ``googleapis.com``.
            networks: whose addresses it may sign for as well.
        """
        permitted = [*map(x509.DNSName, domains), *map(x509.IPAddress, networks)]
        with suppress(OSError, ValueError):
            key, certificate = self._load()
            if certificate.public_key() == key.public_key() and _permitted(certificate) == permitted:
                return
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _certificate(_NAME, key.public_key(), days=3650)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.NameConstraints(permitted, None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        write(self._key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        write(self.certificate, certificate.public_bytes(Encoding.PEM))

    @lru_cache(maxsize=256)  # noqa: B019 - a process has one, for as long as it lives
    def context(
        self, host: str, addresses: tuple[str, ...] = (), protocols: tuple[str, ...] = ("http/1.1",)
    ) -> ssl.SSLContext:
        """Return the settings of a server that has a certificate for a name.

        Args:
            host: the name.
            addresses: the certificate holds them as well.
            protocols: what the server offers by ALPN.

        Raises:
            OSError, ValueError: the authority's files cannot be read.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(protocols)
        # The module takes a certificate from a file only.
        with tempfile.NamedTemporaryFile(dir=self._directory) as file:
            file.write(self.pem(host, addresses))
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def pem(self, host: str, addresses: tuple[str, ...] = ()) -> bytes:
        """Return a new key, and the certificate of a name that it belongs to.

        Args:
            host: the name.
            addresses: the certificate holds them as well.

        Raises:
            OSError, ValueError: the authority's files cannot be read.
        """
        authority_key, authority = self._load()
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Embedded cloud")])
        names = [x509.DNSName(host), *(x509.IPAddress(ipaddress.ip_address(each)) for each in addresses)]
        certificate = (
            _certificate(name, key.public_key(), days=365)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),  # type: ignore[arg-type]
                critical=False,
            )
            .sign(authority_key, hashes.SHA256())
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return private + certificate.public_bytes(Encoding.PEM)

    def _load(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        key = load_pem_private_key(self._key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{self._key_file} holds another kind of key")  # noqa: TRY004 - of a file
        return key, x509.load_pem_x509_certificate(self.certificate.read_bytes())


def _certificate(subject: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_NAME)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + days * _DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _permitted(certificate: x509.Certificate) -> list[x509.GeneralName]:
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    return list(constraints.permitted_subtrees or ())
