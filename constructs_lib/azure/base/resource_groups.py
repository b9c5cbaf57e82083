"""Resource group, which every resource of Azure stands in."""

from cdktf_cdktf_provider_azurerm.resource_group import ResourceGroup as AzurermResourceGroup
from constructs import Construct

from constructs_lib import naming


class ResourceGroup(Construct):
    """Resource group of an environment in one place.

    Its location must live for anything in it to be changed ("What is a resource group", Azure Resource Manager
    documentation): what a recovery changes stands in a group in the recovery region, wherever it serves.

    Args:
        environment: name of the environment, or ``shared``.
        place: last part of its name: a region, or what it holds.
        location: name of its region.

    Attributes:
        group: the resource group.
        name: its name, which resources take.
        location: name of its region, which regional resources take.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: str, place: str, location: str) -> None:
        super().__init__(scope, construct_id)
        self.group = AzurermResourceGroup(
            self, "group", name=naming.resource_group(environment, place), location=location
        )
        self.name = self.group.name
        self.location = location
