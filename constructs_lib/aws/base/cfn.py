"""Type narrowing for the CDK: the resource beneath a construct, and values that are declared optional."""

from typing import TypeVar

from aws_cdk import CfnResource
from constructs import IConstruct

_Resource = TypeVar("_Resource", bound=CfnResource)
_Value = TypeVar("_Value")


def cfn(construct: IConstruct, kind: type[_Resource]) -> _Resource:
    """Return the CloudFormation resource that a construct consists of; ``kind`` is its class.

    Raises:
        TypeError: when the construct consists of something else.
    """
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, kind):
        raise TypeError(f"{construct.node.path} is {type(resource).__name__}, not {kind.__name__}")
    return resource


def present(value: _Value | None) -> _Value:
    """Return a value that the CDK declares as optional and sets for this construct.

    Raises:
        TypeError: when it is None after all.
    """
    if value is None:
        raise TypeError("The CDK left out a value that it sets for constructs like this one")
    return value
