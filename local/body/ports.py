"""Ports of the body: one for each name, the same after each restart."""

import json
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path

from local.errors import EmbeddedCloudError
from local.proxy.files import replace_text

LOOPBACK = "127.0.0.1"
# Below those that systems give to outgoing connections (Linux: 32768 and up, macOS: 49152 and up), so that nobody's
# connection sits on the port of a process that is started again.
_FIRST, _LAST = 20000, 31999
# Nothing listens there: no system runs tcpmux (RFC 1078) any more.
CLOSED_PORT = 1
_PROBE_SECONDS = 0.5


class Ports:
    """Ports by name, kept in a file.

    Attributes:
        moved: what was moved because another program had taken its port, a line each.

    Args:
        file: where they are kept. A damaged file counts as none.
    """

    def __init__(self, file: Path) -> None:
        self.moved: list[str] = []
        self._file = file
        self._kept = _read(file)
        self._checked: set[str] = set()

    def port(self, name: str) -> int:
        """Return the port of a name: the one that it had before, where no other program has taken it meanwhile.

        The first call for a name looks; call it before what listens there is started.

        Raises:
            EmbeddedCloudError: no port is free, or the disk does not take the file.
        """
        if name in self._checked:
            return self._kept[name]
        before = self._kept.get(name)
        if before is None or not is_free(before):
            self._give(name)
        if before not in (None, self._kept[name]):
            self.moved.append(
                f"Another program has taken port {before}; {name} listens on {self._kept[name]} from now on"
            )
        self._checked.add(name)
        return self._kept[name]

    def renew(self, name: str) -> int:
        """Look again, because what listens there has ended, and does not start; else as :meth:`port`."""
        self._checked.discard(name)
        return self.port(name)

    def forget(self, name: str) -> None:
        """Give a name's port back, because nothing will listen there again."""
        self._checked.discard(name)
        if self._kept.pop(name, None) is not None:
            self._write()

    def _give(self, name: str) -> None:
        taken = set(self._kept.values())
        for port in _candidates(f"{self._file} {name}"):
            if port not in taken and is_free(port):
                self._kept[name] = port
                self._write()
                return
        raise EmbeddedCloudError(
            f"No port between {_FIRST} and {_LAST} is free on {LOOPBACK}. End some programs that listen there and run "
            "the command again."
        )

    def _write(self) -> None:
        try:
            replace_text(self._file, json.dumps(self._kept, indent=1))
        except OSError as error:
            raise EmbeddedCloudError(f"{self._file} cannot be written ({error.strerror}). Free some space.") from None


def is_free(port: int) -> bool:
    """True where nothing listens on a port of loopback."""
    with socket.socket() as probe:
        # As a server does it: a port that only waits out old connections is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def listens(port: int, host: str = LOOPBACK) -> bool:
    """True where a process accepts connections to a port within half a second."""
    with socket.socket() as probe:
        probe.settimeout(_PROBE_SECONDS)
        return probe.connect_ex((host, port)) == 0


def _candidates(seed: str) -> Iterator[int]:
    """All ports, from one that differs by checkout and name on, so that two bodies seldom want the same."""
    count = _LAST - _FIRST + 1
    first = zlib.crc32(seed.encode())
    return (_FIRST + (first + step) % count for step in range(count))


def _read(file: Path) -> dict[str, int]:
    try:
        kept = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: port for name, port in kept.items() if type(port) is int and _FIRST <= port <= _LAST}
