"""Registrations of targets with target groups: a target that is left out is drained, and then forgotten."""

import time
from collections.abc import Mapping, Sequence

from local.body.addresses import Address
from local.body.envoy_process import Host
from local.body.load_balancers import Registration, TargetGroup

# Envoy has read by then that a target was deregistered.
_LEAST_DRAIN_SECONDS = 1.0


class Registrations:
    """Targets of target groups, and those that were and still answer what they were asked before."""

    def __init__(self) -> None:
        self._registered: dict[str, tuple[Address, ...]] = {}
        self._draining: dict[tuple[str, Address], float] = {}

    def update(
        self, group: TargetGroup, targets: Sequence[Address], hosts: Mapping[Address, Host]
    ) -> list[Registration]:
        """Register targets with a target group, deregister all others, and return what Envoy is to know of them.

        Args:
            group: the target group.
            targets: its targets.
            hosts: what Envoy knows of them.
        """
        now = time.monotonic()
        for gone in set(self._registered.get(group.arn, ())) - set(targets):
            self._draining[group.arn, gone] = now
        self._registered[group.arn] = tuple(targets)
        for target in self._of(group):
            seconds = now - self._draining[group.arn, target]
            # "Deregistration delay", Application Load Balancers: it ends early where no request is in flight.
            busy = target in hosts and hosts[target].requests > 0
            if target in targets or seconds >= group.drain_seconds or (seconds >= _LEAST_DRAIN_SECONDS and not busy):
                del self._draining[group.arn, target]
        draining = [Registration(target=each, draining=True) for each in self._of(group)]
        return [*(Registration(target=each) for each in targets), *draining]

    def registered(self, group: TargetGroup) -> Sequence[Address]:
        """Return the targets of a target group."""
        return self._registered.get(group.arn, ())

    def forget_others(self, groups: Sequence[TargetGroup]) -> None:
        """Forget all target groups but these."""
        known = {group.arn for group in groups}
        self._registered = {arn: targets for arn, targets in self._registered.items() if arn in known}
        self._draining = {key: since for key, since in self._draining.items() if key[0] in known}

    def holds(self, target: Address) -> bool:
        """True where a target is registered, or still answers what it was asked before."""
        registered = any(target in targets for targets in self._registered.values())
        return registered or any(target == each for _, each in self._draining)

    def _of(self, group: TargetGroup) -> list[Address]:
        return [target for arn, target in self._draining if arn == group.arn]
