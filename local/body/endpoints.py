"""Endpoints of the body: fixed addresses on loopback that forward to the process that serves at the moment.

They end TLS where the servers behind them have none: for PostgreSQL as its protocol begins it, for others plainly.
"""

import asyncio
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from local.body.addresses import Address
from local.body.ports import LOOPBACK, Ports
from local.proxy.certificates import Authority

# "Message Formats" and "SSL Session Encryption", PostgreSQL documentation.
_SSL_REQUEST = 80877103
_GSS_REQUEST = 80877104
_CANCEL_REQUEST = 80877102
_PROTOCOL_MAJOR = 3
_HEAD_BYTES = 8
_STARTUP_BYTES = 10_000
_TLS_HANDSHAKE = 0x16
_START_SECONDS = 30
_CHUNK = 2**16
_T = TypeVar("_T")
_Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_DOMAINS = ("amazonaws.com", "cloudfront.net", "localhost")
_NETWORKS = (ipaddress.IPv4Network("127.0.0.0/8"),)


class Protocol(StrEnum):
    """Begin of a connection."""

    POSTGRESQL = "postgresql"
    PLAIN = "plain"


def authority(directory: Path) -> Authority:
    """Return the certificate authority of a body; make it where it is not there yet.

    It signs for names of AWS's services and for loopback. A client trusts it by its file, ``authority.certificate``.

    Args:
        directory: of the body.
    """
    folder = directory / "certificates"
    folder.mkdir(parents=True, exist_ok=True)
    made = Authority(folder)
    made.create(_DOMAINS, _NETWORKS)
    return made


class Endpoint:
    """A fixed address, and what it forwards to.

    Attributes:
        name: of the endpoint; its port is kept by it.
        host: deployed host name; its certificate holds it, beside the loopback address.
        protocol: how a connection begins.
        require_tls: refuse a connection without TLS. What does not begin with TLS is otherwise forwarded as it is.
        address: where it listens.
        targets: what it forwards to, in turn; while there is none, it closes connections at once.
        connections: open ones: what each goes to, and the task that forwards it.
    """

    def __init__(self, name: str, *, host: str, protocol: Protocol, require_tls: bool, address: Address) -> None:
        self.name = name
        self.host = host
        self.protocol = protocol
        self.require_tls = require_tls
        self.address = address
        self.targets: Sequence[Address] = ()
        self.connections: set[tuple[Address, asyncio.Task[None]]] = set()
        self._turn = count()

    def next_target(self) -> Address | None:
        """Return what the next connection goes to."""
        targets = self.targets
        return targets[next(self._turn) % len(targets)] if targets else None

    def begin(self, target: Address, forwarding: asyncio.Task[None]) -> None:
        """Take down an open connection, until it ends."""
        entry = (target, forwarding)
        self.connections.add(entry)
        forwarding.add_done_callback(lambda _: self.connections.discard(entry))

    def switch(self, targets: Sequence[Address]) -> None:
        """Forward to other targets, and end the connections to those that are none any more."""
        self.targets = targets
        for target, forwarding in list(self.connections):
            if target not in targets:
                forwarding.cancel()


