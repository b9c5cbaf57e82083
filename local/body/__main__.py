"""The process of the body's supervisor, and the control requests of its owner.

Its settings come from the environment, which :mod:`local.body.body` prepares.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from errors import exit_on_error
from local import watchdog
from local.body.body import Body
from local.body.json_answer import answer_json
from local.body.supervisor import Supervisor
from local.cloud import EmbeddedCloud
from local.embedded import CONTROL_PATH


def main() -> None:
    """Supervise until a signal ends the process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    watchdog.start(Path(os.environ["EMBEDDED_LOCK_FILE"]))
    with exit_on_error():
        cloud = EmbeddedCloud(Path(os.environ["EMBEDDED_DIRECTORY"]))
        supervisor = Supervisor(cloud, Body(cloud).directory)
        commands = {"pid": os.getpid, "status": supervisor.status, "reconcile": supervisor.reconcile}
        server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["EMBEDDED_PORT"])), _handler(commands))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.end())
        threading.Thread(target=server.serve_forever, name="control", daemon=True).start()
        supervisor.run()


def _handler(commands: Mapping[str, Callable[[], Any]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers the owner's requests. None takes an argument: a page in a browser can send one, too."""

        def do_GET(self) -> None:
            command = commands.get(self.path.removeprefix(CONTROL_PATH))
            answer_json(self, 200 if command else 404, command() if command else None)

        def log_message(self, *_: object) -> None:
            """Write nothing: a deploy asks several times a second."""

    return Handler


if __name__ == "__main__":
    main()
