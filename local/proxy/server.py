"""Proxy on loopback: ``CONNECT`` to a name that an API serves is answered here, with a certificate for that name.

A name that no API serves gets no connection, and nothing that the proxy does opens one to another machine.
"""

import asyncio
import gzip
import json
import re
import signal
import socket
import sqlite3
import sys
import traceback
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from ssl import SSLError
from urllib.parse import parse_qsl

import h11

from assembly.values import Json
from local.proxy.api import Api, Request, Response
from local.proxy.certificates import Authority
from local.proxy.request_log import RequestLog
from local.proxy.store import Store

CONTROL_PATH = "/_embedded/"
_HTTPS = 443
# Clients send a request again for minutes, or for ever, after each status from 500 on.
_FAULT = HTTPStatus.UNPROCESSABLE_ENTITY
_HEAD_BYTES = 16 * 1024
_BODY_BYTES = 64 * 1024**2
_HEAD_SECONDS = 10
_CONNECT = re.compile(r"CONNECT ([!-~]+):(\d{1,5}) HTTP/1\.[01]")
_PLAIN = re.compile(r"([A-Z]+) http://([^/?#@ ]+)([!-~]*) HTTP/1\.[01]")
_CONTROL = re.compile(rf"(?:GET|POST) {CONTROL_PATH}([a-z]+)(?:\?([!-~]*))? HTTP/1\.[01]")


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A cloud that the proxy answers for.

    Attributes:
        name: what messages call it, "The embedded Google Cloud".
        apis: its APIs; the first one that serves a name answers for it.
        refuse: returns the answer to a request whose caller is not ours, None where it is.
        error: returns the answer in the cloud's form for a status and a message.
        controls: answers to the cloud's owner, by command; each gets the parameters of the query.
    """

    name: str
    apis: Sequence[Api]
    refuse: Callable[[Request], Response | None]
    error: Callable[[Request, int, str], Response]
    controls: Mapping[str, Callable[[Mapping[str, str]], Json]] = field(default_factory=dict)


class Proxy:
    """A proxy for one cloud.

    Args:
        cloud: what it answers for.
        store: what the cloud's APIs change; a request that fails changes nothing of it.
        authority: signs the certificates.
        log: takes a line for each request.
    """

    def __init__(self, cloud: Cloud, *, store: Store, authority: Authority, log: RequestLog) -> None:
        self._cloud = cloud
        self._store = store
        self._authority = authority
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, port: int) -> None:
        """Serve on a port of loopback until SIGTERM or SIGINT.

        Raises:
            OSError: the port is taken.
        """
        listener = socket.create_server(("127.0.0.1", port), backlog=256)
        with listener:
            asyncio.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        accepting = loop.create_task(self._accept(listener))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, accepting.cancel)
        with suppress(asyncio.CancelledError):
            await accepting

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(listener)
            except OSError as error:  # more connections than the system lets a process have
                _report(error)
                await asyncio.sleep(1)
                continue
            task = loop.create_task(self._handle(client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _handle(self, client: socket.socket) -> None:
        """Handle a connection up to its end."""
        try:
            await self._open(client)
        except (OSError, SSLError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the client went away, or does not trust the certificate
        except Exception as error:  # one connection must not end the others
            _report(error)
        finally:
            client.close()

    async def _open(self, client: socket.socket) -> None:
        """Answer the first request of a connection, which says where it leads."""
        loop = asyncio.get_running_loop()
        client.setblocking(False)
        # Or the second half of an answer waits for an acknowledgement of the first, 40 ms.
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(_HEAD_SECONDS):
            line, headers = await _head(client)
        if command := _CONTROL.fullmatch(line):
            await loop.sock_sendall(client, self._control(command[1], dict(parse_qsl(command[2] or "")), headers))
            return
        connect = _CONNECT.fullmatch(line)
        if connect is None:
            method, host, target = plain.groups() if (plain := _PLAIN.fullmatch(line)) else ("-", "-", "-")
            self._log.write(method, host, target, HTTPStatus.FORBIDDEN)
            await loop.sock_sendall(client, _plain(HTTPStatus.FORBIDDEN, f"{self._cloud.name} speaks HTTPS only."))
            return
        host, port = connect[1].lower(), int(connect[2])
        api = next((each for each in self._cloud.apis if port == _HTTPS and each.serves(host)), None)
        if api is None:
            self._log.write("CONNECT", f"{host}:{port}", "-", HTTPStatus.FORBIDDEN)
            message = f"{self._cloud.name} does not serve {host}:{port}, and its proxy connects to nothing else."
            await loop.sock_sendall(client, _plain(HTTPStatus.FORBIDDEN, message))
            return
        context = self._authority.context(host)
        await loop.sock_sendall(client, b"HTTP/1.1 200 Connection established\r\n\r\n")
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, client, ssl=context)
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            await self._talk(reader, writer, host, api)
        finally:
            writer.close()
            with suppress(OSError, SSLError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, api: Api) -> None:
        """Answer the requests of a connection to one name."""
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES * 4)
        while True:
            try:
                received = await _receive(connection, reader, writer)
            except (h11.RemoteProtocolError, _TooLargeError) as error:
                status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 413
                self._log.write("-", host, "-", status)
                if connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                    _send(connection, writer, "", Response(status=status, headers={"connection": "close"}))
                    await writer.drain()
                return
            if received is None:
                return
            head, body = received
            response = self._answer(head, body, host, api)
            _send(connection, writer, head.method.decode(), response)
            await writer.drain()
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()

    def _answer(self, head: h11.Request, body: bytes, host: str, api: Api) -> Response:
        target = head.target.decode("ascii")
        path, _, query = target.partition("?")
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
        request = Request(
            method=head.method.decode("ascii"),
            host=host,
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers=headers,
            body=body,
        )
        response = self._cloud.refuse(request) or self._answer_of(api, request)
        self._log.write(request.method, host, target, response.status)
        return response

    def _answer_of(self, api: Api, request: Request) -> Response:
        """The API's answer, after what it stored is durable."""
        try:
            with self._store.transaction():
                return api.answer(_decompressed(request))
        except sqlite3.OperationalError as error:
            _report(error)
            message = f"{self._cloud.name} cannot write its state: {error}. Free some space and run the command again."
            return self._cloud.error(request, _FAULT, message)
        except (gzip.BadGzipFile, zlib.error, EOFError):
            return self._cloud.error(request, HTTPStatus.BAD_REQUEST, "The body is not compressed as its header says.")
        except Exception as error:  # a fault of one API must not end the others
            _report(error)
            message = f"{self._cloud.name} failed: {type(error).__name__}: {error}"
            return self._cloud.error(request, _FAULT, message)

    def _control(self, command: str, query: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
        """The answer to the cloud's owner."""
        request = Request(method="GET", host="127.0.0.1", path=CONTROL_PATH + command, headers=headers)
        if self._cloud.refuse(request):
            return _plain(HTTPStatus.UNAUTHORIZED, f"{self._cloud.name} takes the token of its own checkout only.")
        if command not in self._cloud.controls:
            return _plain(HTTPStatus.NOT_FOUND, f"{self._cloud.name} knows no command {command}.")
        try:
            with self._store.transaction():
                answer = self._cloud.controls[command](query)
        except ValueError as error:
            return _plain(HTTPStatus.BAD_REQUEST, str(error))
        return _plain(HTTPStatus.OK, json.dumps(answer))


class _TooLargeError(Exception):
    """A body that is larger than the proxy takes."""


async def _head(client: socket.socket) -> tuple[str, dict[str, str]]:
    """The first line and the headers of a connection's first request."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = await asyncio.get_running_loop().sock_recv(client, _HEAD_BYTES)
        if not more or len(received) > _HEAD_BYTES:
            raise ConnectionError
        received += more
    line, *rest = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    fields = (each.partition(":") for each in rest)
    return line, {name.strip().lower(): value.strip() for name, _, value in fields}


async def _receive(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[h11.Request, bytes] | None:
    """The next request with its body; None at the connection's end."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            connection.receive_data(await reader.read(2**16))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _BODY_BYTES:
                raise _TooLargeError
        elif isinstance(event, h11.EndOfMessage) and head:
            return head, bytes(body)
        else:
            return None


def _send(connection: h11.Connection, writer: asyncio.StreamWriter, method: str, response: Response) -> None:
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    names = {name.lower() for name in response.headers}
    empty = response.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    if not empty and "content-length" not in names:
        headers.append((b"content-length", str(len(response.body)).encode()))
    writer.write(connection.send(h11.Response(status_code=response.status, headers=headers)) or b"")
    if not empty and method != "HEAD":
        writer.write(connection.send(h11.Data(data=response.body)) or b"")
    writer.write(connection.send(h11.EndOfMessage()) or b"")


def _decompressed(request: Request) -> Request:
    if request.headers.get("content-encoding") != "gzip":
        return request
    headers = {name: value for name, value in request.headers.items() if name != "content-encoding"}
    return replace(request, headers=headers, body=gzip.decompress(request.body))


def _plain(status: int, text: str) -> bytes:
    """An answer outside of TLS; Go's and Python's clients show its reason phrase and no body."""
    body = f"{text}\n".encode()
    reason = HTTPStatus.OK.phrase if status == HTTPStatus.OK else text
    head = f"HTTP/1.1 {status} {reason}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return head.encode() + body


def _report(error: Exception) -> None:
    """Write where an error was raised to the process's log; not its message, which may hold a part of a body."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    with suppress(OSError):  # a full disk
        print(f"{type(error).__name__}\n{frames}", file=sys.stderr, flush=True)
