"""Identities of resources: what names one among all of its type, read from CloudFormation's schemas."""

import json
from functools import cache

from local.emulator.schemas import Properties, create_only, identifier, read_only, schema

# Services whose names are unique in an account, whatever the region ("primaryIdentifier" says nothing of that).
_GLOBAL = ("AWS::IAM::", "AWS::CloudFront::", "AWS::Route53::", "AWS::Budgets::", "AWS::CE::")

# A zone's name may be given to many zones (CreateHostedZone, Route 53 API reference).
_NOT_UNIQUE = {"AWS::Route53::HostedZone"}

# What else must differ between two resources of one name, where the schema's identifier is an ARN.
_SCOPE = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": ("ScalingTargetId", "ResourceId"),
    "AWS::EC2::SecurityGroup": ("VpcId",),
}


def identity(type_name: str, properties: Properties) -> str | None:
    """Return what names a resource, as text; None where AWS makes up its name.

    A resource is named by the writable part of its type's primary identifier, and by a property that is called like the
    type (``ServiceName`` of a service, ``Name`` of a load balancer) and that cannot change.
    """
    names = _names(type_name)
    given = {name: value for name in names if (value := _value(properties, name)) is not None}
    scope = {
        name: _value(properties, name)
        for name in (*_writable_identifier(type_name), *_SCOPE.get(type_name, ()))
        if name not in names
    }
    if names and not given:
        return None
    if not names and (None in scope.values() or len(scope) < len(identifier(type_name)) or not scope):
        return None
    return json.dumps({f"/properties/{name}": value for name, value in {**scope, **given}.items()}, sort_keys=True)


def is_global(type_name: str) -> bool:
    """True where a name is unique in the account, not only in a region."""
    return type_name.startswith(_GLOBAL)


def replaced(type_name: str, old: Properties, new: Properties) -> tuple[str, ...]:
    """Return the properties that differ and cannot be changed: CloudFormation makes another resource."""
    return tuple(name for name in create_only(type_name) if _value(old, name) != _value(new, name))


@cache
def _names(type_name: str) -> tuple[str, ...]:
    if type_name in _NOT_UNIQUE or not schema(type_name):
        return ()
    kind = type_name.rsplit("::", 1)[-1]
    unchangeable = dict.fromkeys((*create_only(type_name), *_writable_identifier(type_name)))
    return tuple(name for name in unchangeable if _is_called_like(name.rsplit(".", 1)[-1], kind))


def _is_called_like(name: str, kind: str) -> bool:
    for ending in ("Name", "Identifier", "Id"):
        stem = name.removesuffix(ending)
        if stem != name and (kind.lower().endswith(stem.lower()) if stem else ending == "Name"):
            return True
    return False


def _writable_identifier(type_name: str) -> tuple[str, ...]:
    return tuple(name for name in identifier(type_name) if name not in read_only(type_name))


def _value(properties: Properties, path: str) -> object:
    here: object = properties
    for part in path.split("."):
        here = here.get(part) if isinstance(here, dict) else None
    return here
