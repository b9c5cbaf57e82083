"""A cloud of three names for the tests of the proxy: ``python -m tests.local.proxy.fake_cloud FOLDER``.

It writes its port to its output, and its files must stay smaller than one megabyte.
"""

import dataclasses
import hashlib
import resource
import socket
import sys
from contextlib import closing
from pathlib import Path

from local.proxy.api import Request, Response
from local.proxy.certificates import Authority
from local.proxy.request_log import RequestLog
from local.proxy.server import Cloud, Proxy
from local.proxy.store import Store

ECHO, FAILING, FILLING = "echo.example.com", "failing.example.com", "filling.example.com"


class Echo:
    """Answers with what it got."""

    def serves(self, host: str) -> bool:
        return host == ECHO

    def answer(self, request: Request) -> Response:
        if request.path == "/nothing":
            return Response(status=204)
        known = dataclasses.asdict(request)
        known["body"] = hashlib.sha256(request.body).hexdigest()
        return Response.of_json(known)


class Failing:
    """Stores something, and fails; a read shows what it stored."""

    def __init__(self, store: Store) -> None:
        self._documents = store.documents("failing")

    def serves(self, host: str) -> bool:
        return host == FAILING

    def answer(self, request: Request) -> Response:
        if request.method == "GET":
            return Response.of_json(self._documents.list())
        self._documents.put("half", 1)
        raise KeyError("a fault of ours")


class Filling:
    """Stores each body."""

    def __init__(self, store: Store) -> None:
        self._contents = store.contents("filling")

    def serves(self, host: str) -> bool:
        return host == FILLING

    def answer(self, request: Request) -> Response:
        if request.method != "GET":
            self._contents.put("body", request.body)
        return Response(body=self._contents.get("body") or b"")


def main(folder: Path) -> None:
    """Serve until a signal ends the process."""
    with closing(Store(folder / "state.sqlite")) as store, closing(RequestLog(folder / "requests.log")) as log:
        cloud = Cloud(
            name="The fake cloud",
            apis=[Echo(), Failing(store), Filling(store)],
            refuse=lambda _: None,
            error=lambda _, status, message: Response(status=status, body=message.encode()),
        )
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        print(port, flush=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024**2, 1024**2))
        Proxy(cloud, store=store, authority=Authority(folder), log=log).run(port)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
