"""Principals of AWS's services that act for one account only."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct


def service_for_account(scope: Construct, service: str) -> iam.ServicePrincipal:
    """Return a service as principal, for what it does on behalf of the stack's account only.

    Source: "The confused deputy problem", IAM user guide. Not every service sends the account with its calls; the user
    of this function names the page that says so.

    Args:
        scope: a construct of the stack.
        service: first part of the principal's name, such as ``config``.
    """
    return iam.ServicePrincipal(
        f"{service}.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}}
    )
