"""Password of the administrator on an embedded AWS: a deploy sets one where there is none, and keeps it in a file."""

import secrets
from pathlib import Path

from argon2.exceptions import InvalidHashError, VerificationError
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from password_hash import HASHER

_BYTES = 12


class AdminPassword:
    """Password of an environment's administrator. Nothing prints it: commands read it from its file.

    Attributes:
        file: holds the password that a deploy set; there need not be one.

    Args:
        cloud: runs, and holds the secret with its hash.
        environment: such as ``prod``.
        folder: of the file.
    """

    def __init__(self, cloud: EmbeddedCloud, environment: str, folder: Path) -> None:
        self.file = folder / f"admin-password-{environment}"
        self._secret = f"goodies/{environment}/admin-password-hash"
        self._cloud = cloud

    def known(self) -> bool:
        """True where the file holds the password that is valid now, and not one of before `make admin-password`."""
        try:
            stored = self._hash()
            return stored is not None and HASHER.verify(stored, self.file.read_text())
        except (FileNotFoundError, InvalidHashError, VerificationError):
            return False

    def set_first(self) -> None:
        """Set a password where nobody has set one yet; nothing happens where its secret is not deployed yet."""
        stored = self._hash()
        if stored is None or stored.startswith("$argon2"):
            return
        password = secrets.token_urlsafe(_BYTES)
        self.file.touch(mode=0o600)
        self.file.write_text(password)
        self._cloud.client("secretsmanager").put_secret_value(SecretId=self._secret, SecretString=HASHER.hash(password))

    def _hash(self) -> str | None:
        try:
            return str(self._cloud.client("secretsmanager").get_secret_value(SecretId=self._secret)["SecretString"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