class Endpoints:
    """All endpoints of a body, in one thread of their own.

    Args:
        ports: gives the endpoints theirs.
        authority: signs their certificates.
    """

    def __init__(self, ports: Ports, authority: Authority) -> None:
        self._ports = ports
        self._authority = authority
        self._loop = asyncio.new_event_loop()
        self._servers: dict[str, tuple[Endpoint, asyncio.Task[None]]] = {}
        self._thread = threading.Thread(target=self._loop.run_forever, name="endpoints", daemon=True)
        self._thread.start()

    @property
    def certificate(self) -> Path:
        """File with the certificate of the authority, which clients verify against."""
        return self._authority.certificate

    def open(self, name: str, *, host: str, protocol: Protocol, require_tls: bool) -> Endpoint:
        """Listen on the port of a name; return the endpoint of before where it is open already, changed as given.

        Raises:
            EmbeddedCloudError: no port is free.
        """
        if name in self._servers:
            endpoint, _ = self._servers[name]
            endpoint.host, endpoint.require_tls = host, require_tls
            return endpoint
        listener = self._listen(name)
        endpoint = Endpoint(
            name,
            host=host,
            protocol=protocol,
            require_tls=require_tls,
            address=Address(listener.getsockname()[1]),
        )
        accepting = self._call(self._start(endpoint, listener))
        self._servers[name] = (endpoint, accepting)
        return endpoint

    def switch(self, endpoint: Endpoint, *targets: Address) -> None:
        """Forward to other targets from now on, and close the connections to those that are none any more."""
        if endpoint.targets != targets:
            self._call(_switch(endpoint, targets))

    def close(self, endpoint: Endpoint) -> None:
        """Listen no more, and close what is open."""
        _, accepting = self._servers.pop(endpoint.name)
        self._call(_end(endpoint, accepting))

    def stop(self) -> None:
        """Close all of them, and end the thread."""
        for endpoint, _ in list(self._servers.values()):
            self.close(endpoint)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _listen(self, name: str) -> socket.socket:
        port = self._ports.port(name)
        while True:
            try:
                return socket.create_server((LOOPBACK, port), backlog=256)
            except OSError:  # taken between the look and now
                port = self._ports.renew(name)

    async def _start(self, endpoint: Endpoint, listener: socket.socket) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(self._accept(endpoint, listener))

    async def _accept(self, endpoint: Endpoint, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        with listener:
            while True:
                try:
                    client, _ = await loop.sock_accept(listener)
                except OSError:  # more connections than the system lets a process have
                    await asyncio.sleep(1)
                    continue
                target = endpoint.next_target()
                if target is None:
                    client.close()
                    continue
                endpoint.begin(target, loop.create_task(self._serve(endpoint, target, client)))

    async def _serve(self, endpoint: Endpoint, target: Address, client: socket.socket) -> None:
        """Forward a connection until either side ends it."""
        writers: list[asyncio.StreamWriter] = []
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            async with asyncio.timeout(_START_SECONDS):
                if endpoint.protocol is Protocol.POSTGRESQL:
                    begun = await self._begin_postgresql(endpoint, client)
                else:
                    begun = await self._begin_plain(endpoint, client)
                if begun is None:
                    return
                head, (reader, writer) = begun
                writers.append(writer)
                server_reader, server_writer = await asyncio.open_connection(target.host, target.port)
                writers.append(server_writer)
            server_writer.write(head)
            ways = [
                asyncio.ensure_future(_copy(reader, server_writer)),
                asyncio.ensure_future(_copy(server_reader, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
        except (OSError, ssl.SSLError, TimeoutError, EOFError, ValueError):
            pass  # the client sees its connection end
        except asyncio.CancelledError:
            _abort(writers)
            raise
        finally:
            client.close()
            await _close(writers)

    async def _begin_plain(self, endpoint: Endpoint, client: socket.socket) -> tuple[bytes, _Streams] | None:
        first = await _peek(client)
        if first and first[0] == _TLS_HANDSHAKE:
            return b"", await _streams(client, self._context(endpoint))
        if endpoint.require_tls or not first:
            return None
        return b"", await _streams(client)

    async def _begin_postgresql(self, endpoint: Endpoint, client: socket.socket) -> tuple[bytes, _Streams] | None:
        loop = asyncio.get_running_loop()
        while True:
            first = await _peek(client)
            if not first:
                return None
            if first[0] == _TLS_HANDSHAKE:  # sslnegotiation=direct
                return b"", await _streams(client, self._context(endpoint))
            length, code = struct.unpack("!ii", await _exactly(client, _HEAD_BYTES))
            if code == _GSS_REQUEST:
                await loop.sock_sendall(client, b"N")
            elif code == _SSL_REQUEST:
                await loop.sock_sendall(client, b"S")
                return b"", await _streams(client, self._context(endpoint))
            else:
                break
        if not _HEAD_BYTES <= length <= _STARTUP_BYTES:
            return None
        rest = await _exactly(client, length - _HEAD_BYTES)
        head = struct.pack("!ii", length, code) + rest
        # A request to cancel carries a secret key of its own, and its libraries send it without TLS.
        if endpoint.require_tls and code != _CANCEL_REQUEST and code >> 16 == _PROTOCOL_MAJOR:
            await loop.sock_sendall(client, _refusal(rest))
            return None
        return head, await _streams(client)

    def _context(self, endpoint: Endpoint) -> ssl.SSLContext:
        return self._authority.context(endpoint.host, (LOOPBACK,), (str(endpoint.protocol),))


async def _switch(endpoint: Endpoint, targets: Sequence[Address]) -> None:
    endpoint.switch(targets)


async def _end(endpoint: Endpoint, accepting: asyncio.Task[None]) -> None:
    accepting.cancel()
    endpoint.switch(())
    await asyncio.wait([accepting, *(forwarding for _, forwarding in endpoint.connections)], timeout=_START_SECONDS)


async def _close(writers: Sequence[asyncio.StreamWriter]) -> None:
    """Close connections after what is written is sent; a side that is suspended takes nothing, and is cut off."""
    for each in writers:
        each.close()
    try:
        async with asyncio.timeout(_START_SECONDS):
            await asyncio.gather(*(each.wait_closed() for each in writers), return_exceptions=True)
    except TimeoutError:
        pass  # cut off below
    finally:
        _abort(writers)


def _abort(writers: Sequence[asyncio.StreamWriter]) -> None:
    for each in writers:
        each.transport.abort()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(_CHUNK):
            sink.write(chunk)
            await sink.drain()


async def _streams(client: socket.socket, context: ssl.SSLContext | None = None) -> _Streams:
    """The streams of an accepted connection, which own it; where there is a context, after its handshake."""
    loop = asyncio.get_running_loop()
    with client:
        owned = client.dup()  # a failed handshake closes it later: its descriptor must not be another's by then
    owned.setblocking(False)
    reader = asyncio.StreamReader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, owned, ssl=context)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _peek(client: socket.socket) -> bytes:
    """The first byte that a client sends, left where it is; none where it sends nothing."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(client.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(client.fileno())
    return client.recv(1, socket.MSG_PEEK)


async def _exactly(client: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        more = await asyncio.get_running_loop().sock_recv(client, size - len(received))
        if not more:
            raise EOFError
        received += more
    return received


def _refusal(startup: bytes) -> bytes:
    """Refusal of RDS where ``rds.force_ssl`` is 1 ("Requiring an SSL connection", RDS user guide)."""
    words = [part.decode(errors="replace") for part in startup.split(b"\0")]
    given = dict(zip(words[::2], words[1::2], strict=False))
    user = given.get("user", "")
    message = (
        f'no pg_hba.conf entry for host "{LOOPBACK}", user "{user}", database "{given.get("database") or user}", '
        "no encryption"
    )
    texts = {"S": "FATAL", "V": "FATAL", "C": "28000", "M": message}
    fields = b"".join(f"{name}{text}\0".encode() for name, text in texts.items())
    return b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0"
