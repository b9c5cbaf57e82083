"""Rows of the verdicts: complete over what is synthesized, each fires on it, and a danger is one on all clouds."""

import copy
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assembly.values import Json
from review.judge.coverage import paths, verdict_of
from review.judge.settings import judgements
from review.model.change import NOT_SET, Change, Kind, Verdict
from review.model.danger import Allowance
from review.model.resource import Resource
from review.model.values import edits, sorted_sets
from review.model.verdicts.rows import ALL, Row, verdicts
from review.read import cloudformation, terraform
from review.render.text import promises

# How the types of each cloud begin.
CLOUDS = {"aws": ("AWS::", "Custom::"), "gcp": ("google_", "kubernetes_", "helm_")}
# Of these all settings are judged on Azure, too, of which the rest is not built yet.
ON_AZURE = ("database", "cache")
# Of what production sets, so much is judged; of types that match these, all of it is.
JUDGED = 0.6
COMPLETE = {
    "database": r"::RDS::|_sql_|_postgresql_",
    "cache": r"ElastiCache|_redis_|_managed_redis$",
    "bucket": r"::S3::Bucket|_storage_bucket",
    "key": r"::KMS::|_kms_",
    "secret": r"SecretsManager|_secret_manager_",
    "IAM": r"::IAM::|_iam_|_service_account|kubernetes_role",
    "security group": r"SecurityGroup|_compute_firewall|_network_policy",
    "listener": r"Listener|_forwarding_rule|_target_https?_proxy|_url_map",
    "firewall": r"WAFv2|_security_policy",
    "alarm": r"CloudWatch::\w*Alarm|_alert_policy",
    "cluster": r"ECS::Cluster|_container_cluster",
}
# In no template of a resource: what a CLI says of stacks and of itself, which other tests change.
OWN = {"stack", "application"}


def every_row() -> list[Row]:
    return [row for several in verdicts().rows.values() for row in several]


@pytest.fixture(scope="module")
def resources(assembly_folder: Path, gcp_folder: Path, azure_folder: Path) -> dict[str, list[Resource]]:
    """Every resource of today's output by its type."""
    found: dict[str, list[Resource]] = {}
    sides: list[cloudformation.Application | terraform.Application] = [cloudformation.Application(assembly_folder)]
    sides += (terraform.Application(folder) for folder in (gcp_folder, azure_folder))
    for side in sides:
        for stack in side.stacks.values():
            for resource in stack.resources.values():
                found.setdefault(resource.type, []).append(resource)
    return found


def test_every_promise_is_one_of_the_plan() -> None:
    named = {name for row in every_row() for name in row.promises}
    named |= {name for rows in verdicts().types.values() for row in rows for name in row.promises}
    assert named - set(promises()) == set()


def test_every_approval_is_on_the_closed_list() -> None:
    assert {row.allowance for row in every_row() if row.worse != "never"} <= set(Allowance)
    rows = [row for several in verdicts().types.values() for row in several]
    assert {Allowance[name.upper()] for row in rows for name in (row.rest_allow, row.added_allow)} <= set(Allowance)


def test_every_row_says_what_it_means() -> None:
    assert [row for row in every_row() if not row.says] == []


def test_a_shared_danger_has_rows_of_every_cloud() -> None:
    for danger in verdicts().dangers.values():
        of = [row.type for row in every_row() if row.danger == danger.name]
        missing = [cloud for cloud, prefixes in CLOUDS.items() if not any(kind.startswith(prefixes) for kind in of)]
        assert bool(missing) == bool(danger.only), (danger.name, missing)


def test_every_type_of_the_output_has_a_row(resources: dict[str, list[Resource]]) -> None:
    assert sorted(resources.keys() - verdicts().types.keys()) == []


def test_a_type_with_rows_for_some_resources_has_one_for_the_others() -> None:
    conditional = [kind for kind, rows in verdicts().types.items() if rows[-1].where]
    assert conditional == []


def worse(row: Row, value: Json) -> Iterator[Json]:
    """Yield values that are worse than one by a row."""
    if isinstance(value, dict) and "Fn::If" in value:
        condition, one, other = value["Fn::If"]
        yield from ({"Fn::If": [condition, each, other]} for each in worse(row, one))
    elif row.worse in ("off", "on"):
        yield row.worse == "on"
    elif row.worse in ("lower", "higher"):
        yield from other_numbers(value, -1 if row.worse == "lower" else 1, row.up_to)
    elif row.worse == "smaller":
        yield from ("db.t4g.nano", "1")
    elif row.worse in ("gone", "share", "fewer alarms"):
        yield NOT_SET
    elif isinstance(row.worse, str):
        yield f"another {value}" if isinstance(value, str) else {"another": "value"}
    else:
        yield from reversed(row.worse)
    yield NOT_SET


