"""Schedules, tickets and queries of the reviews, and the permissions of their workflows."""

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
import yaml
from cdktf import App

import constructs_lib.gcp  # noqa: F401 - makes the providers quick to import; before the stacks
from assembly.values import Json
from environments import load
from stacks.gcp.account import add_shared
from tests.gcp.alarms import alarms, judged, query, receivers
from tests.gcp.terraform import Assembly, Resource, Stack

JOB = "google_cloud_scheduler_job"
WORKFLOW = "google_workflows_workflow"
MONTHLY, QUARTERLY, WEEKLY = "0 6 5 * *", "0 6 5 1,4,7,10 *", "0 6 * * MON"
REVIEWS = {
    "access": QUARTERLY,
    "penetration_test": MONTHLY,
    "security": QUARTERLY,
    "vulnerabilities": WEEKLY,
    "cost": MONTHLY,
    "purchases": MONTHLY,
    "right_sizing": MONTHLY,
    "unused": MONTHLY,
}
EACH = [
    pytest.param("access", marks=pytest.mark.plan("SEC-12")),
    pytest.param("penetration_test", marks=pytest.mark.plan("IMP-6/scheduled")),
    pytest.param("security", marks=pytest.mark.plan("IMP-7/scheduled")),
    pytest.param("vulnerabilities", marks=pytest.mark.plan("IMP-5")),
    pytest.param("cost", marks=pytest.mark.plan("CST-7")),
    pytest.param("purchases", marks=pytest.mark.plan("CST-2")),
    pytest.param("right_sizing", marks=pytest.mark.plan("CST-4")),
    pytest.param("unused", marks=pytest.mark.plan("CST-8")),
]
PROJECTS = [f"example-goodies-{name}" for name in ("dev", "prod", "shared", "staging")]


def job(stack: Stack, name: str) -> Resource:
    return stack.one(JOB, f"Tickets/{name}")


def argument(stack: Stack, name: str) -> Json:
    """Return what a schedule tells the workflow."""
    return json.loads(json.loads(b64decode(job(stack, name)["http_target"]["body"]))["argument"])


def urls(stack: Stack, name: str) -> list[str]:
    return [question["url"] for question in argument(stack, name)["questions"]]


def program(stack: Stack, name: str) -> Json:
    """Return the steps of a workflow, as Workflows reads them."""
    return yaml.safe_load(stack.one(WORKFLOW, f"Tickets/{name}")["source_contents"].replace("$${", "${"))


def step(steps: list[dict[str, Any]], *path: str) -> Json:
    """Return a step by the names of those around it."""
    found: Json = steps
    for name in path:
        found = next(each[name] for each in found if name in each)
        found = found.get("for", found).get("steps", found) if name != path[-1] else found
    return found


@pytest.mark.parametrize("name", EACH)
def test_a_review_is_opened_at_its_time(gcp_shared: Stack, name: str) -> None:
    schedule = job(gcp_shared, name)
    review = gcp_shared.one(WORKFLOW, "Tickets/review")
    assert (schedule["schedule"], schedule["time_zone"]) == (REVIEWS[name], "Etc/UTC")
    assert f"{review.type}.{review.name}.id" in schedule["http_target"]["uri"]
    assert not schedule.get("paused")


def test_free_text_of_a_review_is_no_name_and_no_template(tmp_path: Path) -> None:
    """Cloud Scheduler refuses other names, and Terraform reads templates in every text."""
    environments = load()
    policy = environments[0].policy
    title = "Owner's ${quarter} %{if} Prüfung (100 %)"
    access = policy.reviews.access.model_copy(update={"title": title, "checklist": ("${x} %{y}",)})
    policy = policy.model_copy(update={"reviews": policy.reviews.model_copy(update={"access": access})})
    account = policy.account.gcp
    assert account
    app = App(outdir=str(tmp_path), skip_validation=True)
    add_shared(app, policy, account=account, environments=environments)
    app.synth()
    stack = Assembly.read(tmp_path).stacks["gcp-shared"]
    names = [each["name"] for each in stack.resources(JOB)]
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9-]{0,499}", name)] == []
    assert not any(text in str(stack.content) for text in ("quarter", "%{", "${x}"))
    assert argument(stack, "access")["title"] == title


