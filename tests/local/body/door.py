"""A front door of a test, and what is deployed behind it."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from local.body.addresses import Address, Addresses
from local.body.children import Children
from local.body.front_door import DeployedFront, FrontDoor
from local.body.ports import Ports
from tests.local.body.front import Answer, Front, ask
from tests.local.body.waiting import wait_for


class Door:
    """A front door, and what is deployed behind it."""

    def __init__(self, directory: Path) -> None:
        self.front = Front()
        self.targets: Mapping[str, Sequence[Address]] = {}
        self.children = Children(directory)
        self.ports = Ports(directory / "ports.json")
        self.addresses = Addresses()
        self.door = FrontDoor(self.children, self.ports, self.addresses, directory)

    def deployed(self) -> DeployedFront:
        """What is deployed now."""
        return self.front.deployed()

    def reconcile(self) -> None:
        self.door.reconcile(self.deployed(), self.targets)
        self.children.check()

    def settle(self, targets: Mapping[str, Sequence[Address]] | None = None) -> None:
        """Reconcile until everything serves."""
        self.targets = self.targets if targets is None else targets
        wait_for(self._settled)

    def until(self, condition: Callable[[], Any]) -> None:
        """Reconcile until something holds."""

        def step() -> Any:
            self.reconcile()
            return condition()

        wait_for(step)

    def _settled(self) -> bool:
        self.reconcile()
        return not self.door.waiting

    def ask(self, path: str = "/api/v1/x", **options: Any) -> Answer:
        (url,) = self.door.urls.values()
        return ask(url, path, **options)

    def ask_balancer(self, *, port: int = 443, **options: Any) -> Answer:
        context = ssl.create_default_context(cafile=self.door.authority.certificate)
        context.check_hostname = False
        (balancer,) = self.door.front.balancers
        return ask(f"https://{self.addresses.find(balancer.dns_name, port)}", context=context, **options)
