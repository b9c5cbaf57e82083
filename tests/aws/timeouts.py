"""Time-outs of a request's way on AWS, read from the templates: each pair of those that wait for each other."""

from collections.abc import Iterator

from environments import Policy
from tests.aws.containers import container
from tests.aws.iam import attributes
from tests.aws.resources import Environment

CDN = "AWS::CloudFront::Distribution"


def pairs(environment: Environment, policy: Policy) -> Iterator[tuple[str, int, str, int]]:
    """Yield who must wait longer than whom, in seconds: name, seconds, name, seconds."""
    origins = environment.one(CDN)["DistributionConfig"]["Origins"]
    (origin,) = (item for item in origins if "CustomOriginConfig" in item)
    cdn = origin["CustomOriginConfig"]
    attempt = origin["ConnectionTimeout"] + cdn["OriginReadTimeout"]
    balancer = attributes(environment.one("AWS::ElasticLoadBalancingV2::LoadBalancer"), "LoadBalancerAttributes")
    idle = int(balancer["idle_timeout.timeout_seconds"])
    task = container(environment)
    variables = {item["Name"]: item["Value"] for item in task["Environment"]}
    kept, graceful = (int(variables[f"UVICORN_TIMEOUT_{name}"]) for name in ("KEEP_ALIVE", "GRACEFUL_SHUTDOWN"))
    yield "client", policy.timeouts.client_seconds, "CDN, all attempts", attempt * origin["ConnectionAttempts"]
    yield "load balancer", idle, "CDN, answer", cdn["OriginReadTimeout"]
    yield "load balancer, idle", idle, "CDN, idle", cdn["OriginKeepaliveTimeout"]
    yield "container, idle", kept, "load balancer, idle", idle
    yield "container, end", graceful + 1, "CDN, answer", cdn["OriginReadTimeout"]
    yield "SIGKILL", task["StopTimeout"], "container, end", graceful
    health = task["HealthCheck"]
    yield "container, next health check", health["Interval"], "container, health check", health["Timeout"]
    for group in environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup"):
        drain = int(attributes(group, "TargetGroupAttributes")["deregistration_delay.timeout_seconds"])
        yield f"{group}, drain", drain + 1, "CDN, answer", cdn["OriginReadTimeout"]
        interval, timeout = group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]
        yield f"{group}, next health check", interval, "health check", timeout
