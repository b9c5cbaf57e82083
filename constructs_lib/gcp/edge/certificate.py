"""TLS certificate of the service's name (GCP-9, SEC-6)."""

from cdktf_cdktf_provider_google.certificate_manager_certificate import (
    CertificateManagerCertificate,
    CertificateManagerCertificateManaged,
)
from cdktf_cdktf_provider_google.certificate_manager_certificate_map import CertificateManagerCertificateMap
from cdktf_cdktf_provider_google.certificate_manager_certificate_map_entry import CertificateManagerCertificateMapEntry
from cdktf_cdktf_provider_google.certificate_manager_dns_authorization import CertificateManagerDnsAuthorization
from constructs import Construct

from constructs_lib.gcp.network.dns import Zone


class Certificate(Construct):
    """Managed certificate, renewed as long as the zone holds the DNS authorization record.

    Args:
        name: name of the resources.
        host: DNS name of the certificate.
        zone: DNS zone of the name.

    Attributes:
        certificate: certificate, for alarms.
        map: certificate map, in the notation of the load balancer's proxy.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, host: str, zone: Zone) -> None:
        super().__init__(scope, construct_id)
        authorization = CertificateManagerDnsAuthorization(self, "authorization", name=name, domain=host)
        answer = authorization.dns_resource_record.get(0)
        proof = zone.record(f"{name}-authorization", name=answer.name, kind=answer.type, values=[answer.data])
        self.certificate = CertificateManagerCertificate(
            self,
            "certificate",
            name=name,
            managed=CertificateManagerCertificateManaged(domains=[host], dns_authorizations=[authorization.id]),
            depends_on=[proof],
        )
        certificates = CertificateManagerCertificateMap(self, "map", name=name)
        CertificateManagerCertificateMapEntry(
            self,
            "entry",
            name=name,
            map=certificates.name,
            hostname=host,
            certificates=[self.certificate.id],
        )
        self.map = f"//certificatemanager.googleapis.com/{certificates.id}"