def other_numbers(value: Json, step: int, up_to: float) -> Iterator[Json]:
    """Yield a number that is one step away, also of a duration or a quantity, in the same words."""
    if isinstance(value, dict):  # of a block, the first of its numbers
        for key, item in value.items():
            yield from ({**value, key: other} for other in other_numbers(item, step, up_to))
        return
    digits = re.search(r"\d+(\.\d+)?", str(value))
    known = float(digits[0]) if digits else 1000
    other = int(max(known, up_to) + step) or "0.5"
    yield re.sub(r"\d+(\.\d+)?", str(other), value, count=1) if isinstance(value, str) else other


def values_at(value: Json, path: list[str]) -> list[Json]:
    """Return the values at a path; a name may hold dots itself."""
    if not path:
        return [value]
    if isinstance(value, list):
        return [found for item in value for found in values_at(item, path)]
    if not isinstance(value, dict):
        return []
    names = [(name, length) for length in range(1, len(path) + 1) for name in value if name == ".".join(path[:length])]
    names += [(name, 1) for name in value if path[0] == ALL]
    return [found for name, length in names for found in values_at(value[name], path[length:])]


def with_value(value: Json, path: list[str], new: Json) -> Json:
    """Return settings with another value at a path, in the first item of a list that has one there, or in the first."""
    if not path:
        return new
    if isinstance(value, list):
        place = next((place for place, item in enumerate(value) if values_at(item, path)), 0)
        return [with_value(item, path, new) if place == each else item for each, item in enumerate(value)]
    held = value if isinstance(value, dict) else {}
    lengths = [length for length in range(1, len(path) + 1) if ".".join(path[:length]) in held]
    length = lengths[0] if lengths else 1
    name = next(iter(held)) if path[0] == ALL and held else ".".join(path[:length])
    inner = with_value(held.get(name, {}), path[length:], new)
    return {**{key: item for key, item in held.items() if key != name}, **({} if inner is NOT_SET else {name: inner})}


def fires(row: Row, resource: Resource) -> bool:
    """Return whether a change for the worse of a resource is a danger by this very row."""
    path = row.setting.split(".")
    written = values_at(resource.settings, path)
    is_there = written or row.default is not NOT_SET or row.worse == "added"
    if not row.holds_for(resource.settings, resource.settings) or not is_there:
        return False
    old = resource.settings
    if row.worse == "share":  # with a second one beside it
        old = with_value(old, path[:-1], [*values_at(old, path[:-1]), {path[-1]: 7}])
    for new in worse(row, written[0] if written else row.default):
        sides = [sorted_sets(each) for each in (old, with_value(copy.deepcopy(old), path, new))]
        resources = [replace(resource, settings=side) for side in sides]
        change = Change(Kind.CHANGED, resources[0], resources[1], tuple(edits(*sides)))
        for found in judgements(change):
            if found.verdict is Verdict.DANGER and (found.says, found.allowance) == (row.says, row.allowance):
                return True
    return False


def test_every_row_fires_on_what_is_synthesized(resources: dict[str, list[Resource]]) -> None:
    dead = []
    for row in every_row():
        if row.type in {ALL, *OWN} or row.worse in ("never", "judged elsewhere", "not narrower"):
            continue
        is_alive = any(fires(row, resource) for resource in resources.get(row.type, ()))
        if is_alive == bool(row.unset):
            dead.append(f"{row.type} {row.setting} {dict(row.where)}: {row.unset or 'no resource trips it'}")
    assert dead == []


