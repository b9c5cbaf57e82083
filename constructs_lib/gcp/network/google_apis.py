"""Private DNS zones for Google's APIs and registries (GCP-2, SEC-1)."""

from cdktf_cdktf_provider_google import dns_managed_zone as dns
from cdktf_cdktf_provider_google.dns_record_set import DnsRecordSet
from constructs import Construct

from constructs_lib.gcp.network.network import GOOGLE_APIS, Network

# Domains that a private cluster calls: APIs, and the two domains of the registries ("Configure Private Google Access",
# VPC documentation).
_DOMAINS = ("googleapis.com", "gcr.io", "pkg.dev")
_TTL_SECONDS = 300


class GoogleApis(Construct):
    """Private DNS zones that answer with private addresses for Google's names, so that no NAT is needed."""

    def __init__(self, scope: Construct, construct_id: str, *, network: Network) -> None:
        super().__init__(scope, construct_id)
        for domain in _DOMAINS:
            zone = dns.DnsManagedZone(
                self,
                domain,
                name=domain.replace(".", "-"),
                dns_name=f"{domain}.",
                description=f"{domain} without the internet",
                visibility="private",
                private_visibility_config=dns.DnsManagedZonePrivateVisibilityConfig(
                    networks=[
                        dns.DnsManagedZonePrivateVisibilityConfigNetworks(network_url=network.network.id),
                    ]
                ),
            )
            DnsRecordSet(
                self,
                f"{domain}-addresses",
                managed_zone=zone.name,
                name=zone.dns_name,
                type="A",
                ttl=_TTL_SECONDS,
                rrdatas=[str(address) for address in GOOGLE_APIS],
            )
            DnsRecordSet(
                self,
                f"{domain}-names",
                managed_zone=zone.name,
                name=f"*.{domain}.",
                type="CNAME",
                ttl=_TTL_SECONDS,
                rrdatas=[f"{domain}."],
            )
