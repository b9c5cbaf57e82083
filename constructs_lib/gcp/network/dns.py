"""DNS zone of an environment's domain (GCP-8)."""

from cdktf import Fn, TerraformResourceLifecycle
from cdktf_cdktf_provider_google.data_google_dns_keys import DataGoogleDnsKeys
from cdktf_cdktf_provider_google.dns_managed_zone import (
    DnsManagedZone,
    DnsManagedZoneCloudLoggingConfig,
    DnsManagedZoneDnssecConfig,
)
from cdktf_cdktf_provider_google.dns_record_set import DnsRecordSet
from constructs import Construct

from constructs_lib.naming import PROJECT

RECORD_SECONDS = 300
# Certificate authorities of Certificate Manager ("Specify the certificate authorities that can issue your
# certificate", Certificate Manager documentation).
_AUTHORITY = "pki.goog"


class Zone(Construct):
    """DNSSEC zone of an environment's domain; only Google may issue certificates for it.

    The registrar, or the parent zone, must delegate the domain to ``zone.name_servers`` once, before a certificate can
    be issued, and publish ``zone.delegation_signer`` beside it: resolvers then reject forged answers.

    Args:
        domain: domain of the zone, without a final dot.

    Attributes:
        zone: managed zone, for records and certificates.
        name_servers: name servers to delegate to, separated by commas.
        delegation_signer: content of the parent's DS record.
    """

    def __init__(self, scope: Construct, construct_id: str, *, domain: str) -> None:
        super().__init__(scope, construct_id)
        self.zone = DnsManagedZone(
            self,
            "zone",
            name=PROJECT,
            dns_name=f"{domain}.",
            dnssec_config=DnsManagedZoneDnssecConfig(state="on", non_existence="nsec3"),
            cloud_logging_config=DnsManagedZoneCloudLoggingConfig(enable_logging=True),
            # A new zone has other name servers, which breaks the delegation.
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.record("issuer", name=self.zone.dns_name, kind="CAA", values=[f'0 issue "{_AUTHORITY}"'])
        self.name_servers = Fn.join(", ", self.zone.name_servers)
        keys = DataGoogleDnsKeys(self, "keys", managed_zone=self.zone.id)
        self.delegation_signer = keys.key_signing_keys.get(0).ds_record

    def record(self, construct_id: str, *, name: str, kind: str, values: list[str]) -> DnsRecordSet:
        """Add a record to the zone; its name is fully qualified, with a final dot."""
        return DnsRecordSet(
            self,
            construct_id,
            managed_zone=self.zone.name,
            name=name,
            type=kind,
            ttl=RECORD_SECONDS,
            rrdatas=values,
        )
