"""The workflows of reviews, run as they are synthesized, with made-up answers."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.gcp.google_workflows import Workflow
from tests.gcp.terraform import Stack

NOW = datetime(2026, 11, 5, 6, tzinfo=UTC).timestamp()
# Variables of an execution together ("Quotas and limits", Workflows documentation).
LARGEST_BYTES = 512 * 1024
REVIEW = {
    "name": "unused-resources",
    "title": "Unused resources",
    "due_days": 14,
    "checklist": ["Each address has an owner"],
    "runbook": "docs/runbooks/account/reviews.md",
    "questions": [{"name": "addresses", "url": "https://recommender", "query": {"pageSize": "50"}, "list": "found"}],
    "only_with_figures": True,
}


@dataclass
class World:
    """Fake Google Cloud: its answers by page, and the files and messages that were written."""

    responses: Sequence[Mapping[str, Any]] = ()
    tickets: Sequence[str] = ()
    objects: dict[str, Any] = field(default_factory=dict)
    said: list[Any] = field(default_factory=list)
    queries: list[Any] = field(default_factory=list)
    metrics: dict[str, str] = field(default_factory=dict)

    def get(self, arguments: Mapping[str, Any]) -> Any:
        self.queries.append(dict(arguments["query"]))
        response = self.responses[len(self.queries) - 1]
        # "Partial response" of Google's APIs, of the one answer that asks for it.
        if self.queries[-1].get("fields") == "nextPageToken,occurrences/createTime":
            items = [{"createTime": item["createTime"]} for item in response.get("occurrences", [])]
            response = {**response, "occurrences": items}
        return {"body": response}

    def insert(self, arguments: Mapping[str, Any]) -> Any:
        self.objects[arguments["name"]] = arguments["body"]
        return {"name": arguments["name"]}

    def say(self, arguments: Mapping[str, Any]) -> None:
        self.said.append(arguments["json"])

    def measure(self, arguments: Mapping[str, Any]) -> None:
        for entry in arguments["body"]["timeSeries"]:
            self.metrics[entry["metric"]["type"].rpartition("/")[2]] = entry["points"][0]["value"]["int64Value"]

    def run(self, stack: Stack, name: str, event: object = None) -> Any:
        source = stack.one("google_workflows_workflow", f"Tickets/{name}")["source_contents"]
        workflow = Workflow(
            source.replace("$${", "${"),
            {"BUCKET": "reports", "GOOGLE_CLOUD_PROJECT_ID": "shared"},
            {
                "http.get": self.get,
                "sys.log": self.say,
                "googleapis.storage.v1.objects.insert": self.insert,
                "googleapis.storage.v1.objects.list": lambda _: {"items": [{"name": name} for name in self.tickets]},
                "googleapis.monitoring.v3.projects.timeSeries.create": self.measure,
            },
            NOW,
        )
        answer = workflow.run(event)
        largest = max(workflow.sizes)
        assert largest < LARGEST_BYTES
        return answer


RunWorkflow = Callable[..., Any]


@pytest.fixture
def run(gcp_shared: Stack) -> RunWorkflow:
    """Run a workflow of the account in a world, with what its schedule says."""
    return lambda world, name, event=None: world.run(gcp_shared, name, event)


@pytest.mark.plan("SEC-12", "CST-8", "IMP-6/scheduled", "IMP-7/scheduled")
def test_a_ticket_holds_what_to_do_until_when_and_what_was_found(run: RunWorkflow) -> None:
    world = World(responses=[{"found": [1, 2], "nextPageToken": "more"}, {"found": [3]}])
    run(world, "review", REVIEW)
    ticket = world.objects["open/2026-11-19-unused-resources.json"]
    assert ticket["checklist"] == REVIEW["checklist"]
    assert ticket["figures"] == ["addresses 3"]
    assert ticket["answers"] == "gs://reports/unused-resources/2026-11-05/"
    (said,) = world.said
    assert (said["title"], said["due"]) == ("Unused resources", "2026-11-19")


@pytest.mark.plan("SEC-12")
def test_every_page_of_an_answer_is_asked_for_and_kept(run: RunWorkflow) -> None:
    world = World(responses=[{"found": [1], "nextPageToken": "more"}, {"found": []}])
    run(world, "review", REVIEW)
    assert [query.get("pageToken", "") for query in world.queries] == ["", "more"]
    kept = [name for name in world.objects if not name.startswith("open/")]
    assert kept == [f"unused-resources/2026-11-05/addresses-{page}.json" for page in (1, 2)]


@pytest.mark.plan("CST-8")
def test_a_review_that_finds_nothing_opens_no_ticket(run: RunWorkflow) -> None:
    world = World(responses=[{}])
    run(world, "review", REVIEW)
    assert not [name for name in world.objects if name.startswith("open/")]
    assert world.said == []


@pytest.mark.plan("SEC-12")
def test_a_review_without_questions_is_opened_all_the_same(run: RunWorkflow) -> None:
    world = World()
    run(world, "review", {**REVIEW, "questions": [], "only_with_figures": False})
    assert list(world.objects) == ["open/2026-11-19-unused-resources.json"]


@pytest.mark.plan("SEC-12", "IMP-6/scheduled", "IMP-7/scheduled")
def test_a_ticket_is_late_after_its_day(run: RunWorkflow) -> None:
    days = ("2026-11-04", "2026-11-05", "2026-11-06")
    world = World(responses=[{}], tickets=[f"open/{day}-access-review.json" for day in days])
    run(world, "count")
    assert world.metrics["late_reviews"] == "1"


@pytest.mark.plan("IMP-8/finding")
def test_a_weakness_counts_on_the_day_it_becomes_known(run: RunWorkflow) -> None:
    new, old = {"createTime": "2026-11-05T01:00:00+00:00"}, {"createTime": "2026-11-01T00:00:00+00:00"}
    world = World(responses=[{"occurrences": [new, old], "nextPageToken": "more"}, {"occurrences": [new]}])
    run(world, "count")
    assert world.metrics == {"late_reviews": "0", "new_critical_weaknesses": "2"}


@pytest.mark.plan("IMP-8/finding")
def test_a_full_page_of_weaknesses_fits_into_a_workflow(run: RunWorkflow) -> None:
    described = {"createTime": "2026-11-05T01:00:00+00:00", "vulnerability": {"longDescription": "x" * 8192}}
    world = World(responses=[{"occurrences": [described] * 100, "nextPageToken": "more"}, {}])
    run(world, "count")
    assert [query["pageSize"] for query in world.queries] == ["100", "100"]
    assert world.metrics["new_critical_weaknesses"] == "100"


@pytest.mark.plan("SEC-12")
def test_a_full_page_of_policies_fits_into_a_workflow(run: RunWorkflow, gcp_shared: Stack) -> None:
    """The largest policy of a project names 1,500 identities ("Quotas and limits", IAM documentation)."""
    schedules = gcp_shared.resources("google_cloud_scheduler_job", "Tickets")
    bodies = [json.loads(base64.b64decode(schedule["http_target"]["body"])) for schedule in schedules]
    reviews = [json.loads(body["argument"]) for body in bodies]
    questions = [question for review in reviews for question in review.get("questions", ())]
    assert questions
    for question in questions:
        page = [{"text": "x" * 40_000}] * int(question["query"]["pageSize"])
        world = World(responses=[{question["list"]: page, "nextPageToken": "more"}, {}])
        run(world, "review", {**REVIEW, "questions": [question]})
