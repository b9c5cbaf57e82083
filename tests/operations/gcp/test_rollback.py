"""Automatic rollback: the workflow runs as it is deployed, on a fake Kubernetes that records requests."""

import base64
import copy
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assembly.values import Json
from tests.gcp.google_workflows import Workflow
from tests.gcp.terraform import Stack

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REVISION = "deployment.kubernetes.io/revision"
LABELS = {"app.kubernetes.io/name": "funkygibbon"}
DEPLOYMENTS = "/apis/apps/v1/namespaces/goodies/deployments/funkygibbon"
REPLICA_SETS = "/apis/apps/v1/namespaces/goodies/replicasets"


def template(tag: str, **labels: str) -> Json:
    containers = [{"name": "funkygibbon", "image": f"registry/funkygibbon:{tag}"}]
    return {"metadata": {"labels": LABELS | labels}, "spec": {"containers": containers}}


@dataclass
class Cluster:
    """One Deployment and its releases, each a tag and how many minutes ago it was first rolled out."""

    releases: list[tuple[str, int]]
    written: list[Json] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def request(self, arguments: Json) -> Json:
        assert arguments["cluster_id"] == "goodies-prod"
        match arguments["method"], arguments["path"]:
            case "GET", path if path == DEPLOYMENTS:
                return {"code": 200, "body": self.deployment()}
            case "GET", path if path == REPLICA_SETS:
                assert arguments["query"] == {"labelSelector": "app.kubernetes.io/name=funkygibbon"}
                return {"code": 200, "body": {"items": self.replica_sets()}}
            case "PUT", path if path == DEPLOYMENTS:
                self.written.append(arguments["body"])
                return {"code": 200, "body": arguments["body"]}
        raise AssertionError(f"no such call: {arguments}")

    def deployment(self) -> Json:
        tag, _ = self.releases[-1]
        return {
            "metadata": {"resourceVersion": "77", "annotations": {REVISION: str(len(self.releases))}},
            "spec": {"replicas": 5, "template": template(tag)},
        }

    def replica_sets(self) -> list[Json]:
        return [
            {
                "metadata": {
                    "annotations": {REVISION: str(number)},
                    "creationTimestamp": (NOW - timedelta(minutes=age)).isoformat(),
                },
                "spec": {"template": template(tag, **{"pod-template-hash": f"hash-{number}"})},
            }
            for number, (tag, age) in enumerate(self.releases, start=1)
        ]

    def roll_back(self) -> None:
        """Do what Kubernetes does: the set of the release before becomes the newest, and keeps its age."""
        *others, before, bad = self.releases
        self.releases = [*others, bad, before]


def alarm(state: str = "open") -> Json:
    incident = {"incident": {"state": state, "policy_name": "GoodiesProd-Deployment-ErrorRate-Rollback"}}
    return {"data": {"message": {"data": base64.b64encode(json.dumps(incident).encode()).decode()}}}


@pytest.fixture
def rollback(gcp_prod: Stack) -> Any:
    """Let the alarm reach the workflow of production, as it is synthesized."""
    deployed = gcp_prod.one("google_workflows_workflow", "Undo")
    variables = deployed["user_env_vars"] | {
        "CLUSTER": deployed["user_env_vars"]["CLUSTER"]["name"],
        "NAMESPACE": deployed["user_env_vars"]["NAMESPACE"]["metadata"]["name"],
        "DEPLOYMENT": deployed["user_env_vars"]["DEPLOYMENT"]["metadata"]["name"],
    }
    source = deployed["source_contents"].replace("$${", "${")

    def run(cluster: Cluster, event: Json) -> str:
        calls = {"gke.request": cluster.request, "sys.log": lambda given: cluster.log.append(given["text"])}
        return str(Workflow(source, variables, calls, NOW.timestamp()).run(event))

    return run


@pytest.mark.plan("RBK-1/errors", "RBK-2/version")
def test_a_bad_release_is_replaced_by_the_one_before(rollback: Any) -> None:
    cluster = Cluster([("1.0", 9000), ("1.1", 3000), ("1.2", 3)])
    before = cluster.deployment()
    assert rollback(cluster, alarm()) == "Returned to revision 2"
    (written,) = cluster.written
    assert written["spec"]["template"] == template("1.1")
    expected = copy.deepcopy(before)
    expected["spec"]["template"] = template("1.1")
    assert written == expected, "nothing else changes, and the version that was read is named"


@pytest.mark.plan("RBK-1/errors")
def test_it_says_why(rollback: Any) -> None:
    cluster = Cluster([("1.1", 3000), ("1.2", 3)])
    rollback(cluster, alarm())
    assert cluster.log == ["Returned from revision 2 to 1 because of GoodiesProd-Deployment-ErrorRate-Rollback"]


@pytest.mark.plan("RBK-1/errors")
def test_more_alarms_do_not_roll_back_more(rollback: Any) -> None:
    cluster = Cluster([("1.0", 9000), ("1.1", 3000), ("1.2", 3)])
    rollback(cluster, alarm())
    cluster.roll_back()
    assert rollback(cluster, alarm()) == "No release is being judged"
    assert len(cluster.written) == 1


@pytest.mark.plan("RBK-1/errors")
@pytest.mark.parametrize(("minutes", "judged"), [(24, True), (26, False)])
def test_a_release_is_judged_while_it_starts_and_bakes(rollback: Any, minutes: int, judged: bool) -> None:
    """Ten minutes to start, and the fifteen that production bakes."""
    cluster = Cluster([("1.1", 3000), ("1.2", minutes)])
    rollback(cluster, alarm())
    assert bool(cluster.written) is judged


@pytest.mark.plan("RBK-1/errors")
def test_the_end_of_an_alarm_rolls_nothing_back(rollback: Any) -> None:
    cluster = Cluster([("1.1", 3000), ("1.2", 3)])
    assert rollback(cluster, alarm("closed")) == "The alarm has ended"
    assert cluster.written == []


@pytest.mark.plan("RBK-1/errors")
@pytest.mark.parametrize("releases", [[("1.0", 3)], [("none", 60), ("1.0", 3)]])
def test_before_the_first_release_there_is_none_to_return_to(rollback: Any, releases: list[tuple[str, int]]) -> None:
    cluster = Cluster(releases)
    assert rollback(cluster, alarm()) == "There is no release to return to"
    assert cluster.written == []
