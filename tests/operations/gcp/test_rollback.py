"""Automatic rollback: the workflow runs as it is deployed, on a fake Kubernetes that records requests."""

import base64
import copy
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assembly.values import Json
from tests.gcp.google_workflows import CallError, Workflow
from tests.gcp.terraform import Stack

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REVISION = "deployment.kubernetes.io/revision"
LABELS = {"app.kubernetes.io/name": "funkygibbon"}
DEPLOYMENTS = "/apis/apps/v1/namespaces/goodies/deployments/funkygibbon"
REPLICA_SETS = "/apis/apps/v1/namespaces/goodies/replicasets"


# Variables of an execution together ("Quotas and limits", Workflows documentation).
LARGEST_BYTES = 512 * 1024
# Of ServiceSettings.variables and the types of its names and values; the platform's own are fewer and shorter.
LARGEST_VARIABLES = [{"name": f"{'V' * 61}_{number:02}", "value": "v" * 1024} for number in range(32)]


def template(tag: str, variables: list[Json] | None = None, **labels: str) -> Json:
    container: Json = {"name": "funkygibbon", "image": f"registry/funkygibbon:{tag}"}
    if variables is None:
        return {"metadata": {"labels": LABELS | labels}, "spec": {"containers": [container]}}
    container |= {"env": variables}
    return {
        "metadata": {"labels": LABELS | labels},
        "spec": {"containers": [container], "initContainers": [container | {"name": "migrate"}]},
    }


