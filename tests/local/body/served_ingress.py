"""An ingress of a test, and what is deployed behind it."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from local.body.addresses import Address, Addresses
from local.body.children import Children
from local.body.ingress import DeployedIngress, Ingress
from local.body.ports import Ports
from tests.local.body.deployed_ingress import Answer, Resources, ask
from tests.local.body.waiting import wait_for


class ServedIngress:
    """An ingress, and what is deployed behind it."""

    def __init__(self, directory: Path) -> None:
        self.resources = Resources()
        self.targets: Mapping[str, Sequence[Address]] = {}
        self.children = Children(directory)
        self.ports = Ports(directory / "ports.json")
        self.addresses = Addresses()
        self.ingress = Ingress(self.children, self.ports, self.addresses, directory)

    def deployed(self) -> DeployedIngress:
        """Return the resources that are deployed now."""
        return self.resources.deployed()

    def reconcile(self) -> None:
        self.ingress.reconcile(self.deployed(), self.targets)
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
        return not self.ingress.waiting

    def ask(self, path: str = "/api/v1/x", **options: Any) -> Answer:
        (url,) = self.ingress.urls.values()
        return ask(url, path, **options)

    def ask_balancer(self, *, port: int = 443, **options: Any) -> Answer:
        context = ssl.create_default_context(cafile=self.ingress.authority.certificate)
        context.check_hostname = False
        (balancer,) = self.ingress.deployed.balancers
        return ask(f"https://{self.addresses.find(balancer.dns_name, port)}", context=context, **options)
