"""Certificates that managed instances show. Their keys are thrown away: nothing here speaks TLS with them."""

import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

_DAYS = 3650


@lru_cache
def authority(name: str) -> x509.Certificate:
    """Return a certificate authority of a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )


def describe(certificate: x509.Certificate) -> dict[str, str]:
    """Return a certificate as Cloud SQL and Memorystore describe it."""
    return {
        "cert": certificate.public_bytes(Encoding.PEM).decode(),
        "createTime": _time(certificate.not_valid_before_utc),
        "expirationTime": _time(certificate.not_valid_after_utc),
        "sha1Fingerprint": certificate.fingerprint(hashes.SHA1()).hex(),  # noqa: S303 - the field's
    }


def _time(time: datetime.datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
