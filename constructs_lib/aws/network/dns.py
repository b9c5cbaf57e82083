"""Route 53 hosted zone of an environment (AWS-8)."""

from aws_cdk import Fn, RemovalPolicy
from aws_cdk import aws_route53 as route53
from constructs import Construct


class Zone(Construct):
    """Hosted zone of an environment's domain; only Amazon may issue certificates for it.

    The registrar, or the parent zone, must delegate the domain to ``zone.name_servers`` once, before a certificate can
    be issued.

    Attributes:
        zone: hosted zone, for records and certificates.
        name_servers: name servers to delegate to, separated by commas.

    Args:
        domain: name of the zone.
    """

    def __init__(self, scope: Construct, construct_id: str, *, domain: str) -> None:
        super().__init__(scope, construct_id)
        self.zone = route53.PublicHostedZone(self, "Zone", zone_name=domain)
        self.zone.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.name_servers = Fn.join(", ", self.zone.hosted_zone_name_servers or [])
        route53.CaaAmazonRecord(self, "Issuer", zone=self.zone)
