"""Process of the embedded Azure: the proxy and all APIs that it answers for.

Its settings come from the environment, which :mod:`local.azure.cloud` prepares.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from assembly.values import Json
from errors import exit_on_error
from local import watchdog
from local.azure.answers import error_for
from local.azure.arm.api import ResourceManager
from local.azure.authorization import Authorization
from local.azure.blobs import Blobs
from local.azure.cloud import EmbeddedAzure
from local.azure.graph import Graph
from local.azure.login import Login
from local.azure.refusals.rules import answer
from local.azure.roles.caller import store_of
from local.azure.switches import SWITCHES
from local.azure.tokens import Tokens
from local.azure.vault.api import Vaults
from local.proxy import clock
from local.proxy.api import Api
from local.proxy.certificates import Authority
from local.proxy.request_log import RequestLog
from local.proxy.server import Cloud, Proxy
from local.proxy.store import Store
from local.terraform.cloud import CERTIFICATES, REQUESTS, STORE, TOKEN


def main() -> None:
    """Serve until a signal ends the process."""
    directory = Path(os.environ["EMBEDDED_DIRECTORY"])
    watchdog.start(Path(os.environ["EMBEDDED_LOCK_FILE"]))
    with exit_on_error():
        store = Store(directory / STORE)
        tokens = Tokens((directory / TOKEN).read_text())
        cloud = Cloud(
            name=EmbeddedAzure.name,
            apis=apis(store, tokens),
            refuse=Authorization(tokens).refuse,
            error=error_for,
            controls=controls(store),
        )
        with closing(store), closing(RequestLog(directory / REQUESTS)) as log:
            proxy = Proxy(cloud, store=store, authority=Authority(directory / CERTIFICATES), log=log)
            proxy.run(int(os.environ["EMBEDDED_PORT"]))


def apis(store: Store, tokens: Tokens) -> Sequence[Api]:
    """Return the APIs; the first one that serves a name answers for it."""
    return [Login(tokens, store), Graph(), ResourceManager(store, answer), Vaults(store), Blobs(store)]


def controls(store: Store) -> Mapping[str, Callable[[Mapping[str, str]], Json]]:
    """Return what the owner of the embedded cloud may ask of it."""
    return {
        "caller": store_of(store).turn,
        "clock": lambda query: clock.move(store, seconds=float(query.get("seconds", 0))).isoformat(),
        "pid": lambda _: os.getpid(),
        "switch": lambda query: SWITCHES.turn(store, query),
    }


if __name__ == "__main__":
    main()