@pytest.mark.parametrize("name", EACH)
def test_a_ticket_says_what_to_do_until_when(gcp_shared: Stack, name: str) -> None:
    body = argument(gcp_shared, name)
    assert body["checklist"]
    assert body["due_days"] > 0
    ticket = step(program(gcp_shared, "review")["main"]["steps"], "open")["args"]
    assert ticket["name"] == '${"open/" + due + "-" + review.name + ".json"}'
    assert ticket["body"]["checklist"] == "${review.checklist}"
    assert body["runbook"] == "docs/runbooks/account/reviews.md"


@pytest.mark.plan("SEC-12")
@pytest.mark.parametrize("project", PROJECTS)
def test_the_access_review_knows_who_may_do_what_and_what_is_too_much(gcp_shared: Stack, project: str) -> None:
    called = [url for url in urls(gcp_shared, "access") if f"projects/{project}" in url]
    assert any(url.endswith(":searchAllIamPolicies") for url in called)
    assert any(url.endswith(":searchAllResources") for url in called)
    assert any("google.iam.policy.Recommender" in url for url in called)


@pytest.mark.plan("SEC-12")
def test_answers_are_asked_for_page_by_page_until_the_last_and_kept(gcp_shared: Stack) -> None:
    steps = program(gcp_shared, "review")["ask"]["steps"]
    assert [name for each in steps for name in each] == ["begin", "get", "keep", "count", "more", "done"]
    (more,) = step(steps, "more")["switch"]
    assert more == {"condition": '${query["pageToken"] != ""}', "next": "get"}
    assert {'query["pageToken"]': '${default(map.get(answer.body, "nextPageToken"), "")}'} in step(steps, "count")[
        "assign"
    ]
    assert step(steps, "keep")["call"] == "googleapis.storage.v1.objects.insert"


@pytest.mark.plan("IMP-5")
def test_severe_weaknesses_of_images_are_listed_every_week(gcp_shared: Stack) -> None:
    (question,) = argument(gcp_shared, "vulnerabilities")["questions"]
    assert question["url"].endswith("/projects/example-goodies-shared/occurrences")
    assert "CRITICAL" in question["query"]["filter"]
    assert "HIGH" in question["query"]["filter"]


@pytest.mark.plan("CST-2")
def test_a_purchase_is_recommended_for_the_whole_bill(gcp_shared: Stack) -> None:
    (url,) = urls(gcp_shared, "purchases")
    assert "/billingAccounts/000000-000000-000000/" in url
    assert "SpendBasedCommitmentRecommender" in url


@pytest.mark.plan("CST-4")
def test_sizes_are_recommended_from_metrics(gcp_shared: Stack) -> None:
    called = urls(gcp_shared, "right_sizing")
    for project in PROJECTS:
        here = [url for url in called if f"/projects/{project}/" in url and "/us-central1/" in url]
        assert any("OverprovisionedRecommender" in url for url in here)
        assert any("UnderprovisionedRecommender" in url for url in here)


@pytest.mark.plan("CST-8")
@pytest.mark.parametrize(
    ("recommender", "place"),
    [
        ("google.compute.address.IdleResourceRecommender", "global"),
        ("google.compute.address.IdleResourceRecommender", "us-central1"),
        ("google.compute.disk.IdleResourceRecommender", "us-central1-a"),
        ("google.cloudsql.instance.IdleRecommender", "us-east1"),
    ],
)
def test_unused_addresses_disks_and_databases_are_looked_for(gcp_shared: Stack, recommender: str, place: str) -> None:
    for project in PROJECTS:
        wanted = f"/projects/{project}/locations/{place}/recommenders/{recommender}/recommendations"
        assert any(url.endswith(wanted) for url in urls(gcp_shared, "unused")), project


@pytest.mark.plan("CST-8", "IMP-5")
@pytest.mark.parametrize("name", ["unused", "vulnerabilities"])
def test_a_report_without_findings_opens_no_ticket(gcp_shared: Stack, name: str) -> None:
    assert argument(gcp_shared, name)["only_with_figures"] is True
    steps = program(gcp_shared, "review")["main"]["steps"]
    order = [key for each in steps for key in each]
    assert order.index("anything") < order.index("open")
    (decided,) = step(steps, "anything")["switch"]
    assert decided["condition"] == "${review.only_with_figures and total == 0}"
    assert "return" in decided


