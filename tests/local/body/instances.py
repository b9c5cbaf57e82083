"""Database instances as a test deploys them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from local.body.addresses import Addresses
from local.body.children import Children
from local.body.databases import Database, Databases
from local.body.deployed import Place
from local.body.deployed_databases import Instance
from local.body.endpoints import Endpoints, authority
from local.body.ports import Ports
from tests.local.body.waiting import wait_for

_PLACE = Place("111122223333", "us-east-1")

PROD = Instance(
    place=_PLACE,
    identifier="goodies-prod",
    resource_id="db-1",
    arn="arn:aws:rds:us-east-1:111122223333:db:goodies-prod",
    engine="postgres",
    version="18",
    host="goodies-prod.1.us-east-1.rds.amazonaws.com",
    port=5432,
    database="goodies",
    user="goodies_owner",
    password="p'a\"ss\\word 1",
    parameters={
        "rds.force_ssl": "1",
        "max_connections": "50",
        "log_min_duration_statement": "500",
        "shared_preload_libraries": "pg_stat_statements",
    },
    multi_az=False,
    source="",
)
REPLICA = replace(
    PROD,
    place=replace(_PLACE, region="us-west-2"),
    resource_id="db-2",
    arn="arn:aws:rds:us-west-2:111122223333:db:goodies-prod",
    host="goodies-prod.2.us-west-2.rds.amazonaws.com",
    source=PROD.arn,
)


class Served:
    """Databases of a body, without a supervisor.

    Attributes:
        databases: the part under test.
        addresses: that it publishes.
        children: that it starts.
    """

    def __init__(self, directory: Path) -> None:
        self._stopped = False
        self.addresses = Addresses()
        self.children = Children(directory)
        ports = Ports(directory / "ports.json")
        self._endpoints = Endpoints(ports, authority(directory))
        self.databases = Databases(
            children=self.children,
            ports=ports,
            endpoints=self._endpoints,
            addresses=self.addresses,
            directory=directory,
        )

    def serve(self, *instances: Instance, clock: int = 1) -> None:
        """Bring the databases to these instances, and wait until they are."""

        def ready() -> bool:
            self.databases.reconcile(instances, clock)
            return not self.databases.waiting and not self.databases.problems

        wait_for(ready)

    def database(self, instance: Instance = PROD) -> Database:
        """Return what serves an instance."""
        found = self.databases.find(instance.arn)
        assert found
        return found

    def connect(self, instance: Instance = PROD, **options: Any) -> psycopg.Connection[Any]:
        """Log in as the master user, as a task does: the deployed name is looked up, and verified."""
        address = self.addresses.find(instance.host, instance.port)
        assert address
        given = {"user": instance.user, "password": instance.password, "sslmode": "verify-full", **options}
        return psycopg.connect(
            host=address.host,
            port=address.port,
            dbname=instance.database,
            sslrootcert=str(self._endpoints.certificate),
            connect_timeout=10,
            autocommit=True,
            **given,
        )

    def stop(self) -> None:
        """End all processes; the data stays. A second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        self.databases.stop()
        self._endpoints.stop()
        self.children.stop()
