"""Access to what is deployed: clients of the embedded AWS for the accounts and regions that have been deployed to."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.config import Config

from local.cloud import EmbeddedCloud, client_options, create_client, session

# A pass that fails is repeated a second later: a client's own retries would only hold it up.
_CONFIG = Config(retries={"max_attempts": 0}, connect_timeout=2, read_timeout=30)


@dataclass(frozen=True, order=True)
class Place:
    """An account and a region.

    Attributes:
        account: its 12 digits.
        region: such as ``us-east-1``.
    """

    account: str
    region: str


class Deployed:
    """Resources that are deployed to an embedded AWS, as its API tells of them. One thread uses it.

    Attributes:
        places: where stacks were deployed to, in order.
        cloud: which runs, or will run again.
        clock: factor by which AWS's own waits are shorter than on AWS, as :mod:`local.emulator.clock` has it.
    """

    def __init__(self, cloud: EmbeddedCloud, places: Sequence[Place] = ()) -> None:
        self.cloud = cloud
        self.places = places
        self.clock = 1
        self._now = 0.0
        self._session = session()
        self._clients: dict[tuple[str, Place, str], Any] = {}

    @property
    def now(self) -> float:
        """Time of a pass, so that what it judges are the minutes that it publishes; the present outside of passes."""
        return self._now or time.time()

    def begin_pass(self) -> None:
        """Take the present for the time of a pass."""
        self._now = time.time()

    def client(self, service: str, place: Place) -> Any:
        """Return the boto3 client of a service in a place, with the rights of the account's owner."""
        endpoint = self.cloud.endpoint
        key = (service, place, endpoint)
        if key not in self._clients:
            options = client_options(endpoint, place.account, place.region, _CONFIG)
            self._clients[key] = create_client(self._session, service, options)
        return self._clients[key]
