"""Rules of GKE Autopilot and Kubernetes for all pods, those of third parties' charts included, each broken once."""

from collections.abc import Callable

import pytest
import yaml

from assembly.chart_facts import chart_facts, given_values
from assembly.values import Json
from tests import kubernetes_rules as rules
from tests.gcp.terraform import Stack
from tests.synthesis import CHECKOUT

Check = Callable[[Stack], list[str]]
CHECKS: list[Check] = [
    rules.outside_autopilot,
    rules.insecure,
    rules.unselected,
    rules.killed_while_starting,
    rules.without_a_budget_that_leaves_one,
    rules.placed_by_force,
    rules.unknown_priorities,
    rules.cut_off_on_spot,
]


def deployment(stack: Stack) -> Json:
    return stack.one("kubernetes_deployment_v1").body["spec"]


def pod(stack: Stack) -> Json:
    return deployment(stack)["template"]["spec"]


def ask_for_much_memory(stack: Stack) -> None:
    pod(stack)["container"][0]["resources"]["requests"]["memory"] = "7Gi"


def run_as_root(stack: Stack) -> None:
    pod(stack)["security_context"]["run_as_non_root"] = False


def mount_the_nodes_disk(stack: Stack) -> None:
    pod(stack)["volume"].append({"name": "host", "host_path": {"path": "/"}})


def select_other_pods(stack: Stack) -> None:
    deployment(stack)["selector"]["match_labels"] = {"app": "another"}


def restart_after_ten_seconds(stack: Stack) -> None:
    pod(stack)["container"][0]["startup_probe"]["failure_threshold"] = 5


def let_a_drain_take_all(stack: Stack) -> None:
    stack.one("kubernetes_pod_disruption_budget_v1").body["spec"]["max_unavailable"] = "2"


def let_a_drain_take_none(stack: Stack) -> None:
    stack.one("kubernetes_pod_disruption_budget_v1").body["spec"]["max_unavailable"] = "0"


def demand_even_zones(stack: Stack) -> None:
    pod(stack)["topology_spread_constraint"][0]["when_unsatisfiable"] = "DoNotSchedule"


def spread_nothing(stack: Stack) -> None:
    del pod(stack)["topology_spread_constraint"]


def claim_the_systems_priority(stack: Stack) -> None:
    pod(stack)["priority_class_name"] = "system-cluster-critical"


def move_to_spot(stack: Stack) -> None:
    pod(stack)["node_selector"]["cloud.google.com/gke-spot"] = "true"


BREAKS: list[tuple[Callable[[Stack], None], Check]] = [
    (ask_for_much_memory, rules.outside_autopilot),
    (run_as_root, rules.insecure),
    (mount_the_nodes_disk, rules.insecure),
    (select_other_pods, rules.unselected),
    (restart_after_ten_seconds, rules.killed_while_starting),
    (let_a_drain_take_all, rules.without_a_budget_that_leaves_one),
    (let_a_drain_take_none, rules.without_a_budget_that_leaves_one),
    (demand_even_zones, rules.placed_by_force),
    (spread_nothing, rules.placed_by_force),
    (claim_the_systems_priority, rules.unknown_priorities),
    (move_to_spot, rules.cut_off_on_spot),
]


@pytest.mark.plan("GCP-3", "SEC-2", "ENV-4/scale")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_all_pods_keep_the_rules(gcp_environment: Stack, check: Check) -> None:
    assert len(rules.all_pods(gcp_environment)) == 5
    assert check(gcp_environment) == []


@pytest.mark.parametrize(("change", "check"), BREAKS, ids=lambda function: function.__name__)
def test_a_broken_rule_is_found(gcp_prod: Stack, change: Callable[[Stack], None], check: Check) -> None:
    assert check(gcp_prod.changed(change)) != []


@pytest.mark.plan("SEC-9/roles")
def test_the_facts_of_the_charts_are_those_of_the_charts_in_use(gcp_environment: Stack) -> None:
    """With other values or another version: ``python -m tools.chart_facts``."""
    table = yaml.safe_load((CHECKOUT / "constructs_lib/kubernetes/charts.yaml").read_text(encoding="utf-8"))
    known = {facts.chart: facts for facts in chart_facts()}
    assert known.keys() == {row["name"] for row in table}
    for row in table:
        facts = known[row["name"]]
        assert (facts.version, facts.digest) == (row["version"], row["sha256"])
        release = gcp_environment.one("helm_release", chart=row["name"])
        assert facts.values == given_values(release.body)


@pytest.mark.plan("SEC-9/roles")
def test_no_chart_reads_secrets_beyond_its_own_namespace() -> None:
    for facts in chart_facts():
        for item in facts.objects:
            for rule in item.get("rules", []):
                touched = set(rule.get("resources", [])) & {"secrets", "*"}
                own = item["kind"] == "Role" and item["metadata"]["namespace"] not in {"goodies", "kube-system"}
                assert not touched or own, f"{facts.chart}: {item['kind']} {item['metadata']['name']}"