def test_what_is_not_written_counts_as_its_default(resources: dict[str, list[Resource]]) -> None:
    wrong = []
    for (kind, setting), default in verdicts().defaults.items():
        for resource in resources.get(kind, ())[:1]:
            path = setting.split(".")
            sides = [
                replace(resource, settings=sorted_sets(with_value(copy.deepcopy(resource.settings), path, value)))
                for value in (NOT_SET, default)
            ]
            change = Change(Kind.CHANGED, sides[0], sides[1], tuple(edits(sides[0].settings, sides[1].settings)))
            if any(each.verdict is not Verdict.HARMLESS for each in judgements(change)):
                wrong.append(f"{kind} {setting}")
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "setting", "old", "new", "verdict"),
    [
        # False holds where nothing is written on AWS; what a provider of Terraform fills in, Terraform says.
        ("AWS::SNS::Subscription", "RawMessageDelivery", NOT_SET, False, Verdict.HARMLESS),
        ("AWS::EC2::VPC", "EnableDnsSupport", NOT_SET, False, Verdict.DANGER),
        ("AWS::SecretsManager::Secret", "GenerateSecretString.RequireEachIncludedType", NOT_SET, False, Verdict.DANGER),
        ("kubernetes_deployment_v1", "spec.template.spec.enable_service_links", False, NOT_SET, Verdict.DANGER),
        ("google_billing_budget", "ownership_scope", NOT_SET, "OWNERSHIP_SCOPE_UNSPECIFIED", Verdict.HARMLESS),
        ("google_billing_budget", "ownership_scope", NOT_SET, "BILLING_ACCOUNT", Verdict.DANGER),
        # A text for people, at any depth, unless a new one makes the resource anew.
        ("AWS::WAFv2::WebACL", "VisibilityConfig.Description", "a", "b", Verdict.HARMLESS),
        ("google_compute_security_policy", "rule.description", "a", "b", Verdict.HARMLESS),
        ("AWS::Route53::RecordSet", "TTL", 300, 600, Verdict.HARMLESS),
        ("AWS::Route53::RecordSet", "TTL", 300, 86400, Verdict.DANGER),
        ("AWS::Route53::RecordSet", "TTL", 86400, 300, Verdict.HARMLESS),
        ("google_compute_backend_service", "timeout_sec", 30, 60, Verdict.HARMLESS),
        ("google_kms_crypto_key", "rotation_period", "31536000s", "63072000s", Verdict.DANGER),
        ("azurerm_managed_redis", "sku_name", "Balanced_B5", "Balanced_B10", Verdict.DANGER),
        ("azurerm_managed_redis", "default_database.clustering_policy", "NoCluster", "OSSCluster", Verdict.DANGER),
        ("azurerm_postgresql_flexible_server", "storage_mb", 131072, 65536, Verdict.DANGER),
        ("azurerm_postgresql_flexible_server", "storage_mb", 65536, 131072, Verdict.HARMLESS),
        (
            "azurerm_postgresql_flexible_server",
            "sku_name",
            "GP_Standard_D2ds_v4",
            "GP_Standard_D4ds_v4",
            Verdict.HARMLESS,
        ),
        ("azurerm_postgresql_flexible_server", "sku_name", "GP_Standard_D2ds_v4", "B_Standard_B2s", Verdict.DANGER),
    ],
)
def test_a_setting_has_its_verdict(kind: str, setting: str, old: Json, new: Json, verdict: Verdict) -> None:
    sides = [
        Resource("", "prod", "GoodiesProd-Data", "Id", kind, "Path", with_value({}, setting.split("."), value))
        for value in (old, new)
    ]
    change = Change(Kind.CHANGED, sides[0], sides[1], tuple(edits(sides[0].settings, sides[1].settings)))
    assert {each.verdict for each in judgements(change)} == {verdict}


def shares(resources: dict[str, list[Resource]], prefixes: tuple[str, ...], pattern: str = "") -> tuple[int, int]:
    """Return how many settings of production's resources of some types are judged, and how many there are."""
    found = [
        verdict_of(resource, path)
        for kind, several in resources.items()
        if kind.startswith(prefixes) and re.search(pattern, kind)
        for resource in several
        if resource.environment == "prod" or pattern
        for path in paths(resource.settings)
    ]
    return sum(verdict is not Verdict.UNJUDGED for verdict in found), len(found)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_most_settings_are_judged(resources: dict[str, list[Resource]], cloud: str) -> None:
    judged, every = shares(resources, CLOUDS[cloud])
    assert judged >= JUDGED * every > 0, f"{judged} of {every}"


@pytest.mark.parametrize("pattern", COMPLETE.values(), ids=COMPLETE)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_setting_of_what_counts_most_is_judged(
    resources: dict[str, list[Resource]], cloud: str, pattern: str
) -> None:
    judged, every = shares(resources, CLOUDS[cloud], pattern)
    assert judged == every > 0


@pytest.mark.parametrize("name", ON_AZURE)
def test_every_setting_of_what_holds_data_on_azure_is_judged(resources: dict[str, list[Resource]], name: str) -> None:
    judged, every = shares(resources, ("azurerm_",), COMPLETE[name])
    assert judged == every > 0


def row(setting: str, worse: Json, **others: Json) -> Row:
    return Row("T", setting, worse, "Change", "worse", **others)