@dataclass
class Cluster:
    """One Deployment and its releases, the current one last: each a tag, and how many minutes ago it was first made.

    ``meanwhile`` are what happens between the reading of the Deployment and each writing: a pod that became ready, or
    a release.
    """

    releases: list[tuple[str, int]]
    annotations: dict[str, str] = field(default_factory=dict)
    variables: list[Json] | None = None
    meanwhile: list[str] = field(default_factory=list)
    written: list[Json] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    numbers: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = list(range(1, len(self.releases) + 1))

    def request(self, arguments: Json) -> Json:
        assert arguments["cluster_id"] == "goodies-prod"
        match arguments["method"], arguments["path"]:
            case "GET", path if path == DEPLOYMENTS:
                return {"code": 200, "body": self.deployment()}
            case "GET", path if path == REPLICA_SETS:
                return {"code": 200, "body": self.page(dict(arguments["query"]))}
            case "PUT", path if path == DEPLOYMENTS and self.meanwhile:
                if (happened := self.meanwhile.pop(0)) != "ready":
                    self.release(happened, 0)
                raise CallError({"code": 409, "tags": ["HttpError"]})
            case "PUT", path if path == DEPLOYMENTS:
                self.written.append(arguments["body"])
                return {"code": 200, "body": arguments["body"]}
        raise AssertionError(f"no such call: {arguments}")

    def page(self, query: Json) -> Json:
        """Answer as Kubernetes does: so many sets, and where to go on ("limit", Kubernetes API concepts)."""
        assert query.pop("labelSelector") == "app.kubernetes.io/name=funkygibbon"
        first, limit = int(query.pop("continue") or 0), int(query.pop("limit"))
        assert not query
        items = self.replica_sets()
        last = first + limit
        metadata = {"resourceVersion": "80"} | ({"continue": str(last)} if last < len(items) else {})
        return {"metadata": metadata, "items": items[first:last]}

    def deployment(self) -> Json:
        tag, _ = self.releases[-1]
        return {
            "metadata": {
                "resourceVersion": "77",
                "annotations": {REVISION: str(self.numbers[len(self.releases) - 1]), **self.annotations},
            },
            "spec": {"replicas": 5, "template": template(tag, self.variables)},
        }

    def replica_sets(self) -> list[Json]:
        return [
            {
                "metadata": {
                    "annotations": {REVISION: str(self.numbers[index])},
                    "creationTimestamp": (NOW - timedelta(minutes=age)).isoformat(),
                },
                "spec": {"template": template(tag, self.variables, **{"pod-template-hash": f"hash-{tag}"})},
            }
            for index, (tag, age) in enumerate(self.releases)
        ]

    def follow(self) -> None:
        """Do what Kubernetes does: the set with the written template gets the newest revision, and keeps its age."""
        written = self.written[-1]
        self.annotations = {key: value for key, value in written["metadata"]["annotations"].items() if key != REVISION}
        tag = written["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]
        index = next(index for index, (known, _) in enumerate(self.releases) if known == tag)
        newest = max(self.numbers) + 1
        self.releases.append(self.releases.pop(index))
        self.numbers.pop(index)
        self.numbers.append(newest)

    def release(self, tag: str, minutes_ago: int) -> None:
        self.releases.append((tag, minutes_ago))
        self.numbers.append(max(self.numbers) + 1)


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
        workflow = Workflow(source, variables, calls, NOW.timestamp())
        answer = str(workflow.run(event))
        largest = max(workflow.sizes)
        assert largest < LARGEST_BYTES
        return answer

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
    expected["metadata"]["annotations"] |= {"goodies/restored": "hash-1.1", "goodies/undone": " 3 "}
    assert written == expected, "nothing else changes, and the version that was read is named"


@pytest.mark.plan("RBK-1/errors")
def test_it_says_why(rollback: Any) -> None:
    cluster = Cluster([("1.1", 3000), ("1.2", 3)])
    rollback(cluster, alarm())
    assert cluster.log == ["Returned from revision 2 to 1 because of GoodiesProd-Deployment-ErrorRate-Rollback"]


@pytest.mark.plan("RBK-1/errors")
def test_pods_that_change_meanwhile_do_not_stop_a_rollback(rollback: Any) -> None:
    """Each pod that becomes ready or fails is a change of the Deployment's status, and Kubernetes refuses the write."""
    cluster = Cluster([("1.0", 9000), ("1.1", 3000), ("1.2", 3)], meanwhile=["ready"] * 10)
    assert rollback(cluster, alarm()) == "Returned to revision 2"
    (written,) = cluster.written
    assert written["metadata"]["annotations"]["goodies/undone"] == " 3 "


@pytest.mark.plan("RBK-1/errors")
def test_it_does_not_try_for_ever(rollback: Any) -> None:
    cluster = Cluster([("1.1", 3000), ("1.2", 3)], meanwhile=["ready"] * 11)
    with pytest.raises(CallError):
        rollback(cluster, alarm())
    assert cluster.written == []


@pytest.mark.plan("RBK-1/errors")
def test_a_release_that_comes_meanwhile_is_not_rolled_back(rollback: Any) -> None:
    cluster = Cluster([("1.0", 9000), ("1.1", 3000), ("1.2", 3)], meanwhile=["1.3"])
    assert rollback(cluster, alarm()) == "Another release has come meanwhile"
    assert cluster.written == []


@pytest.mark.plan("RBK-1/errors")
def test_eleven_releases_with_the_largest_variables_fit_into_a_workflow(rollback: Any) -> None:
    """Kubernetes keeps ten sets besides the current one (``revisionHistoryLimit``)."""
    before = [(f"1.{number}", 9000 - number) for number in range(10)]
    cluster = Cluster([*before, ("2.0", 3)], variables=LARGEST_VARIABLES)
    assert rollback(cluster, alarm()) == "Returned to revision 10"


@pytest.mark.plan("RBK-1/errors")
def test_more_alarms_do_not_roll_back_more(rollback: Any) -> None:
    cluster = Cluster([("1.0", 9000), ("1.1", 3000), ("1.2", 3)])
    rollback(cluster, alarm())
    cluster.follow()
    assert rollback(cluster, alarm()) == "The release has been restored already"
    assert len(cluster.written) == 1


@pytest.mark.plan("RBK-1/errors")
def test_of_two_young_releases_the_bad_one_does_not_come_back(rollback: Any) -> None:
    """Kubernetes gives the restored set, which is young itself, a revision above that of the bad one."""
    cluster = Cluster([("1.0", 9000), ("1.1", 13), ("1.2", 3)])
    for _ in range(3):
        rollback(cluster, alarm())
        cluster.follow()
    assert [tag for tag, _ in cluster.releases] == ["1.0", "1.2", "1.1"]
    assert len(cluster.written) == 1


@pytest.mark.plan("RBK-1/errors")
def test_a_release_after_a_rollback_is_judged_and_returns_to_the_restored_one(rollback: Any) -> None:
    cluster = Cluster([("1.0", 9000), ("1.1", 13), ("1.2", 8)])
    rollback(cluster, alarm())
    cluster.follow()
    cluster.release("1.3", 2)
    assert rollback(cluster, alarm()) == "Returned to revision 4"
    cluster.follow()
    assert cluster.releases[-1][0] == "1.1"
    assert cluster.annotations == {"goodies/restored": "hash-1.1", "goodies/undone": " 3 5 "}


@pytest.mark.plan("RBK-1/errors")
def test_terraform_keeps_what_the_rollback_remembers(rollback: Any, gcp_environment: Stack) -> None:
    cluster = Cluster([("1.1", 3000), ("1.2", 3)])
    rollback(cluster, alarm())
    cluster.follow()
    (provider,) = gcp_environment.content["provider"]["kubernetes"]
    for annotation in cluster.annotations:
        assert any(re.match(pattern, annotation) for pattern in provider["ignore_annotations"]), annotation


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
