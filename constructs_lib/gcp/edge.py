"""What the internet sees: load balancer, CDN and the service's names (ARC-1, GCP-7, IMP-4, SEC-6)."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google import compute_url_map as routes
from cdktf_cdktf_provider_google.compute_backend_bucket import ComputeBackendBucket, ComputeBackendBucketCdnPolicy
from cdktf_cdktf_provider_google.compute_backend_service import ComputeBackendService, ComputeBackendServiceLogConfig
from cdktf_cdktf_provider_google.compute_global_address import ComputeGlobalAddress
from cdktf_cdktf_provider_google.compute_global_forwarding_rule import ComputeGlobalForwardingRule
from cdktf_cdktf_provider_google.compute_health_check import ComputeHealthCheck, ComputeHealthCheckHttpHealthCheck
from cdktf_cdktf_provider_google.compute_ssl_policy import ComputeSslPolicy
from cdktf_cdktf_provider_google.compute_target_http_proxy import ComputeTargetHttpProxy
from cdktf_cdktf_provider_google.compute_target_https_proxy import ComputeTargetHttpsProxy
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.storage_bucket import StorageBucket
from cdktf_cdktf_provider_google.storage_bucket_iam_member import StorageBucketIamMember
from constructs import Construct

from constructs_lib.gcp.certificate import Certificate
from constructs_lib.gcp.dns import Zone
from constructs_lib.gcp.firewall import Firewall
from environments import EdgeSettings

ASSETS_PATH = "/static/*"
DRAIN_SECONDS = 30
_SCHEME = "EXTERNAL_MANAGED"
_NAME = "api"
_RECORDS = {"IPV4": "A", "IPV6": "AAAA"}
_HEADERS = [
    "Strict-Transport-Security: max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "Referrer-Policy: no-referrer",
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
]


class Edge(Construct):
    """A load balancer with Google's addresses all over the world: assets are cached, the API never is.

    A client speaks TLS 1.2 or 1.3; of 1.2 only what keeps past traffic secret when a key is stolen. The platform
    negotiates 1.3 with whoever can, and has no way to refuse 1.2 ("SSL policies for SSL and TLS protocols", Cloud Load
    Balancing documentation). Between Google's proxies and the pods the network itself encrypts ("Encryption from the
    load balancer to the backends").

    Which pods there are the cluster says, later and all the time; here the API's backend is empty.

    Attributes:
        host: the name that clients are given.
        addresses: of the load balancer.
        api: the backend that is the service, for metrics and for whoever tells which pods there are.
        routes: which path leads where; metrics carry its name.
        certificate: of the name that clients are given.
        firewall: what filters requests.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: EdgeSettings,
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
        self.api = self._api(health_path)
        self.routes = self._routes(self._assets(assets, project))
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

    def _api(self, health_path: str) -> ComputeBackendService:
        check = ComputeHealthCheck(
            self,
            "health",
            name=_NAME,
            check_interval_sec=15,
            timeout_sec=5,
            healthy_threshold=2,
            unhealthy_threshold=3,
            http_health_check=ComputeHealthCheckHttpHealthCheck(
                request_path=health_path, port_specification="USE_SERVING_PORT"
            ),
        )
        return ComputeBackendService(
            self,
            "api",
            name=_NAME,
            load_balancing_scheme=_SCHEME,
            protocol="HTTP",
            enable_cdn=False,
            security_policy=self.firewall.policy.id,
            health_checks=[check.id],
            timeout_sec=30,
            connection_draining_timeout_sec=DRAIN_SECONDS,
            custom_response_headers=_HEADERS,
            log_config=ComputeBackendServiceLogConfig(enable=True, sample_rate=1),
            lifecycle=TerraformResourceLifecycle(ignore_changes=["backend"]),
        )

    def _assets(self, assets: StorageBucket, project: DataGoogleProject) -> ComputeBackendBucket:
        backend = ComputeBackendBucket(
            self,
            "assets",
            name="assets",
            bucket_name=assets.name,
            enable_cdn=True,
            compression_mode="AUTOMATIC",
            custom_response_headers=[*_HEADERS, "X-Cache: {cdn_cache_status}"],
            cdn_policy=ComputeBackendBucketCdnPolicy(
                cache_mode="CACHE_ALL_STATIC",
                default_ttl=86400,
                max_ttl=31536000,
                client_ttl=86400,
                negative_caching=True,
                serve_while_stale=86400,
            ),
        )
        # The bucket stays private: this agent alone reads it, and exists once the project has a backend bucket
        # ("Configure private bucket access", Cloud CDN documentation).
        StorageBucketIamMember(
            self,
            "reader",
            bucket=assets.name,
            role="roles/storage.objectViewer",
            member=f"serviceAccount:service-{project.number}@https-lb.iam.gserviceaccount.com",
            depends_on=[backend],
        )
        return backend

    def _routes(self, assets: ComputeBackendBucket) -> routes.ComputeUrlMap:
        return routes.ComputeUrlMap(
            self,
            "routes",
            name=_NAME,
            # Whoever calls by another name is told the right one.
            default_url_redirect=routes.ComputeUrlMapDefaultUrlRedirect(
                host_redirect=self.host, https_redirect=True, strip_query=False
            ),
            host_rule=[routes.ComputeUrlMapHostRule(hosts=[self.host], path_matcher=_NAME)],
            path_matcher=[
                routes.ComputeUrlMapPathMatcher(
                    name=_NAME,
                    default_service=self.api.id,
                    path_rule=[routes.ComputeUrlMapPathMatcherPathRule(paths=[ASSETS_PATH], service=assets.id)],
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
                load_balancing_scheme=_SCHEME,
                ip_address=address.id,
                port_range=port,
                target=proxy,
            )
        zone.record(f"{_NAME}-{suffix}", name=f"{self.host}.", kind=_RECORDS[version], values=[address.address])
        return address
