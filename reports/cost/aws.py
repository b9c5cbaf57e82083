"""Fixed costs of AWS resources, by type: which prices each resource pays, and how many units of them."""

from collections.abc import Callable, Iterator, Mapping

from assembly import Stack
from assembly.values import Json
from reports.cost.amounts import Amount, each, hourly

_ENGINES = {"redis": "redis_oss", "valkey": "valkey"}


def _database(properties: Json, _: Stack, hours: float, assumed: Mapping[str, float]) -> Iterator[Amount]:
    zones = "multi_az" if properties.get("MultiAZ") else "single_az"
    yield f"rds_postgresql/{properties['DBInstanceClass']}/{zones}", hours
    storage = float(properties.get("AllocatedStorage", assumed["replica_storage_gib"]))
    yield f"rds_postgresql/gp3_storage/{zones}", storage


def _cache(properties: Json, _: Stack, hours: float, __: Mapping[str, float]) -> Iterator[Amount]:
    engine = _ENGINES[properties["Engine"]]
    yield f"elasticache/{properties['CacheNodeType']}/{engine}", properties["NumCacheClusters"] * hours


def _service(properties: Json, stack: Stack, hours: float, assumed: Mapping[str, float]) -> Iterator[Amount]:
    task = stack.resources[properties["TaskDefinition"]["Ref"]].properties
    fewest = max(_when_released(target["MinCapacity"]) for target in stack.of(_TARGET))
    tasks = fewest + assumed["average_tasks_above_minimum"]
    strategy = properties.get("CapacityProviderStrategy", [])
    if any(provider["CapacityProvider"] == "FARGATE_SPOT" for provider in strategy):
        tasks *= assumed["spot_share_of_price"]
    architecture = task["RuntimePlatform"]["CpuArchitecture"].lower()
    yield f"fargate/vcpu/{architecture}", tasks * hours * int(task["Cpu"]) / 1024
    yield f"fargate/memory/{architecture}", tasks * hours * int(task["Memory"]) / 1024


def _when_released(capacity: Json) -> float:
    return float(capacity["Fn::If"][1] if isinstance(capacity, dict) else capacity)


def _load_balancer(properties: Json, _: Stack, hours: float, __: Mapping[str, float]) -> Iterator[Amount]:
    yield "alb/load_balancer", hours
    yield "public_ipv4/address", len(properties["Subnets"]) * hours


def _endpoint(properties: Json, _: Stack, hours: float, __: Mapping[str, float]) -> Iterator[Amount]:
    if properties["VpcEndpointType"] == "Interface":
        yield "interface_endpoint/endpoint", len(properties["SubnetIds"]) * hours


def _firewall(properties: Json, *_: object) -> Iterator[Amount]:
    yield "waf/web_acl", 1
    yield "waf/rule", len(properties["Rules"])


def _secret(properties: Json, *_: object) -> Iterator[Amount]:
    yield "secrets_manager/secret", 1 + len(properties.get("ReplicaRegions", []))


def _alarm(properties: Json, *_: object) -> Iterator[Amount]:
    metrics = [metric for metric in properties.get("Metrics", []) if "MetricStat" in metric]
    yield "cloudwatch/alarm_standard", max(1, len(metrics))


def budgets(stack: Stack) -> Iterator[tuple[str, float]]:
    """Yield the environments whose budget a stack sets, each with its US dollars."""
    for properties in stack.of("AWS::Budgets::Budget"):
        budget = properties["Budget"]
        for tag in budget.get("CostFilters", {}).get("TagKeyValue", []):
            yield tag.removeprefix("user:environment$"), float(budget["BudgetLimit"]["Amount"])


_TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
PRICED: Mapping[str, Callable[..., Iterator[Amount]]] = {
    _TARGET: lambda *_: iter(()),
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::CompositeAlarm": each("cloudwatch/alarm_composite"),
    "AWS::CloudWatch::Dashboard": each("cloudwatch/dashboard"),
    "AWS::EC2::EIP": hourly("public_ipv4/address"),
    "AWS::EC2::NatGateway": hourly("nat_gateway/gateway"),
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::ECS::Service": _service,
    "AWS::ElastiCache::ReplicationGroup": _cache,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _load_balancer,
    "AWS::KMS::Key": each("kms/customer_managed_key"),
    "AWS::KMS::ReplicaKey": each("kms/customer_managed_key"),
    "AWS::RDS::DBInstance": _database,
    "AWS::Route53::HostedZone": each("route53/hosted_zone_first_25"),
    "AWS::SecretsManager::Secret": _secret,
    "AWS::WAFv2::WebACL": _firewall,
}
