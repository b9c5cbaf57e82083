"""Registrations of targets with target groups: a target that is left out is drained, and then forgotten."""

import time
from collections.abc import Mapping, Sequence

from local.body.addresses import Address
from local.body.envoy_process import Host
from local.body.load_balancers import Registration, TargetGroup
from local.body.ports import listens

# Envoy has read by then that a target was deregistered.
_LEAST_DRAIN_SECONDS = 1.0


class Registrations:
    """Targets of target groups, and those that were and still answer what they were asked before."""

    def __init__(self) -> None:
        self._registered: dict[str, tuple[Address, ...]] = {}
        self._starting: dict[tuple[str, Address], float] = {}
        self._begun: set[tuple[str, Address]] = set()
        self._draining: dict[tuple[str, Address], float] = {}

    def update(
        self, group: TargetGroup, targets: Sequence[Address], hosts: Mapping[Address, Host]
    ) -> list[Registration]:
        """Register targets with a target group, deregister all others, and return what Envoy is to know of them.

        A new target is told to Envoy when it listens, or after the interval of its health checks: whenever a load
        balancer checks first, a target that is still starting has failed, and waits for the next check.

        Args:
            group: the target group.
            targets: its targets.
            hosts: what Envoy knows of them.
        """
        now = time.monotonic()
        for gone in set(self._registered.get(group.arn, ())) - set(targets):
            self._starting.pop((group.arn, gone), None)
            if (group.arn, gone) in self._begun:
                self._begun.remove((group.arn, gone))
                self._draining[group.arn, gone] = now
        self._registered[group.arn] = tuple(targets)
        for target in self.draining(group):
            seconds = now - self._draining[group.arn, target]
            # "Deregistration delay", Application Load Balancers: it ends early where no request is in flight.
            busy = target in hosts and hosts[target].requests > 0
            if target in targets or seconds >= group.drain_seconds or (seconds >= _LEAST_DRAIN_SECONDS and not busy):
                del self._draining[group.arn, target]
        draining = [Registration(target=each, draining=True) for each in self.draining(group)]
        return [*(Registration(target=each) for each in targets if self._begins(group, each)), *draining]

    def _begins(self, group: TargetGroup, target: Address) -> bool:
        """Return whether Envoy is to know a target."""
        key = group.arn, target
        if key in self._begun:
            return True
        since = self._starting.setdefault(key, time.monotonic())
        check = group.health_check
        if check and time.monotonic() - since < check.interval and not listens(target.port, target.host):
            return False
        self._begun.add(key)
        return True

    def registered(self, group: TargetGroup) -> Sequence[Address]:
        """Return the targets of a target group."""
        return self._registered.get(group.arn, ())

    def forget_others(self, groups: Sequence[TargetGroup]) -> None:
        """Forget all target groups but these."""
        known = {group.arn for group in groups}
        self._registered = {arn: targets for arn, targets in self._registered.items() if arn in known}
        self._draining = {key: since for key, since in self._draining.items() if key[0] in known}
        self._starting = {key: since for key, since in self._starting.items() if key[0] in known}
        self._begun = {key for key in self._begun if key[0] in known}

    def holds(self, target: Address) -> bool:
        """True where a target is registered, or still answers what it was asked before."""
        registered = any(target in targets for targets in self._registered.values())
        return registered or any(target == each for _, each in self._draining)

    def draining(self, group: TargetGroup) -> list[Address]:
        """Return the targets that were deregistered from a target group, and still answer."""
        return [target for arn, target in self._draining if arn == group.arn]
