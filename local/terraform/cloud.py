"""Base of the embedded clouds that Terraform deploys to: a proxy, its authority and its token.

Each cloud says which names it answers for, how tools are logged in, and where its stacks keep their state.
"""

import os
import re
import secrets
import ssl
import sys
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx

from assembly import Stack
from assembly.revisions import CHECKOUT
from assembly.values import Json
from local.embedded import Embedded
from local.errors import EmbeddedCloudError
from local.process import Program
from local.proxy.certificates import Authority
from local.proxy.files import write
from local.proxy.store import Store, StoreError
from local.terraform.processes import at_work
from local.terraform.state import State

STORE = "state.sqlite"
TOKEN = "token"  # noqa: S105 - the name of a file
REQUESTS = Path("logs", "requests.log")
CERTIFICATES = "certificates"
_SOURCES = ("local/kubernetes", "local/proxy", "local/terraform/cloud.py", "local/watchdog.py")
_TOKEN_BYTES = 32
_TOKEN = re.compile(rb"[\w-]{43}")
# Variables of the user that a child gets. None of them names an account, a project, a cluster, or another machine.
_KEPT = ("COLUMNS", "COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "LINES", "NO_COLOR", "TERM", "TZ")


class TerraformCloud(Embedded):
    """A cloud on this machine whose APIs a proxy answers. Its state survives a restart or a kill, until :meth:`wipe`.

    Args:
        directory: where it keeps its state, its logs and a home of its own; in the checkout where it is left out.

    Attributes:
        key: value of ``CLOUD`` in commands; its stacks are called ``<key>-<environment>``.
        provider: beginning of the types of its resources, such as ``google_``.
        account_word: what its stacks are deployed to: ``Project``.
        domains: the names that its authority may sign for, with all names in them.
        unrecorded: how its provider says that a resource exists and is in no state, with its ``id`` and its
            ``address``; None where it records each before it makes it.
        module: the package of its process.
        certificate: file with the certificate that its clients trust; no other store of certificates has it.
        requests: log of the requests that it answered, without headers and bodies.
    """

    key: ClassVar[str]
    provider: ClassVar[str]
    account_word: ClassVar[str]
    domains: ClassVar[tuple[str, ...]]
    unrecorded: ClassVar[re.Pattern[str] | None] = None
    module: ClassVar[str]
    folders = ("logs", "home", "tmp", "bin", CERTIFICATES)

    def __init__(self, directory: Path | None = None) -> None:
        directory = directory or CHECKOUT / ".embedded" / self.key

        def environment(lock: Path, port: int) -> Mapping[str, str]:
            return self._allowed() | {
                "EMBEDDED_DIRECTORY": str(directory),
                "EMBEDDED_LOCK_FILE": str(lock),
                "EMBEDDED_PORT": str(port),
            }

        sources = (self.module.replace(".", "/"), *_SOURCES)
        super().__init__(directory, Program(module=self.module, sources=sources, environment=environment))
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
                f"{self.name} has no access token yet. `make deploy CLOUD={self.key}` starts it."
            ) from None

    @abstractmethod
    def state(self, stack: Stack) -> State:
        """Return the state of a stack, where its backend names it."""

    @abstractmethod
    def kubeconfig(self, stacks: Iterable[Stack]) -> Json:
        """Return the settings of kubectl for the clusters of stacks that are deployed."""

    @abstractmethod
    def credentials(self) -> Mapping[str, str]:
        """Return the variables by which tools are logged in."""

    def log_in(self) -> None:
        """Write the files by which tools are logged in; called each time before it starts."""

    def prepare(self) -> None:
        """Make its authority and its token where they are not there yet, and check its state.

        Raises:
            EmbeddedCloudError: the state is damaged, or another checkout's.
        """
        self.directory.chmod(0o700)
        self._authority.create(self.domains)
        token = self.directory / TOKEN
        if not token.exists() or not _TOKEN.fullmatch(token.read_bytes()):
            write(token, secrets.token_urlsafe(_TOKEN_BYTES).encode())
        self.log_in()
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

    def call(
        self,
        method: str,
        address: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> httpx.Response | None:
        """Send a request to one of its APIs, as its owner, and return the answer; None where nothing is there.

        Args:
            method: ``GET`` and so on.
            address: URL without a query.
            query: parameters.
            headers: beside the token.
            body: content.

        Raises:
            EmbeddedCloudError: the API refuses it.
        """
        trusted = ssl.create_default_context(cafile=self.certificate)
        sent = {"Authorization": f"Bearer {self.access_token}", **(headers or {})}
        try:
            with httpx.Client(proxy=self.endpoint, verify=trusted, trust_env=False, timeout=60) as client:
                answer = client.request(method, address, params=query, headers=sent, content=body)
        except httpx.ProxyError:
            return None  # no API serves the name: a storage account or a vault has one of its own
        except httpx.TransportError as error:
            raise EmbeddedCloudError(f"{self.name} does not answer {method} {address}: {error}") from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.is_error:
            raise EmbeddedCloudError(f"{self.name} refuses {method} {address}: {answer.status_code} {answer.text}")
        return answer

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
        return {
            **self._allowed(),
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "HTTP_PROXY": proxy,
            "http_proxy": proxy,
            "SSL_CERT_FILE": str(self.certificate),
            # Without it Go reads the system's certificates as well (crypto/x509, root_unix.go).
            "SSL_CERT_DIR": str(self.certificate.parent),
            "REQUESTS_CA_BUNDLE": str(self.certificate),
            "CURL_CA_BUNDLE": str(self.certificate),
            **self.credentials(),
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
        """Send the emulator a request of its owner.

        Args:
            command: one that its process has.
            argument: parameters of the command, by name.
        """
        query = f"?{urlencode(argument)}" if isinstance(argument, Mapping) else ""
        return super().control(command + query)
