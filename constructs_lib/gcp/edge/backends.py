"""Backends of the load balancer: the service, and the bucket with its assets (ARC-1, GCP-6, GCP-7, IMP-4)."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.compute_backend_bucket import ComputeBackendBucket, ComputeBackendBucketCdnPolicy
from cdktf_cdktf_provider_google.compute_backend_service import ComputeBackendService, ComputeBackendServiceLogConfig
from cdktf_cdktf_provider_google.compute_health_check import ComputeHealthCheck, ComputeHealthCheckHttpHealthCheck
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.storage_bucket import StorageBucket
from cdktf_cdktf_provider_google.storage_bucket_iam_member import StorageBucketIamMember
from constructs import Construct

from constructs_lib.gcp.edge.firewall import Firewall
from environments import TimeoutPolicy

LOAD_BALANCING = "EXTERNAL_MANAGED"
_DAY_SECONDS = 24 * 60 * 60
_HEADERS = [
    "Strict-Transport-Security: max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "Referrer-Policy: no-referrer",
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
]


# Written and not appended: the service takes the first entry for the client, for its limit of failed logins, and a
# client could choose it ("External Application Load Balancer overview", X-Forwarded-For, Cloud Load Balancing docs).
_CLIENT = "X-Forwarded-For:{client_ip_address},{server_ip_address}"


class Api(Construct):
    """Backend service of the API, without caching.

    Autoneg attaches the pods at run time; Terraform creates the backend empty.

    Args:
        name: name of backend and health check.
        health_path: path of the health check.
        timeouts: of requests, and of the end of a pod.
        firewall: firewall that filters its requests.

    Attributes:
        backend: backend service, for routes, metrics and Autoneg.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        health_path: str,
        timeouts: TimeoutPolicy,
        firewall: Firewall,
    ) -> None:
        super().__init__(scope, construct_id)
        check = ComputeHealthCheck(
            self,
            "health",
            name=name,
            check_interval_sec=15,
            timeout_sec=5,
            healthy_threshold=2,
            unhealthy_threshold=3,
            http_health_check=ComputeHealthCheckHttpHealthCheck(
                request_path=health_path, port_specification="USE_SERVING_PORT"
            ),
        )
        self.backend = ComputeBackendService(
            self,
            "backend",
            name=name,
            load_balancing_scheme=LOAD_BALANCING,
            protocol="HTTP",
            enable_cdn=False,
            security_policy=firewall.policy.id,
            health_checks=[check.id],
            timeout_sec=timeouts.cdn_response_seconds,
            connection_draining_timeout_sec=timeouts.drain_seconds,
            custom_request_headers=[_CLIENT],
            custom_response_headers=_HEADERS,
            log_config=ComputeBackendServiceLogConfig(enable=True, sample_rate=1),
            lifecycle=TerraformResourceLifecycle(ignore_changes=["backend"]),
        )


class Assets(Construct):
    """Backend bucket of static assets behind the CDN. The bucket is private: only the load balancer reads it.

    Attributes:
        backend: backend bucket, for routes.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, bucket: StorageBucket, project: DataGoogleProject
    ) -> None:
        super().__init__(scope, construct_id)
        self.backend = ComputeBackendBucket(
            self,
            "backend",
            name="assets",
            bucket_name=bucket.name,
            enable_cdn=True,
            compression_mode="AUTOMATIC",
            custom_response_headers=[*_HEADERS, "X-Cache: {cdn_cache_status}"],
            cdn_policy=ComputeBackendBucketCdnPolicy(
                cache_mode="CACHE_ALL_STATIC",
                default_ttl=_DAY_SECONDS,
                client_ttl=_DAY_SECONDS,
                max_ttl=365 * _DAY_SECONDS,
                negative_caching=True,
                serve_while_stale=_DAY_SECONDS,
            ),
        )
        # The service agent exists once the project has a backend bucket ("Configure private bucket access", Cloud CDN
        # documentation).
        StorageBucketIamMember(
            self,
            "reader",
            bucket=bucket.name,
            role="roles/storage.objectViewer",
            member=f"serviceAccount:service-{project.number}@https-lb.iam.gserviceaccount.com",
            depends_on=[self.backend],
        )