@pytest.mark.plan("SEC-12", "SEC-9/roles")
def test_who_asks_may_read_what_it_asks_for_and_nothing_else(gcp_shared: Stack) -> None:
    account = gcp_shared.one("google_service_account", "Tickets")
    grants = gcp_shared.resources("google_project_iam_member", member=account)
    read = {"cloudasset.viewer", "recommender.cloudsqlViewer", "recommender.computeViewer", "recommender.iamViewer"}
    for project in PROJECTS:
        here = {grant["role"].removeprefix("roles/") for grant in grants if grant["project"] == project}
        written = {"workflows.invoker", "logging.logWriter", "monitoring.metricWriter"}
        own = {*written, "containeranalysis.occurrences.viewer"} if project.endswith("shared") else set()
        assert here == read | own, project


@pytest.mark.plan("SEC-12", "IMP-6/scheduled", "IMP-7/scheduled")
def test_an_open_review_is_told_to_the_team(gcp_shared: Stack) -> None:
    alarm = alarms(gcp_shared)["Reviews-Opened"]
    said = step(program(gcp_shared, "review")["main"]["steps"], "tell")["args"]["json"]
    (condition,) = alarm["conditions"]
    matched = condition["condition_matched_log"]
    assert f'jsonPayload.event="{said["event"]}"' in matched["filter"]
    assert set(matched["label_extractors"]) <= set(said)
    assert receivers(alarm) == {"team@goodies.example"}


@pytest.mark.plan("SEC-12", "IMP-6/scheduled", "IMP-7/scheduled")
def test_a_late_review_alarms_and_so_does_silence(gcp_shared: Stack) -> None:
    late = alarms(gcp_shared)["Reviews-Late-Warning"]
    assert " or absent(" in query(late)
    assert judged(late).value == 0
    counted = program(gcp_shared, "count")["main"]["steps"]
    (is_late,) = step(counted, "count_late", "is_late")["switch"]
    assert "text.substring(ticket.name, 5, 15)" in is_late["condition"]
    written = {number["name"] for number in step(counted, "write")["for"]["in"]}
    assert {f"goodies_{name}" for name in written} == {"goodies_late_reviews", "goodies_new_critical_weaknesses"}
    assert "custom_googleapis_com:goodies_late_reviews{" in query(late)
    assert job(gcp_shared, "hourly")["schedule"] == "30 * * * *"


@pytest.mark.plan("IMP-8/finding")
def test_a_new_critical_weakness_pages_within_the_hour(gcp_shared: Stack) -> None:
    alarm = alarms(gcp_shared)["Reviews-CriticalWeakness-Critical"]
    assert "custom_googleapis_com:goodies_new_critical_weaknesses{" in query(alarm)
    assert judged(alarm).minutes == 60
    assert receivers(alarm) == {"on-call@goodies.example"}
    assert "docs/runbooks/account/patch.md" in alarm["documentation"]["content"]


@pytest.mark.plan("SEC-12", "CST-7")
def test_a_review_that_fails_raises_an_alarm(gcp_shared: Stack) -> None:
    assert 'status="FAILED"' in query(alarms(gcp_shared)["Reviews-Failed-Warning"])


@pytest.mark.plan("SEC-12", "IMP-6/recorded", "IMP-7/recorded")
def test_what_is_done_is_kept_and_who_did_it(gcp: Assembly) -> None:
    shared = gcp.stacks["gcp-shared"]
    bucket = shared.one("google_storage_bucket", "Reports")
    assert bucket["versioning"] == {"enabled": True}
    assert shared.one(WORKFLOW, "Tickets/review")["user_env_vars"]["BUCKET"] == bucket
    # Moving a ticket is a write, which the audit log records with its author.
    audit = shared.one("google_project_iam_audit_config", service="storage.googleapis.com")
    kinds = {entry["log_type"] for entry in audit["audit_log_config"]}
    assert "DATA_WRITE" in kinds
