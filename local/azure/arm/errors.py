"""Refusals of Resource Manager, and how they are written."""

from dataclasses import dataclass

from local.azure.answers import error
from local.azure.arm.ids import ResourceId
from local.proxy.api import Response


@dataclass
class Refusal(Exception):
    """An answer that refuses a request.

    Attributes:
        status: of HTTP.
        code: of the error, such as ``ScopeLocked``.
        message: in the provider's words.
    """

    status: int
    code: str
    message: str

    def response(self) -> Response:
        """Return the answer."""
        return error(self.status, self.code, self.message)


def absent(resource: ResourceId, type_name: str) -> Refusal:
    """Return the refusal of what is not there ("Resolve errors for resource not found", Resource Manager).

    Args:
        resource: that was asked for.
        type_name: as Azure writes it.
    """
    if not resource.namespace:
        if resource.group:
            return Refusal(404, "ResourceGroupNotFound", f"Resource group '{resource.group}' could not be found.")
        message = f"The subscription '{resource.subscription}' could not be found."
        return Refusal(404, "SubscriptionNotFound", message)
    place = f" under resource group '{resource.group}'" if resource.group else ""
    name = f"{type_name.partition('/')[0]}/" + "/".join(
        f"{kind}/{name}" for kind, name in zip(type_name.split("/")[1:], resource.names, strict=False)
    )
    return Refusal(
        404,
        "ResourceNotFound",
        f"The Resource '{name}'{place} was not found. For more details please go to"
        " https://aka.ms/ARMResourceNotFoundFix",
    )
