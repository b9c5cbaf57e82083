"""IAM policies: which grants one lacks, and the same with them."""

from collections.abc import Sequence

from assembly.values import Json

_VERSION = 3


def missing_grants(policy: Json, grants: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those of some grants, role and member, that a policy has not got; one with a condition is another."""
    there = {
        (str(binding["role"]), str(member))
        for binding in policy.get("bindings", ())
        if "condition" not in binding
        for member in binding.get("members", ())
    }
    return [grant for grant in grants if grant not in there]


def with_grants(policy: Json, grants: Sequence[tuple[str, str]]) -> Json:
    """Return a policy with more grants; its etag and all else stay as they are."""
    bindings = [{**binding, "members": list(binding.get("members", ()))} for binding in policy.get("bindings", ())]
    plain = {binding["role"]: binding for binding in bindings if "condition" not in binding}
    for role, member in grants:
        if role not in plain:
            plain[role] = {"role": role, "members": []}
            bindings.append(plain[role])
        plain[role]["members"].append(member)
    return {**policy, "version": _VERSION, "bindings": bindings}
