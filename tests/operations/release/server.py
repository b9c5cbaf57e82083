"""A small service on loopback that answers as a test says, and keeps its requests."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from operations.release.direct_calls import Target


@dataclass(frozen=True)
class Request:
    """A request that came."""

    method: str
    path: str
    sender: str
    bearer: str
    body: bytes


@dataclass
class Service:
    """A task: its answers, and its requests.

    Attributes:
        answer: status and content to answer a request with.
        seconds: before each answer.
        requests: the requests so far.
        target: its address.
    """

    answer: Callable[[Request], tuple[int, object]]
    seconds: float
    target: Target
    requests: list[Request] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[Request], tuple[int, object]], *, seconds: float = 0.0) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            request = Request(self.command, self.path, self.headers["User-Agent"], bearer, body)
            service.requests.append(request)
            time.sleep(service.seconds)
            status, content = service.answer(request)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content if isinstance(content, bytes) else json.dumps(content).encode())

        do_POST = do_PUT = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = Service(answer, seconds, Target("127.0.0.1", server.server_port))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
