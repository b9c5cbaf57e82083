"""Health of registered targets, as whoever runs the tasks reports it: MiniStack finds each of its own targets healthy.

A target is where a task listens on this machine, with its port, so a function that calls a task reaches it.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from local.emulator.ministack_internals import LOAD_BALANCING_ACTIONS, LOAD_BALANCING_XML, TARGET_GROUPS

_Answer: TypeAlias = tuple[int, dict[str, str], bytes]
_Describe: TypeAlias = Callable[[Mapping[str, Any]], _Answer]

# Who has said nothing for so long is gone.
_REPORTED_SECONDS = 60.0


class TargetHealth:
    """States of the targets of each target group."""

    def __init__(self) -> None:
        self._groups: Mapping[str, list[dict[str, Any]]] = {}
        self._until = 0.0

    def install(self) -> None:
        """Patch DescribeTargetHealth. Called once."""
        actions = LOAD_BALANCING_ACTIONS.value
        actions["DescribeTargetHealth"] = self._described(actions["DescribeTargetHealth"])

    def report(self, groups: Mapping[str, list[dict[str, Any]]]) -> None:
        """Take the states of all targets: ``host``, ``port`` and ``state`` of each, by the ARN of the target group."""
        self._groups = groups
        self._until = time.monotonic() + _REPORTED_SECONDS

    def _described(self, original: _Describe) -> _Describe:
        def describe(given: Mapping[str, Any]) -> _Answer:
            (arn,) = given.get("TargetGroupArn", [""])
            if time.monotonic() >= self._until or arn not in TARGET_GROUPS.value:
                return original(given)
            members = "".join(_member(target) for target in self._groups.get(arn, ()))
            text = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
            answer: _Answer = LOAD_BALANCING_XML.value(200, "DescribeTargetHealth", text)
            return answer

        return describe


def _member(target: Mapping[str, Any]) -> str:
    address = f"<Id>{escape(target['host'])}</Id><Port>{int(target['port'])}</Port>"
    return (
        f"<member><Target>{address}</Target><HealthCheckPort>{int(target['port'])}</HealthCheckPort>"
        f"<TargetHealth><State>{escape(target['state'])}</State></TargetHealth></member>"
    )


TARGET_HEALTH = TargetHealth()
