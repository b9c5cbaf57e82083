"""Edge: global load balancer, CDN and the service's DNS records (ARC-1, GCP-7, IMP-4, SEC-6)."""

from cdktf_cdktf_provider_google import compute_url_map as routes
from cdktf_cdktf_provider_google.compute_global_address import ComputeGlobalAddress
from cdktf_cdktf_provider_google.compute_global_forwarding_rule import ComputeGlobalForwardingRule
from cdktf_cdktf_provider_google.compute_ssl_policy import ComputeSslPolicy
from cdktf_cdktf_provider_google.compute_target_http_proxy import ComputeTargetHttpProxy
from cdktf_cdktf_provider_google.compute_target_https_proxy import ComputeTargetHttpsProxy
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.storage_bucket import StorageBucket
from constructs import Construct

from constructs_lib.gcp.edge.backends import LOAD_BALANCING, Api, Assets
from constructs_lib.gcp.edge.certificate import Certificate
from constructs_lib.gcp.edge.firewall import Firewall
from constructs_lib.gcp.network.dns import Zone
from environments import EdgeSettings, TimeoutPolicy

ASSETS_PATH = "/static/*"
_NAME = "api"
_RECORDS = {"IPV4": "A", "IPV6": "AAAA"}


class Edge(Construct):
    """Global load balancer that caches assets and never caches the API.

    Clients use TLS 1.3, or TLS 1.2 with forward secrecy. The platform negotiates 1.3 where it can, and cannot refuse
    1.2 ("SSL policies for SSL and TLS protocols", Cloud Load
    Balancing documentation). Between Google's proxies and the pods the network itself encrypts ("Encryption from the
    load balancer to the backends").

    Args:
        settings: limits of the firewall.
        zone: DNS zone of the names.
        domain: domain of the environment.
        timeouts: of requests, and of the end of a pod.
        health_path: path of the health check.
        assets: bucket that the CDN serves.
        project: project of the resources.

    Attributes:
        host: public DNS name of the service.
        addresses: IP addresses of the load balancer.
        api: backend service of the API, for metrics and Autoneg.
        routes: URL map; metrics carry its name.
        certificate: certificate of the public name.
        firewall: Cloud Armor policy of the API.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: EdgeSettings,
        timeouts: TimeoutPolicy,
        zone: Zone,
        domain: str,
        health_path: str,
        assets: StorageBucket,
        project: DataGoogleProject,
    ) -> None:
        super().__init__(scope, construct_id)
        self.host = f"{_NAME}.{domain}"
        self.firewall = Firewall(self, "Firewall", settings=settings, name=_NAME)
        self.certificate = Certificate(self, "Certificate", name=_NAME, host=self.host, zone=zone)
        api = Api(self, "Api", name=_NAME, health_path=health_path, timeouts=timeouts, firewall=self.firewall)
        self.api = api.backend
        self.routes = self._routes(Assets(self, "Assets", bucket=assets, project=project))
        secure = ComputeTargetHttpsProxy(
            self,
            "https",
            name=_NAME,
            url_map=self.routes.id,
            certificate_map=self.certificate.map,
            ssl_policy=ComputeSslPolicy(self, "tls", name=_NAME, profile="RESTRICTED", min_tls_version="TLS_1_2").id,
            quic_override="ENABLE",
        )
        plain = ComputeTargetHttpProxy(self, "http", name=_NAME, url_map=self._redirect().id)
        self.addresses = [self._answer(version, zone, secure, plain) for version in _RECORDS]

    def _routes(self, assets: Assets) -> routes.ComputeUrlMap:
        return routes.ComputeUrlMap(
            self,
            "routes",
            name=_NAME,
            # A request with another host name is redirected to the public name.
            default_url_redirect=routes.ComputeUrlMapDefaultUrlRedirect(
                host_redirect=self.host, https_redirect=True, strip_query=False
            ),
            host_rule=[routes.ComputeUrlMapHostRule(hosts=[self.host], path_matcher=_NAME)],
            path_matcher=[
                routes.ComputeUrlMapPathMatcher(
                    name=_NAME,
                    default_service=self.api.id,
                    path_rule=[routes.ComputeUrlMapPathMatcherPathRule(paths=[ASSETS_PATH], service=assets.backend.id)],
                )
            ],
        )

    def _redirect(self) -> routes.ComputeUrlMap:
        return routes.ComputeUrlMap(
            self,
            "redirect",
            name="to-https",
            default_url_redirect=routes.ComputeUrlMapDefaultUrlRedirect(
                https_redirect=True, strip_query=False, redirect_response_code="MOVED_PERMANENTLY_DEFAULT"
            ),
        )

    def _answer(
        self, version: str, zone: Zone, secure: ComputeTargetHttpsProxy, plain: ComputeTargetHttpProxy
    ) -> ComputeGlobalAddress:
        suffix = version.lower()
        address = ComputeGlobalAddress(self, suffix, name=f"{_NAME}-{suffix}", ip_version=version)
        for name, port, proxy in (("https", "443", secure.id), ("http", "80", plain.id)):
            ComputeGlobalForwardingRule(
                self,
                f"{name}-{suffix}",
                name=f"{_NAME}-{name}-{suffix}",
                load_balancing_scheme=LOAD_BALANCING,
                ip_address=address.id,
                port_range=port,
                target=proxy,
            )
        zone.record(f"{_NAME}-{suffix}", name=f"{self.host}.", kind=_RECORDS[version], values=[address.address])
        return address
