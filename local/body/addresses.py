"""Addresses of the body: where on loopback a deployed host name is served."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.body.ports import LOOPBACK
from local.proxy.files import replace_text


@dataclass(frozen=True)
class Address:
    """A host and a port of this machine."""

    port: int
    host: str = LOOPBACK

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Addresses:
    """Addresses by deployed host name: endpoints of databases and caches, load balancers, distributions.

    A name keeps its address while what serves it fails over. What is served by none is not in it.

    Args:
        file: which functions read (``local/functions``); without it, they find nothing.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._addresses: dict[tuple[str, int], Address] = {}

    def __iter__(self) -> Iterator[tuple[str, int, Address]]:
        """Yield deployed host name, deployed port and address, in the order of the names."""
        return iter([(host, port, address) for (host, port), address in sorted(self._addresses.items())])

    def publish(self, host: str, port: int, address: Address) -> None:
        """Say where a deployed host name and port are served; what was said of them before no longer counts."""
        with self._lock:
            if self._addresses.get(_key(host, port)) != address:
                self._addresses[_key(host, port)] = address
                self._write()

    def withdraw(self, host: str, port: int) -> None:
        """Take a host name and port back; nothing happens where they are not served."""
        with self._lock:
            if self._addresses.pop(_key(host, port), None):
                self._write()

    def find(self, host: str, port: int) -> Address | None:
        """Return where a deployed host name and port are served; None where nothing serves them."""
        return self._addresses.get(_key(host, port))

    def _write(self) -> None:
        if self._file:
            served = {f"{host}:{port}": (address.host, address.port) for host, port, address in self}
            replace_text(self._file, json.dumps(served))


def _key(host: str, port: int) -> tuple[str, int]:
    return host.rstrip(".").lower(), port
