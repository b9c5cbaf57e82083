"""Caches of the body: AUTH tokens, TLS, replicas, and the take-over when the primary dies."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import valkey

from local.body.addresses import Addresses
from local.body.caches import Caches
from local.body.children import Children
from local.body.deployed import Place
from local.body.deployed_caches import ReplicationGroup
from local.body.endpoints import Endpoints, authority
from local.body.ports import Ports
from tests.local.body.waiting import wait_for

GROUP = ReplicationGroup(
    place=Place("111122223333", "us-east-1"),
    identifier="goodies",
    arn="arn:aws:elasticache:us-east-1:111122223333:replicationgroup:goodies",
    engine="redis",
    version="7.1",
    host="master.goodies.1.use1.cache.amazonaws.com",
    reader_host="replica.goodies.1.use1.cache.amazonaws.com",
    port=6379,
    tokens=["a-token-of-16-characters"],
    parameters={"maxmemory-policy": "allkeys-lru"},
    nodes=1,
    tls=True,
    fails_over=False,
)
THREE = replace(GROUP, nodes=3, fails_over=True)


class Served:
    """Caches of a body, without a supervisor."""

    def __init__(self, directory: Path) -> None:
        self.addresses = Addresses()
        self.children = Children(directory)
        ports = Ports(directory / "ports.json")
        self.endpoints = Endpoints(ports, authority(directory))
        self.caches = Caches(
            children=self.children,
            ports=ports,
            endpoints=self.endpoints,
            addresses=self.addresses,
            directory=directory,
        )

    def serve(self, *groups: ReplicationGroup) -> None:
        """Bring the caches to these groups, and wait until they are."""

        def ready() -> bool:
            self.caches.reconcile(groups)
            return not self.caches.waiting and not self.caches.problems

        wait_for(ready)

    def client(self, host: str = GROUP.host, token: str = GROUP.tokens[0], **options: object) -> valkey.Valkey:
        """Return a client as a task has it, which verifies the certificate."""
        address = self.addresses.find(host, GROUP.port)
        assert address
        given = {"ssl": True, "ssl_ca_certs": str(self.endpoints.certificate), "ssl_check_hostname": True, **options}
        return valkey.Valkey(host=address.host, port=address.port, password=token, **given)  # type: ignore[arg-type]

    def stop(self) -> None:
        """End all processes."""
        self.caches.stop()
        self.endpoints.stop()
        self.children.stop()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.stop()


def primary_pid(served: Served) -> int:
    cache = served.caches.find(GROUP.arn)
    assert cache
    child = served.children.find(f"cache-us-east-1-goodies-{cache.primary + 1:03d}")
    assert child
    return child.pid


def test_a_client_with_token_and_tls_writes_and_reads(served: Served) -> None:
    served.serve(GROUP)
    with served.client() as client:
        client.set("goodie", "1")
        assert client.get("goodie") == b"1"
    assert served.caches.notes == ["goodies (us-east-1): redis 7.1 is deployed, and Valkey 9.1.2 serves it"]


def test_a_wrong_token_no_tls_and_commands_of_the_service_are_refused(served: Served) -> None:
    served.serve(GROUP)
    with served.client(token="another-token-of-its-own") as client, pytest.raises(valkey.AuthenticationError):
        client.ping()
    with served.client(ssl=False, ssl_ca_certs=None) as client, pytest.raises(valkey.ConnectionError):
        client.ping()
    with served.client() as client, pytest.raises(valkey.exceptions.NoPermissionError):
        client.config_get("*")


def test_a_token_that_changes_is_followed(served: Served) -> None:
    served.serve(GROUP)
    both = replace(GROUP, tokens=[*GROUP.tokens, "the-next-token-of-all"])
    served.serve(both)
    for token in both.tokens:
        served.client(token=token).ping()
    served.serve(replace(GROUP, tokens=both.tokens[1:]))
    served.client(token=both.tokens[1]).ping()
    with served.client() as client, pytest.raises(valkey.AuthenticationError):
        client.ping()


@pytest.mark.plan("AWS-5")
def test_replicas_have_what_was_written_and_take_no_writes(served: Served) -> None:
    served.serve(THREE)
    with served.client() as client, served.client(THREE.reader_host) as reader:
        client.set("goodie", "1")
        wait_for(lambda: reader.get("goodie") == b"1")
        with pytest.raises(valkey.ReadOnlyError):
            reader.set("goodie", "2")


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_a_replica_takes_over(served: Served, fault: signal.Signals) -> None:
    served.serve(THREE)
    before = list(served.addresses)
    with served.client() as client:
        client.set("goodie", "1")
        client.wait(2, 60_000)
    os.kill(primary_pid(served), fault)
    wait_for(lambda: served.caches.reconcile([THREE]) or any("took over" in note for note in served.caches.notes))  # type: ignore[func-returns-value]
    served.serve(THREE)
    with served.client() as client:
        assert client.get("goodie") == b"1"
        client.set("goodie", "2")
    assert list(served.addresses) == before


def test_a_killed_single_node_is_brought_back_empty(served: Served) -> None:
    served.serve(GROUP)
    served.client().set("goodie", "1")
    os.kill(primary_pid(served), signal.SIGKILL)

    def back() -> bool:
        served.serve(GROUP)
        try:
            return served.client().get("goodie") is None
        except valkey.ConnectionError:
            return False

    wait_for(back)


def test_a_changed_number_of_nodes_is_followed(served: Served) -> None:
    served.serve(THREE)
    served.serve(replace(THREE, nodes=2))
    assert len(list(served.children)) == 2
    served.serve()
    assert list(served.children) == []
    assert list(served.addresses) == []
