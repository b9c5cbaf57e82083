"""Deploys that are compared: onto nothing, after a restart of the embedded cloud, unchanged, and with a body."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from assembly.process_environment import without_user_settings
from assembly.synth_cache import discard_validated
from local.body.body import Body
from local.cloud import EmbeddedCloud
from tools.bench.processes import ProcessTree, Run, measure
from tools.bench.synth import ROOT, Measurement

COLD = "deploy: cold"
WARM = "deploy: warm, after a restart"
UNCHANGED = "deploy: unchanged"
SERVED = "served: cold"
SERVED_UNCHANGED = "served: unchanged"


@contextmanager
def deploy_measurements(environment: str, folder: Path) -> Iterator[Mapping[str, Measurement]]:
    """Yield the measurements of each round, in this order; the embedded cloud is removed afterwards.

    It is a cloud of its own in ``folder``: whatever ``make deploy`` has deployed stays as it is.
    """
    cloud = EmbeddedCloud(folder)
    tree = ProcessTree()  # the cloud serves on between the deploys, and counts in each
    command = [sys.executable, "-m", "tools.bench.embedded", str(folder), environment]

    def deploy(*serve: str) -> Run:
        return measure([*command, *serve], folder=ROOT, environment=without_user_settings(), tree=tree)

    def wipe() -> None:
        Body(cloud).stop()
        cloud.wipe()

    def cold(*serve: str) -> Run:
        wipe()
        discard_validated()
        return deploy(*serve)

    def warm() -> Run:
        cloud.stop()
        return deploy()

    try:
        yield {
            COLD: cold,
            WARM: warm,
            UNCHANGED: deploy,
            SERVED: lambda: cold("serve"),
            SERVED_UNCHANGED: lambda: deploy("serve"),
        }
    finally:
        wipe()
