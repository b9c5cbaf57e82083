"""Process of the embedded Google Cloud: the proxy and all APIs that it answers for.

Its settings come from the environment, which :mod:`local.gcp.cloud` prepares.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from assembly.values import Json
from errors import exit_on_error
from local import watchdog
from local.gcp.answers import error_for
from local.gcp.authorization import Authorization
from local.gcp.cloud import EmbeddedGoogleCloud
from local.gcp.iam.caller import Caller
from local.gcp.iam.guard import Guarded
from local.gcp.objects import Objects
from local.gcp.refusals import autopilot, switches
from local.gcp.refusals.rules import answer
from local.gcp.registry import Registry
from local.gcp.rest.apis import RestApis
from local.gcp.rest.data import kinds
from local.kubernetes.cluster import Cluster
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
        cloud = Cloud(
            name=EmbeddedGoogleCloud.name,
            apis=apis(store),
            refuse=Authorization((directory / TOKEN).read_text()).refuse,
            error=error_for,
            controls=controls(store),
        )
        with closing(store), closing(RequestLog(directory / REQUESTS)) as log:
            proxy = Proxy(cloud, store=store, authority=Authority(directory / CERTIFICATES), log=log)
            proxy.run(int(os.environ["EMBEDDED_PORT"]))


def apis(store: Store) -> Sequence[Api]:
    """Return the APIs; the first one that serves a name answers for it."""
    resources = RestApis(store, answer)
    cluster = Cluster(
        store.documents("kubernetes"),
        hosts=["*.gke.goog"],
        version=f"v{_kubernetes()}",
        admission=[autopilot.admission(store)],
    )
    served: list[Api] = [Objects(store, buckets=resources), Registry(store, repositories=resources), resources, cluster]
    return [Guarded(api, store) for api in served]


def _kubernetes() -> str:
    """The release of Kubernetes that new clusters have."""
    clusters = next(kind for kind in kinds() if kind.document == "container.v1" and kind.resource.endswith("clusters"))
    return str(clusters.outputs["currentMasterVersion"])


def controls(store: Store) -> Mapping[str, Callable[[Mapping[str, str]], Json]]:
    """Return what the owner of the embedded cloud may ask of it."""
    return {
        "caller": Caller(store).turn,
        "clock": lambda query: clock.move(store, seconds=float(query.get("seconds", 0))).isoformat(),
        "pid": lambda _: os.getpid(),
        "switch": lambda query: switches.turn(store, query),
    }


if __name__ == "__main__":
    main()
