"""DNS zone of an environment's domain (AZR-8)."""

from cdktf import Fn, TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.dns_caa_record import DnsCaaRecord, DnsCaaRecordRecord
from cdktf_cdktf_provider_azurerm.dns_zone import DnsZone
from constructs import Construct

from constructs_lib.azure.base.resource_groups import ResourceGroup

RECORD_SECONDS = 300
# The authority of Front Door's managed certificates ("Domains in Azure Front Door"), and the one that answers ACME.
_AUTHORITIES = ("digicert.com", "letsencrypt.org")
_APEX = "@"


class Zone(Construct):
    """Zone of an environment's domain; only the authorities of its certificates may issue any for it.

    The registrar, or the parent zone, must delegate the domain to ``zone.name_servers`` once.

    Args:
        domain: domain of the zone, without a final dot.
        group: resource group that a recovery can change.

    Attributes:
        zone: the zone, for records.
        name_servers: name servers to delegate to, separated by commas.
    """

    def __init__(self, scope: Construct, construct_id: str, *, domain: str, group: ResourceGroup) -> None:
        super().__init__(scope, construct_id)
        self.zone = DnsZone(
            self,
            "zone",
            name=domain,
            resource_group_name=group.name,
            # A new zone has other name servers, which breaks the delegation.
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        DnsCaaRecord(
            self,
            "issuer",
            name=_APEX,
            zone_name=self.zone.name,
            resource_group_name=group.name,
            ttl=RECORD_SECONDS,
            record=[DnsCaaRecordRecord(flags=0, tag="issue", value=authority) for authority in _AUTHORITIES],
        )
        self.name_servers = Fn.join(", ", self.zone.name_servers)
