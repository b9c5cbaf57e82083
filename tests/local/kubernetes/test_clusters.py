"""Clusters beside each other, and after the end of the emulator's process."""

from contextlib import suppress
from pathlib import Path

import pytest

from local.kubernetes.cluster import Cluster
from local.kubernetes.objects import forget
from local.proxy.store import Store
from tests.local.kubernetes.client import (
    DEFINITION,
    DEFINITIONS,
    DEPLOYMENT,
    DEPLOYMENTS,
    SCALERS,
    Client,
    changed,
    scaler,
)

HOST = "gke-a.us-central1.gke.goog"


def started(store: Store) -> Client:
    return Client(Cluster(store.documents("kubernetes"), hosts=["*.gke.goog"], version="v1.35.0"), HOST)


def test_names_that_are_served() -> None:
    cluster = Cluster(Store().documents("kubernetes"), hosts=["*.us-central1.gke.goog"], version="v1.35.0")

    assert cluster.serves("gke-0.us-central1.gke.goog")
    assert not cluster.serves("gke-0.us-west1.gke.goog")
    assert not cluster.serves("us-central1.gke.goog.example.com")


def test_clusters_do_not_see_each_other(emulator: Cluster) -> None:
    first, second = (Client(emulator, f"{name}.us-central1.gke.goog") for name in ("first", "second"))
    first.post(DEFINITIONS, DEFINITION)
    first.post(DEPLOYMENTS, DEPLOYMENT)

    assert second.names(DEPLOYMENTS) == []
    second.get(SCALERS, status=404)


def test_deleted_cluster_is_new_again() -> None:
    store = Store()
    client = started(store)
    client.post(DEPLOYMENTS, DEPLOYMENT)
    forget(store.documents("kubernetes"), HOST)

    assert client.names(DEPLOYMENTS) == []
    assert "default" in client.names("/api/v1/namespaces")


def test_objects_survive_the_process(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.sqlite")
    client = started(store)
    client.post(DEFINITIONS, DEFINITION)
    client.post(SCALERS, scaler())
    client.post(DEPLOYMENTS, DEPLOYMENT)
    client.post(DEPLOYMENTS, changed(DEPLOYMENT, metadata__name="gone"))
    client.delete(f"{DEPLOYMENTS}/gone")
    before = [client.get(path) for path in (f"{SCALERS}/api", f"{DEPLOYMENTS}/api", "/apis", "/api/v1/namespaces")]
    store.close()

    again = started(Store(tmp_path / "state.sqlite"))
    after = [again.get(path) for path in (f"{SCALERS}/api", f"{DEPLOYMENTS}/api", "/apis", "/api/v1/namespaces")]
    assert after == before
    assert again.names(DEPLOYMENTS) == ["api"]


def test_request_that_was_not_stored_did_not_happen() -> None:
    store = Store()
    client = started(store)
    client.names(DEPLOYMENTS)
    with suppress(InterruptedError), store.transaction():
        client.post(DEFINITIONS, DEFINITION)
        client.post(DEPLOYMENTS, DEPLOYMENT)
        raise InterruptedError

    assert client.names(DEPLOYMENTS) == []
    client.get(SCALERS, status=404)


def test_end_between_an_object_and_its_controller_is_made_good(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    client = started(store)
    client.names(DEPLOYMENTS)
    with monkeypatch.context() as patch:
        patch.setattr("local.kubernetes.controllers.reconcile", lambda *_: None)
        client.post(DEPLOYMENTS, DEPLOYMENT)

    assert started(store).get(f"{DEPLOYMENTS}/api")["status"]["readyReplicas"] == 2
