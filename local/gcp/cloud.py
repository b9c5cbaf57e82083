"""The embedded Google Cloud as a command sees it: its process, its directory, and the environment of its children."""

import json
import os
import re
import secrets
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from assembly.revisions import CHECKOUT
from local.embedded import Embedded
from local.errors import EmbeddedCloudError
from local.gcp.authorization import REGISTRY_USER
from local.gcp.processes import at_work
from local.process import Program
from local.proxy.certificates import Authority
from local.proxy.files import write
from local.proxy.store import Store, StoreError

DOMAINS = ("googleapis.com", "pkg.dev", "gke.goog")
STORE = "state.sqlite"
TOKEN = "token"  # noqa: S105 - the name of a file
REQUESTS = Path("logs", "requests.log")
CERTIFICATES = "certificates"
_SOURCES = ("local/gcp", "local/kubernetes", "local/proxy", "local/watchdog.py")
_TOKEN_BYTES = 32
_TOKEN = re.compile(rb"[\w-]{43}")
_HELPER = "embedded"
# Programs that tools ask for the caller's token, and what each answers. Google's own look for a person's credentials.
_PROGRAMS = {
    # "client-go credential plugins", Kubernetes documentation.
    "gke-gcloud-auth-plugin": (
        '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"%s"}}'
    ),
    # "Credential helper protocol", docker login.
    f"docker-credential-{_HELPER}": f'{{"Username":"{REGISTRY_USER}","Secret":"%s"}}',
}
# Variables of the user that a child gets. None of them names an account, a project, a cluster, or another machine.
_KEPT = ("COLUMNS", "COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "LINES", "NO_COLOR", "TERM", "TZ")


class EmbeddedGoogleCloud(Embedded):
    """A Google Cloud on this machine. Its state survives a restart or a kill, until :meth:`wipe`.

    Attributes:
        certificate: file with the certificate that its clients trust; no other store of certificates has it.
        requests: log of the requests that it answered, without headers and bodies.
    """

    name = "The embedded Google Cloud"
    destroy = "make destroy CLOUD=gcp"
    folders = ("logs", "home/.docker", "tmp", "bin", CERTIFICATES)

    def __init__(self, directory: Path = CHECKOUT / ".embedded" / "gcp") -> None:
        def environment(lock: Path, port: int) -> Mapping[str, str]:
            return self._allowed() | {
                "EMBEDDED_DIRECTORY": str(directory),
                "EMBEDDED_LOCK_FILE": str(lock),
                "EMBEDDED_PORT": str(port),
            }

        super().__init__(directory, Program(module="local.gcp", sources=_SOURCES, environment=environment))
        self._authority = Authority(directory / CERTIFICATES)
        self.certificate = self._authority.certificate
        self.requests = directory / REQUESTS

    @property
    def access_token(self) -> str:
        """The access token that it takes, and no other.

        Raises:
            EmbeddedCloudError: it was never started.
        """
        try:
            return (self.directory / TOKEN).read_text()
        except FileNotFoundError:
            raise EmbeddedCloudError(
                f"{self.name} has no access token yet. `make deploy CLOUD=gcp` starts it."
            ) from None

    def prepare(self) -> None:
        """Make its authority and its token where they are not there yet, and check its state.

        Raises:
            EmbeddedCloudError: the state is damaged, or another checkout's.
        """
        self.directory.chmod(0o700)
        self._authority.create(DOMAINS)
        token = self.directory / TOKEN
        if not token.exists() or not _TOKEN.fullmatch(token.read_bytes()):
            write(token, secrets.token_urlsafe(_TOKEN_BYTES).encode())
        self._log_in()
        try:
            store = Store(self.directory / STORE)
        except StoreError as error:
            raise EmbeddedCloudError(
                f"{error} `{self.destroy}` removes it with all that is deployed there; then run the command again."
            ) from None
        with store.transaction():
            self._claim(store)
        store.close()

    def wipe(self) -> int:
        """Stop it, and what Terraform does on it without an end then, and remove its directory.

        Returns the bytes that were freed.
        """
        for found in at_work(self.certificate):
            found.end()
        return super().wipe()

    def _log_in(self) -> None:
        """Log kubectl in to clusters, helm and docker to registries, as gcloud does: by programs that they ask."""
        token = shlex.quote(str(self.directory / TOKEN))
        for name, answer in _PROGRAMS.items():
            program = self.directory / "bin" / name
            write(program, f'#!/bin/sh\nprintf {shlex.quote(answer)} "$(cat {token})"\n'.encode())
            program.chmod(0o700)
        (self.directory / "home" / ".docker" / "config.json").write_text(json.dumps({"credsStore": _HELPER}))

    def _claim(self, store: Store) -> None:
        """Write down whose state it is: a copy must not pass for the deploys of the checkout that it was copied to."""
        own = store.documents("checkout")
        owner = own.get("folder")
        if owner and owner != str(self.directory.resolve()) and (Path(owner) / STORE).exists():
            raise EmbeddedCloudError(
                f"{self.directory} is a copy of the state in {owner}. Use it there, or remove the copy with "
                f"`{self.destroy}` and run the command again."
            )
        own.put("folder", str(self.directory.resolve()))

    def control_headers(self) -> Mapping[str, str]:
        """Return the headers of its owner's requests."""
        return {"Authorization": f"Bearer {self.access_token}"}

    def environment(self) -> dict[str, str]:
        """Return the environment of a command that sees this cloud and no other.

        It is made from an allow-list: of the user's variables, those of the terminal and the language. Every request
        goes to the proxy, plain HTTP too, which it refuses.
        """
        proxy = self.endpoint
        return self._allowed() | {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "HTTP_PROXY": proxy,
            "http_proxy": proxy,
            "SSL_CERT_FILE": str(self.certificate),
            # Without it Go reads the system's certificates as well (crypto/x509, root_unix.go).
            "SSL_CERT_DIR": str(self.certificate.parent),
            "REQUESTS_CA_BUNDLE": str(self.certificate),
            "CURL_CA_BUNDLE": str(self.certificate),
            "GOOGLE_OAUTH_ACCESS_TOKEN": self.access_token,
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(self.directory / TOKEN),
            "CHECKPOINT_DISABLE": "1",  # Terraform and the CDKTF's CLI look for a newer version otherwise
        }

    def _allowed(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        path = (self.directory / "bin", Path(sys.executable).parent, os.environ.get("PATH", os.defpath))
        return kept | {
            "PATH": os.pathsep.join(map(str, path)),
            "HOME": str(self.directory / "home"),
            "TMPDIR": str(self.directory / "tmp"),
        }

    def control(self, command: str, argument: object = None) -> Any:
        """Send the emulator a request of its owner; it has ``pid``, ``caller``, ``clock`` and ``switch``.

        Args:
            command: of these.
            argument: parameters of the command, by name.
        """
        query = f"?{urlencode(argument)}" if isinstance(argument, Mapping) else ""
        return super().control(command + query)
