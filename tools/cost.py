"""What the environments cost in a month, computed from the synthesized templates (CST-5, CST-7, ENV-2).

``python -m tools.cost`` reads ``cdk.out`` and writes ``docs/cost.md``. Prices and assumptions are data, in
``tools/prices.yaml``. A resource type that is neither priced nor listed as free is shown as unknown, with its number.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.stacks import Stack, read

ROOT = Path(__file__).parents[1]
PRICES = Path(__file__).with_name("prices.yaml")
REPORT = ROOT / "docs" / "cost.md"
_HOME = ("us-east-1", "global")
_ENGINES = {"redis": "redis_oss", "valkey": "valkey"}

Json = Any
Amount = tuple[str, float]


@dataclass(frozen=True)
class Bill:
    """A month.

    Attributes:
        usd: by environment and component.
        unknown: resources without a price, by environment and type.
        used: the prices that were asked for, by id and region.
        budgets: by environment, as the templates set them.
    """

    usd: Mapping[str, Mapping[str, float]]
    unknown: Mapping[str, Counter[str]]
    used: Mapping[tuple[str, str], Json]
    budgets: Mapping[str, float]

    def total(self, environment: str) -> float:
        """Return what an environment costs in all."""
        return sum(self.usd[environment].values())


class Prices:
    """The data of ``prices.yaml``.

    Attributes:
        hours: in a month.
        free: types that cost nothing, and why.
        usage: what is paid by use.
        used: the rows that were asked for.
    """

    def __init__(self, path: Path = PRICES) -> None:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.hours: float = data["hours_in_a_month"]
        self.free: dict[str, str] = data["free"]
        self.usage: list[Json] = data["usage"]
        self.assumptions: dict[str, dict[str, float]] = data["assumptions"]
        self.used: dict[tuple[str, str], Json] = {}
        self._rows = {(row["id"], row["region"]): row for row in data["prices"]}

    def rows(self) -> list[Json]:
        """Return every price."""
        return list(self._rows.values())

    def usd(self, name: str, region: str) -> float:
        """Return the price of one unit.

        Raises:
            LookupError: when the price is nowhere known.
        """
        for place in (region, *_HOME):
            if row := self._rows.get((name, place)):
                self.used[name, place] = row
                return float(row["usd"])
        raise LookupError(f"tools/prices.yaml has no price {name}: add it with its source and date")

    def assumed(self, environment: str) -> dict[str, float]:
        """Return the assumptions about an environment."""
        return self.assumptions.get(environment, self.assumptions["default"])


def bill(assembly: Path, prices: Prices) -> Bill:
    """Return what an assembly costs in a month."""
    usd: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    unknown: dict[str, Counter[str]] = defaultdict(Counter)
    budgets: dict[str, float] = {}
    paid_by_use = {entry["type"] for entry in prices.usage}
    counted: set[tuple[str, str]] = set()
    for stack in read(assembly).values():
        for name, amount in _fixed(stack, prices):
            usd[stack.environment][stack.component] += amount * prices.usd(name, stack.region)
        for name, kind, amount in _used(stack, prices, counted):
            usd[stack.environment][stack.component] += amount * prices.usd(name, stack.region)
            counted.add((stack.environment, kind))
        kinds = Counter(body["Type"] for body in stack.resources.values())
        for kind, number in kinds.items():
            if kind not in _PRICED and kind not in paid_by_use and kind not in prices.free:
                unknown[stack.environment][kind] += number
        budgets.update(_budgets(stack))
    return Bill(usd, unknown, prices.used, budgets)


def _fixed(stack: Stack, prices: Prices) -> Iterator[Amount]:
    assumed = prices.assumed(stack.environment)
    for kind, price in _PRICED.items():
        for properties in stack.of(kind):
            yield from price(properties, stack, prices.hours, assumed)


def _used(stack: Stack, prices: Prices, counted: set[tuple[str, str]]) -> Iterator[tuple[str, str, float]]:
    assumed = prices.assumed(stack.environment)
    present = {body["Type"] for body in stack.resources.values()}
    before = set(counted)
    for entry in prices.usage:
        kind = entry["type"]
        if kind in present and (stack.environment, kind) not in before:
            times = prices.hours if entry.get("times") == "hours_in_a_month" else entry.get("times", 1)
            yield entry["price"], kind, assumed[entry["of"]] * times


def _budgets(stack: Stack) -> Iterator[tuple[str, float]]:
    for properties in stack.of("AWS::Budgets::Budget"):
        budget = properties["Budget"]
        for tag in budget.get("CostFilters", {}).get("TagKeyValue", []):
            yield tag.removeprefix("user:environment$"), float(budget["BudgetLimit"]["Amount"])


def _database(properties: Json, _: Stack, hours: float, assumed: Mapping[str, float]) -> Iterator[Amount]:
    zones = "multi_az" if properties.get("MultiAZ") else "single_az"
    yield f"rds_postgresql/{properties['DBInstanceClass']}/{zones}", hours
    storage = float(properties.get("AllocatedStorage", assumed["replica_storage_gib"]))
    yield f"rds_postgresql/gp3_storage/{zones}", storage


def _cache(properties: Json, _: Stack, hours: float, __: Mapping[str, float]) -> Iterator[Amount]:
    engine = _ENGINES[properties["Engine"]]
    yield f"elasticache/{properties['CacheNodeType']}/{engine}", properties["NumCacheClusters"] * hours


def _service(properties: Json, stack: Stack, hours: float, assumed: Mapping[str, float]) -> Iterator[Amount]:
    task = stack.resources[properties["TaskDefinition"]["Ref"]]["Properties"]
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
    asked = [metric for metric in properties.get("Metrics", []) if "MetricStat" in metric]
    yield "cloudwatch/alarm_standard", max(1, len(asked))


def _each(name: str) -> Callable[..., Iterator[Amount]]:
    return lambda *_: iter([(name, 1)])


def _hourly(name: str) -> Callable[..., Iterator[Amount]]:
    return lambda _, __, hours, ___: iter([(name, hours)])


_TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
_PRICED: Mapping[str, Callable[..., Iterator[Amount]]] = {
    _TARGET: lambda *_: iter(()),
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::CompositeAlarm": _each("cloudwatch/alarm_composite"),
    "AWS::CloudWatch::Dashboard": _each("cloudwatch/dashboard"),
    "AWS::EC2::EIP": _hourly("public_ipv4/address"),
    "AWS::EC2::NatGateway": _hourly("nat_gateway/gateway"),
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::ECS::Service": _service,
    "AWS::ElastiCache::ReplicationGroup": _cache,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _load_balancer,
    "AWS::KMS::Key": _each("kms/customer_managed_key"),
    "AWS::KMS::ReplicaKey": _each("kms/customer_managed_key"),
    "AWS::RDS::DBInstance": _database,
    "AWS::Route53::HostedZone": _each("route53/hosted_zone_first_25"),
    "AWS::SecretsManager::Secret": _secret,
    "AWS::WAFv2::WebACL": _firewall,
}


def report(assembly: Path, prices: Prices | None = None) -> str:
    """Return the table as a page."""
    prices = prices or Prices()
    month = bill(assembly, prices)
    names = sorted(month.usd, key=lambda name: (name == "shared", month.total(name)))
    return "\n".join(
        [
            "# What it costs",
            "",
            "Written by `make cost` from the synthesized templates and the list prices of `tools/prices.yaml`. USD a",
            "month, on demand, without free tiers, taxes, support and what is paid for in advance.",
            "",
            *_costs(month, names),
            "",
            "## Unknown",
            "",
            *_unknown(month, names),
            "",
            "## Assumed",
            "",
            "What no template says. Bills replace guesses: the monthly cost review compares.",
            "",
            *_assumptions(prices, names),
            "",
            "## Prices",
            "",
            "A region without a price of its own takes that of us-east-1.",
            "",
            *_sources(month),
            "",
        ]
    )


def _table(head: list[str], rows: list[list[str]], *, numbers: bool = True) -> list[str]:
    line = ["---", *(["---:" if numbers else "---"] * (len(head) - 1))]
    return [f"| {' | '.join(cells)} |" for cells in (head, line, *rows)]


def _costs(month: Bill, names: list[str]) -> list[str]:
    components = sorted({component for name in names for component in month.usd[name]})
    rows = [[component, *(_money(month.usd[name].get(component)) for name in names)] for component in components]
    rows.append(["**all**", *(f"**{_money(month.total(name))}**" for name in names)])
    rows.append(["budget", *(_money(month.budgets.get(name)) for name in names)])
    rows.append(["resources without a price", *(str(month.unknown[name].total()) for name in names)])
    return _table(["", *names], rows)


def _unknown(month: Bill, names: list[str]) -> list[str]:
    kinds = sorted({kind for name in names for kind in month.unknown[name]})
    if not kinds:
        return ["Every resource has a price, or a reason to cost nothing."]
    rows = [[f"`{kind}`", *(str(month.unknown[name][kind] or "") for name in names)] for kind in kinds]
    return [
        "These cost something that no source was found for. They are in no sum above.",
        "",
        *_table(["", *names], rows),
    ]


def _assumptions(prices: Prices, names: list[str]) -> list[str]:
    rows = [
        [key.replace("_", " "), *(f"{prices.assumed(name)[key]:g}" for name in names)]
        for key in prices.assumptions["default"]
    ]
    return _table(["", *names], rows)


def _sources(month: Bill) -> list[str]:
    rows = [
        [name, region, f"{row['usd']:.10f}".rstrip("0").rstrip("."), row["unit"], row["as_of"], row["confidence"]]
        for (name, region), row in sorted(month.used.items())
    ]
    return _table(["price", "region", "USD", "per", "read on", "confidence"], rows, numbers=False)


def _money(usd: float | None) -> str:
    return "" if usd is None else f"{usd:,.0f}"


def main() -> None:
    """Write the page anew, and show the table."""
    text = report(ROOT / "cdk.out")
    REPORT.write_text(text, encoding="utf-8")
    print(text.partition("## Assumed")[0])


if __name__ == "__main__":
    main()
