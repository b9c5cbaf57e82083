"""Quotas: what is in use, what a deploy adds, and what the account allows.

The codes are those of Service Quotas (``aws service-quotas list-service-quotas --service-code vpc``). What a deploy
adds is counted in the templates, less what their stacks hold already.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import ClientError

from admin.preflight.aws.account import Account, code_of
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing
from assembly import Resource
from assembly.values import Json, at

_GROUP = "quotas"
_CPU_UNITS = 1024  # of a vCPU ("Task definition parameters", Amazon ECS)
_TASKS_PER_CALL = 100  # DescribeTasks, ECS API reference
# Services without regions keep their quotas there.
_GLOBAL_REGION = "us-east-1"
# CodeBuild counts builds by environment and size; new accounts may run one, or none ("Quotas for AWS CodeBuild").
_BUILDS = {
    ("ARM_CONTAINER", "BUILD_GENERAL1_SMALL"): "L-5ED1D25B",
    ("LINUX_CONTAINER", "BUILD_GENERAL1_SMALL"): "L-9D07B6EF",
}
# Policy of CloudWatch Logs in which services enter the log groups that they deliver to ("Logs sent to CloudWatch
# Logs"), its length and how many policies a region has ("CloudWatch Logs quotas", user guide); no increases.
_DELIVERY_POLICY = "AWSLogDeliveryWrite20150319"
_POLICY_CHARACTERS = 5120
_POLICIES = 10
_DELIVERED = (
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::StepFunctions::StateMachine",
    "AWS::WAFv2::LoggingConfiguration",
)


@dataclass(frozen=True)
class Quota:
    """A quota on the number of resources of a type.

    Attributes:
        name: in Service Quotas.
        service: code of its service there.
        code: of the quota.
        kind: the type that counts.
        in_use: counts what a region holds, ours included.
        everywhere: whether the account has one for all regions.
    """

    name: str
    service: str
    code: str
    kind: str
    in_use: Callable[[Account, str], int]
    everywhere: bool = False


def _listed(service: str, operation: str, key: str, only: Callable[[Json], bool] | None = None) -> Callable[..., int]:
    def count(account: Account, region: str) -> int:
        found = account.pages(service, region, operation, key)
        return sum(only is None or only(each) for each in found)

    return count


def _addresses(account: Account, region: str) -> int:
    return len(account.client("ec2", region).describe_addresses()["Addresses"])


QUOTAS = (
    Quota("EC2-VPC Elastic IPs", "ec2", "L-0263D0A3", "AWS::EC2::EIP", _addresses),
    Quota("VPCs per Region", "vpc", "L-F678F1CE", "AWS::EC2::VPC", _listed("ec2", "describe_vpcs", "Vpcs")),
    Quota(
        "Internet gateways per Region",
        "vpc",
        "L-A4707A72",
        "AWS::EC2::InternetGateway",
        _listed("ec2", "describe_internet_gateways", "InternetGateways"),
    ),
    Quota(
        "DB instances",
        "rds",
        "L-7B6409FD",
        "AWS::RDS::DBInstance",
        _listed("rds", "describe_db_instances", "DBInstances"),
    ),
    Quota(
        "Application Load Balancers per Region",
        "elasticloadbalancing",
        "L-53DA6B97",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        _listed("elbv2", "describe_load_balancers", "LoadBalancers", lambda each: each["Type"] == "application"),
    ),
    Quota(
        "Web distributions per AWS account",
        "cloudfront",
        "L-24B04930",
        "AWS::CloudFront::Distribution",
        _listed("cloudfront", "list_distributions", "DistributionList.Items"),
        everywhere=True,
    ),
)
_NAT_GATEWAYS = ("vpc", "L-FE5A380F")
_FARGATE = {
    "FARGATE": ("Fargate On-Demand vCPU", "L-3032A538"),
    "FARGATE_SPOT": ("Fargate Spot vCPU", "L-36FBB829"),
}


def checks(needs: Needs, account: Account) -> Iterator[Check]:
    """Yield a check for each quota that the templates count against, in each region."""
    for quota in QUOTAS:
        regions = {resource.region for resource in needs.resources(quota.kind)}
        for region in [_GLOBAL_REGION] if quota.everywhere and regions else sorted(regions):
            yield Check(_GROUP, f"{quota.name}, {region}", partial(_count, needs, account, quota, region))
    for region in sorted({resource.region for resource in needs.resources("AWS::EC2::NatGateway")}):
        yield Check(_GROUP, f"NAT gateways per zone, {region}", partial(_nat_gateways, needs, account, region))
    for (region, provider), vcpus in sorted(_vcpus(needs).items()):
        name = _FARGATE[provider][0]
        yield Check(_GROUP, f"{name}, {region}", partial(_fargate, needs, account, region, provider, vcpus))
    for region in sorted({resource.region for resource in needs.resources(*_DELIVERED)}):
        yield Check(_GROUP, f"Policy of delivered logs, {region}", partial(_log_policy, needs, account, region))
    for project in needs.resources("AWS::CodeBuild::Project"):
        machine = project.properties["Environment"]
        size = (machine["Type"], machine["ComputeType"])
        yield Check(_GROUP, f"Builds at a time, {project.region}", partial(_builds, account, project.region, size))


def _count(needs: Needs, account: Account, quota: Quota, region: str) -> Answer:
    stacks = needs.stacks if quota.everywhere else needs.in_region(region)
    added = sum(
        max(0, sum(1 for _ in stack.of(quota.kind)) - account.counts(stack).get(quota.kind, 0)) for stack in stacks
    )
    used = quota.in_use(account, region)
    return _compare(account, region, (quota.service, quota.code), used=used, added=added)


def _compare(
    account: Account, region: str, quota: tuple[str, str], *, used: float, added: float, where: str = ""
) -> Answer:
    service, code = quota
    allowed = _limit(account, region, service, code)
    found = f"{where}{used:g} in use, {added:g} to add, {allowed:g} allowed"
    if added == 0 or used + added <= allowed:
        return fine(found)
    return missing(
        found,
        f"aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code}"
        f" --desired-value {used + added:g} --region {region}",
    )


def _limit(account: Account, region: str, service: str, code: str) -> float:
    """Return the account's value of a quota, or AWS's default where the account has none of its own.

    GetServiceQuota knows no value that was never applied ("GetServiceQuota", Service Quotas API reference).
    """
    client = account.client("service-quotas", region)
    try:
        found = client.get_service_quota(ServiceCode=service, QuotaCode=code)
    except ClientError as error:
        if code_of(error) != "NoSuchResourceException":
            raise
        found = client.get_aws_default_service_quota(ServiceCode=service, QuotaCode=code)
    return float(found["Quota"]["Value"])


def _nat_gateways(needs: Needs, account: Account, region: str) -> Answer:
    added: Counter[str] = Counter()
    for stack in needs.in_region(region):
        gateways = [each for each in stack.resources.values() if each.type == "AWS::EC2::NatGateway"]
        if len(gateways) > account.counts(stack).get("AWS::EC2::NatGateway", 0):
            added.update(_zone(needs, gateway) for gateway in gateways)
    existing = account.pages("ec2", region, "describe_nat_gateways", "NatGateways")
    # Pending, active and deleting ones count ("Amazon VPC quotas").
    subnets = [each["SubnetId"] for each in existing if each["State"] in {"pending", "available", "deleting"}]
    zones = {
        each["SubnetId"]: each["AvailabilityZone"]
        for each in account.pages("ec2", region, "describe_subnets", "Subnets")
    }
    used = Counter(zones[subnet] for subnet in subnets)
    fullest = max(sorted(added or used) or [region], key=lambda zone: used[zone] + added[zone])
    return _compare(account, region, _NAT_GATEWAYS, used=used[fullest], added=added[fullest], where=f"{fullest}: ")


def _zone(needs: Needs, gateway: Resource) -> str:
    return next(
        str(subnet.properties["AvailabilityZone"]) for subnet in needs.assembly.references_of(gateway, "SubnetId")
    )


def _vcpus(needs: Needs) -> Counter[tuple[str, str]]:
    """Return the vCPUs of a rollout at full scale, by region and capacity provider: old and new tasks run together."""
    found: Counter[tuple[str, str]] = Counter()
    targets = list(needs.resources("AWS::ApplicationAutoScaling::ScalableTarget"))
    for service in needs.resources("AWS::ECS::Service"):
        definition = next(iter(needs.assembly.references_of(service, "TaskDefinition")))
        tasks = max(
            (
                target.properties["MaxCapacity"]
                for target in targets
                if service in needs.assembly.references_of(target, "ResourceId")
            ),
            default=1,
        )
        # 200 where it is not written ("CreateService", Amazon ECS API reference).
        percent = service.properties.get("DeploymentConfiguration", {}).get("MaximumPercent", 200)
        providers = list(at(service.properties, "CapacityProviderStrategy.CapacityProvider")) or ["FARGATE"]
        for provider in providers:
            vcpus = int(definition.properties["Cpu"]) / _CPU_UNITS * tasks * percent / 100
            found[service.region, str(provider)] += vcpus
    return found


def _fargate(needs: Needs, account: Account, region: str, provider: str, added: float) -> Answer:
    own = {
        str(cluster.properties["ClusterName"])
        for cluster in needs.resources("AWS::ECS::Cluster")
        if cluster.region == region and "ClusterName" in cluster.properties
    }
    used = 0.0
    for cluster in account.pages("ecs", region, "list_clusters", "clusterArns"):
        if cluster.rpartition("/")[2] in own:
            continue  # its tasks are among those at full scale
        arns = account.pages("ecs", region, "list_tasks", "taskArns", cluster=cluster)
        for start in range(0, len(arns), _TASKS_PER_CALL):
            tasks = account.client("ecs", region).describe_tasks(
                cluster=cluster, tasks=arns[start : start + _TASKS_PER_CALL]
            )["tasks"]
            used += sum(int(task["cpu"]) / _CPU_UNITS for task in tasks if _provider(task) == provider)
    quota = ("fargate", _FARGATE[provider][1])
    return _compare(account, region, quota, used=used, added=added, where="other clusters: ")


def _provider(task: Json) -> str:
    return str(task.get("capacityProviderName") or task.get("launchType", ""))


def _builds(account: Account, region: str, size: tuple[str, str]) -> Answer:
    return _compare(account, region, ("codebuild", _BUILDS[size]), used=0, added=1)


def _log_policy(needs: Needs, account: Account, region: str) -> Answer:
    """Say whether the log groups of web ACLs fit into the policy; all others share the entry of one prefix there."""
    found = {
        str(each["policyName"]): str(each["policyDocument"])
        for each in account.pages("logs", region, "describe_resource_policies", "resourcePolicies")
    }
    if _DELIVERY_POLICY not in found:
        policies = f"{len(found)} policies in use, 1 to add, {_POLICIES} allowed"
        if len(found) < _POLICIES:
            return fine(policies)
        return missing(
            policies, f"aws logs delete-resource-policy --region {region} --policy-name <one that is not needed>"
        )
    document = found[_DELIVERY_POLICY]
    entries = [
        f'"arn:aws:logs:{region}:{account.id}:log-group:{name}:log-stream:*",'
        for group in needs.resources("AWS::Logs::LogGroup")
        for name in [str(group.properties.get("LogGroupName", ""))]
        if group.region == region and name.startswith("aws-waf-logs-") and f":{name}:" not in document
    ]
    added = sum(map(len, entries))
    characters = f"{len(document)} characters in use, {added} to add, {_POLICY_CHARACTERS} allowed"
    if len(document) + added <= _POLICY_CHARACTERS:
        return fine(characters)
    return missing(
        characters,
        f"aws logs describe-log-groups --region {region}: which of its log groups are gone",
        f"aws logs put-resource-policy --region {region} --policy-name {_DELIVERY_POLICY}"
        " --policy-document <without those>",
    )