@pytest.mark.parametrize(
    ("row", "before", "after", "verdict"),
    [
        (row("on", "off"), {"on": True}, {"on": False}, Verdict.DANGER),
        (row("on", "off"), {"on": True}, {}, Verdict.DANGER),
        (row("on", "off", default=True), {"on": True}, {}, Verdict.HARMLESS),
        (row("on", "off"), {"on": False}, {"on": True}, Verdict.HARMLESS),
        (row("on", "off"), {"on": "true"}, {"on": "false"}, Verdict.DANGER),
        (row("on", "off"), {"on": True}, {"on": {"Fn::If": ["C", True, False]}}, Verdict.DANGER),
        (row("on", "off"), {"on": False}, {"on": {"Fn::If": ["C", True, "${Other}"]}}, Verdict.DANGER),
        (row("public", "on", default=True), {"public": False}, {}, Verdict.DANGER),
        (row("days", "lower"), {"days": 7}, {"days": 3}, Verdict.DANGER),
        (row("days", "lower"), {"days": 7}, {"days": "14"}, Verdict.HARMLESS),
        (row("days", "lower"), {"days": 7}, {"days": {"Fn::If": ["C", 14, 3]}}, Verdict.DANGER),
        (row("days", "lower"), {"days": {"Fn::If": ["C", 14, 3]}}, {"days": 7}, Verdict.HARMLESS),
        (row("days", "lower"), {"days": 7}, {"days": "${Days}"}, Verdict.DANGER),
        (row("days", "lower"), {"days": 7}, {}, Verdict.UNJUDGED),
        (row("days", "lower", default=math.inf), {}, {"days": 14}, Verdict.DANGER),
        (row("days", "lower", default=math.inf), {"days": 14}, {}, Verdict.HARMLESS),
        (row("age", "lower"), {"age": "604800s"}, {"age": "86400s"}, Verdict.DANGER),
        (row("limit", "higher"), {"limit": 100}, {"limit": 200}, Verdict.DANGER),
        (row("key", "gone"), {"key": "k"}, {}, Verdict.DANGER),
        (row("key", "gone"), {"key": "k"}, {"key": "other"}, Verdict.UNJUDGED),
        (row("tls", ["1.3", "1.2"]), {"tls": "1.3"}, {"tls": "1.2"}, Verdict.DANGER),
        (row("tls", ["1.3", "1.2"]), {"tls": "1.2"}, {"tls": "1.3"}, Verdict.HARMLESS),
        (row("tls", ["1.3", "1.2"]), {"tls": "1.2"}, {"tls": "unheard of"}, Verdict.DANGER),
        (row("tls", ["1.3", "1.2"], default="1.2"), {"tls": "1.2"}, {}, Verdict.HARMLESS),
        (row("size", "smaller"), {"size": "db.m7g.xlarge"}, {"size": "db.m7g.large"}, Verdict.DANGER),
        (row("size", "smaller"), {"size": "db.m7g.xlarge"}, {"size": "db.m7g.2xlarge"}, Verdict.HARMLESS),
        (row("size", "smaller"), {"size": "db-custom-4-16384"}, {"size": "db-custom-8-32768"}, Verdict.HARMLESS),
        (row("size", "smaller"), {"size": "db-custom-4-16384"}, {"size": "db-f1-micro"}, Verdict.DANGER),
        (row("size", "smaller"), {"size": "db.m7g.large"}, {"size": "cheapest"}, Verdict.DANGER),
        (
            row("rule", "fewer alarms"),
            {"rule": '(ALARM("a"))'},
            {"rule": '(ALARM("a") OR ALARM("b"))'},
            Verdict.HARMLESS,
        ),
        (
            row("rule", "fewer alarms"),
            {"rule": '(ALARM("a") OR ALARM("b"))'},
            {"rule": '(ALARM("a") AND ALARM("b"))'},
            Verdict.DANGER,
        ),
    ],
)
def test_a_setting_is_worse_or_not(row: Row, before: Json, after: Json, verdict: Verdict) -> None:
    old, new = (side.get(row.setting, NOT_SET) for side in (before, after))
    assert row.verdict(old, new, before, after) is verdict


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [("Cpu-Critical", "Cpu", True), ("Cpu", "Cpu-Critical", True), ("Cpu", "Memory", False)],
)
def test_a_condition_of_a_row_is_met_on_either_side(before: str, after: str, counts: bool) -> None:
    narrow = row("n", "changed", where={"name": "-Critical$"})
    assert narrow.holds_for({"name": before}, {"name": after}) is counts
