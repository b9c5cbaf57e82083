"""Checks of network and edge: each returns the resources that break its promise.

The tests of the promises call them with what was synthesized, the tests of the tests with what was broken on purpose.
"""

import re

from assembly.values import Json
from tests.aws.iam import replicated_to
from tests.aws.ingress import ingress_rules, reaches
from tests.aws.resources import Environment, Resource

# CloudFront's own policies ("Use managed cache policies", CloudFront developer guide).
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def open_to_the_world(environment: Environment) -> list[str]:
    """Name the security group rules that let everybody in."""
    return [str(rule) for rule in ingress_rules(environment) if rule.source in {"0.0.0.0/0", "::/0"}]


def uninvited(environment: Environment, destination: str, *, invited: set[str]) -> list[str]:
    """Name who else reaches a construct."""
    return [f"{source} reaches {destination}" for source in sorted(reaches(environment, destination) - invited)]


def in_one_zone(environment: Environment) -> list[str]:
    """Name the databases and caches that do not survive the loss of a zone."""
    databases = environment.resources("AWS::RDS::DBInstance")
    caches = environment.resources("AWS::ElastiCache::ReplicationGroup")
    return [str(store) for store in [*databases, *caches] if not (store.get("MultiAZ") or store.get("MultiAZEnabled"))]


def behaviors(distribution: Resource) -> dict[str, Json]:
    """Return how a CDN treats each path; ``*`` is every other path."""
    config = distribution["DistributionConfig"]
    return {
        **{behavior["PathPattern"]: behavior for behavior in config.get("CacheBehaviors", [])},
        "*": config["DefaultCacheBehavior"],
    }


def cached_api_paths(environment: Environment) -> list[str]:
    """Name the paths other than the static assets' that the CDN caches."""
    return [
        f"{distribution} caches {path}"
        for distribution in environment.resources("AWS::CloudFront::Distribution")
        for path, behavior in behaviors(distribution).items()
        if path != "/static/*" and behavior.get("CachePolicyId") != CACHING_DISABLED
    ]


def weak_tls(environment: Environment) -> list[str]:
    """Name what speaks less than TLS 1.3 to viewers, or offers less than 1.3 and accepts less than 1.2 behind them."""
    found = []
    for distribution in environment.resources("AWS::CloudFront::Distribution"):
        version = distribution["DistributionConfig"]["ViewerCertificate"]["MinimumProtocolVersion"]
        if not version.startswith("TLSv1.3"):
            found.append(f"{distribution} accepts {version}")
    for listener in environment.resources("AWS::ElasticLoadBalancingV2::Listener"):
        policy = listener.get("SslPolicy", "")
        if not re.match(r"ELBSecurityPolicy-TLS13-1-[23]-(?!Ext)", policy):
            found.append(f"{listener} accepts {policy or 'plain text'}")
    return found


def not_replicated(environment: Environment, region: str) -> list[str]:
    """Name the buckets of assets, uploads and backups that have no copy of the same name in a region."""
    found = []
    for name in ("Assets", "Uploads", "Backups"):
        bucket = environment.one("AWS::S3::Bucket", f"Data/Storage/{name}")
        if not [copy for copy in replicated_to(bucket) if copy.region == region and copy.path == bucket.path]:
            found.append(f"{bucket} has no copy in {region}")
    return found
