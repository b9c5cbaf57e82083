"""Permissions and exposure that the CDK's diff finds, in words."""

import re
from collections.abc import Iterator, Sequence
from typing import TypedDict

from assembly.values import Json
from review.model.values import text

_EVERYBODY = {"0.0.0.0/0", "::/0"}


class Permissions(TypedDict, total=False):
    """Permissions and ingress rules that a resource newly has, as ``cloudformation.mjs`` writes them.

    Attributes:
        allowed: statements that allow.
        undenied: statements that refused, and are gone.
        policies: who gets which managed policy, by ARN.
        exposures: ingress rules of security groups.
    """

    allowed: Sequence[Json]
    undenied: Sequence[Json]
    policies: Sequence[tuple[str, str]]
    exposures: Sequence[Json]


def grants(found: Permissions) -> Iterator[str]:
    """Yield the new permissions of a resource, a line each."""
    for statement in found.get("allowed", ()):
        if not _is_trust_in_aws(statement):
            yield _sentence(statement)
    for statement in found.get("undenied", ()):
        yield f"no longer refused: {_sentence(statement)}"
    for who, policy in found.get("policies", ()):
        yield f"{_bare(who)} may everything of {policy.rpartition('/')[2]}"


def _is_trust_in_aws(statement: Json) -> bool:
    """Return whether the statement only lets an AWS service assume a role, whose permissions are judged separately."""
    who = statement["principals"]
    return (
        set(statement["actions"]["values"]) <= {"sts:AssumeRole", "sts:TagSession"}
        and not who["not"]
        and all(re.fullmatch(r"Service:[a-z0-9.-]+\.amazonaws\.com", name) for name in who["values"])
    )


def _sentence(statement: Json) -> str:
    who, what, where = (_list(statement[part]) for part in ("principals", "actions", "resources"))
    return f"{who or 'it'} may {what}{f' on {where}' if where else ''}{_condition(statement.get('condition'))}"


def _condition(found: Json) -> str:
    """Return `` if aws:SecureTransport Bool false``: key, operator, value."""
    if not isinstance(found, dict) or not found:
        return ""
    terms = [
        f"{key} {operator} {text(value)}"
        for operator, keys in sorted(found.items())
        for key, value in sorted(keys.items() if isinstance(keys, dict) else [("", keys)])
    ]
    return f" if {' and '.join(terms)}"


def _list(targets: Json) -> str:
    names = ", ".join(_bare(name) for name in targets["values"])
    return f"everything but {names}" if targets["not"] else names


def _bare(name: object) -> str:
    written = text(name).removeprefix("AWS:").removeprefix("Service:")
    return re.sub(r"\$\{([^{}]+?)(\.Arn)?\}", r"\1", written)


def exposures(found: Permissions) -> Iterator[str]:
    """Yield the internet sources that a resource newly admits, a line each."""
    for rule in found.get("exposures", ()):
        peer = rule.get("peer", {})
        if peer.get("ip") in _EVERYBODY:
            yield f"anybody on the internet reaches {_ports(rule)}"


def _ports(rule: Json) -> str:
    first, last = rule.get("fromPort"), rule.get("toPort")
    if rule["ipProtocol"] == "-1" or first is None:
        return "every port"
    return f"{rule['ipProtocol']} port {first}" if first == last else f"{rule['ipProtocol']} ports {first} to {last}"
