"""Report of the targets' health to the emulator, which answers DescribeTargetHealth with it."""

import time
from collections.abc import Mapping, Sequence

from local.body.addresses import Address
from local.body.deployed import Deployed
from local.errors import EmbeddedCloudError

# It is reported again after so long, for an emulator that was restarted.
_REPORT_SECONDS = 10.0


class TargetHealth:
    """Tells the emulator the states of all targets where they are new, or were told long ago."""

    def __init__(self) -> None:
        self._reported: object = None
        self._report_at = 0.0

    def report(self, deployed: Deployed, states: Mapping[str, Sequence[tuple[Address, str]]]) -> None:
        """Report states of targets, by the ARN of their target group.

        Raises:
            EmbeddedCloudError: the emulator does not answer.
        """
        groups = {
            arn: [{"host": target.host, "port": target.port, "state": state} for target, state in targets]
            for arn, targets in states.items()
        }
        if groups == self._reported and time.monotonic() < self._report_at:
            return
        try:
            deployed.cloud.control("target-health", groups)
        except OSError as error:
            raise EmbeddedCloudError(f"The health of targets is not reported: {error}") from error
        self._reported, self._report_at = groups, time.monotonic() + _REPORT_SECONDS
