"""The account's stacks, in both regions: findings notify, reviews open tickets, late ones alarm, budgets notify."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from local.cloud import EmbeddedCloud
from tests.deployed.conftest import ACCOUNT, PRIMARY, RECOVERY
from tests.deployed.mailbox import TIMEOUT_SECONDS, Mailbox

pytestmark = pytest.mark.xdist_group("deployed")

Find = Callable[..., str]
Fire = Callable[[str], None]
STACKS = {PRIMARY: ACCOUNT, RECOVERY: f"{ACCOUNT}-Recovery"}
SOURCE = "goodies-reviews"


@pytest.fixture(scope="module")
def mailboxes(deployed: EmbeddedCloud, resource: Find) -> dict[tuple[str, str], Mailbox]:
    return {
        (region, name): Mailbox(deployed, resource(stack, "AWS::SNS::Topic", f"Notifications{name}", region=region))
        for region, stack in STACKS.items()
        for name in ("OnCall", "Team")
    }


@pytest.fixture
def fire(deployed: EmbeddedCloud, resource: Find) -> Iterator[Fire]:
    """Run a schedule now, by a copy of it: the embedded cloud does not read a changed time again."""
    scheduler = deployed.client("scheduler", PRIMARY)
    copies: list[str] = []

    def now(beginning: str) -> None:
        found = scheduler.get_schedule(Name=resource(ACCOUNT, "AWS::Scheduler::Schedule", beginning))
        copies.append(f"now-{uuid4().hex}")
        scheduler.create_schedule(
            Name=copies[-1],
            ScheduleExpression="at(2026-01-01T00:00:00)",
            FlexibleTimeWindow=found["FlexibleTimeWindow"],
            Target=found["Target"],
        )

    yield now
    for name in copies:
        scheduler.delete_schedule(Name=name)


def eventually(poll: Callable[[], Any]) -> Any:
    until = time.monotonic() + TIMEOUT_SECONDS
    while not (found := poll()) and time.monotonic() < until:
        time.sleep(0.2)
    return found


@pytest.mark.parametrize("region", STACKS)
def test_a_severe_attack_pages_and_a_mild_one_does_not(
    deployed: EmbeddedCloud, mailboxes: dict[tuple[str, str], Mailbox], region: str
) -> None:
    for severity, title in ((4, "Somebody looked around"), (8, "Somebody is in")):
        finding = {"severity": severity, "title": title}
        deployed.put_event("aws.guardduty", "GuardDuty Finding", finding, region)
    (page,) = mailboxes[region, "OnCall"].texts(wait=True)
    assert "Somebody is in" in page
    assert "docs/runbooks/account/finding.md" in page
    assert mailboxes[region, "OnCall"].texts(wait=False) == []


@pytest.mark.plan("IMP-8/finding", "IMP-5")
def test_a_critical_vulnerability_pages_with_its_runbook(
    deployed: EmbeddedCloud, mailboxes: dict[tuple[str, str], Mailbox]
) -> None:
    for severity in ("HIGH", "CRITICAL"):
        finding = {"severity": severity, "status": "ACTIVE", "title": f"CVE of {severity}"}
        deployed.put_event("aws.inspector2", "Inspector2 Finding", finding)
    (page,) = mailboxes[PRIMARY, "OnCall"].texts(wait=True)
    assert "CVE of CRITICAL" in page
    assert "docs/runbooks/account/patch.md" in page


@pytest.mark.plan("SEC-10")
def test_the_root_user_pages(deployed: EmbeddedCloud, mailboxes: dict[tuple[str, str], Mailbox]) -> None:
    signed_in = {"userIdentity": {"type": "Root"}, "sourceIPAddress": "192.0.2.7"}
    deployed.put_event("aws.signin", "AWS Console Sign In via CloudTrail", signed_in)
    (page,) = mailboxes[PRIMARY, "OnCall"].texts(wait=True)
    assert "192.0.2.7" in page


@pytest.mark.plan("SEC-8/managed", "SEC-11")
@pytest.mark.parametrize("region", STACKS)
def test_a_key_that_is_to_be_deleted_pages(
    deployed: EmbeddedCloud, mailboxes: dict[tuple[str, str], Mailbox], region: str
) -> None:
    for name in ("DescribeKey", "ScheduleKeyDeletion"):
        call = {
            "eventName": name,
            "userIdentity": {"arn": "arn:aws:iam::1:user/somebody"},
            "sourceIPAddress": "192.0.2.7",
        }
        deployed.put_event("aws.kms", "AWS API Call via CloudTrail", call, region)
    (page,) = mailboxes[region, "OnCall"].texts(wait=True)
    assert "ScheduleKeyDeletion by arn:aws:iam::1:user/somebody" in page
    assert "docs/runbooks/account/finding.md" in page


@pytest.mark.plan("SEC-11", "SEC-12", "CST-5/alerts")
def test_an_address_that_was_unsubscribed_is_counted(deployed: EmbeddedCloud, fire: Fire, resource: Find) -> None:
    arn = resource(ACCOUNT, "AWS::SNS::Topic", "NotificationsOnCall")
    topic = arn.rpartition(":")[2]
    sns = deployed.client("sns", PRIMARY)
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    (mail,) = (each for each in subscriptions if each["Protocol"] == "email")
    sns.unsubscribe(SubscriptionArn=mail["SubscriptionArn"])
    fire("ReceiversHourly")
    cloudwatch = deployed.client("cloudwatch", PRIMARY)

    def counted() -> list[Any]:
        now = datetime.now(UTC)
        found: list[Any] = cloudwatch.get_metric_statistics(
            Namespace="goodies",
            MetricName="MissingReceivers",
            Dimensions=[{"Name": "TopicName", "Value": topic}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        return found

    assert [point["Maximum"] for point in eventually(counted)] == [1]
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=mail["Endpoint"])


@pytest.mark.plan("SEC-12")
@pytest.mark.parametrize("region", STACKS)
def test_a_broken_rule_notifies_the_team(
    deployed: EmbeddedCloud, mailboxes: dict[tuple[str, str], Mailbox], region: str
) -> None:
    for result in ("COMPLIANT", "NON_COMPLIANT"):
        judged = {
            "configRuleName": f"it-is-{result}",
            "resourceId": "vol-1",
            "newEvaluationResult": {"complianceType": result},
        }
        deployed.put_event("aws.config", "Config Rules Compliance Change", judged, region)
    texts = mailboxes[region, "Team"].texts(wait=True)
    assert [text.partition(".")[0].strip('"') for text in texts if "it-is" in text] == [
        "it-is-NON_COMPLIANT does not hold for vol-1"
    ]


@pytest.mark.parametrize(
    ("schedule", "title"),
    [
        pytest.param("ReviewsPenetrationTest", "Penetration test", marks=pytest.mark.plan("IMP-6/scheduled")),
        pytest.param("ReviewsSecurity", "Security review", marks=pytest.mark.plan("IMP-7/scheduled")),
    ],
)
def test_a_review_opens_a_ticket_when_its_time_comes(
    deployed: EmbeddedCloud, fire: Fire, schedule: str, title: str
) -> None:
    fire(schedule)
    ticket = eventually(lambda: open_ticket(deployed, title))
    assert ticket["Description"].startswith("- ")
    assert ticket["OperationalData"]["due"]["Value"] > datetime.now(UTC).isoformat()


@pytest.mark.plan("CST-8")
def test_an_address_that_nothing_uses_is_in_a_ticket_and_in_the_report(
    deployed: EmbeddedCloud, fire: Fire, resource: Find
) -> None:
    address = deployed.client("ec2", PRIMARY).allocate_address(Domain="vpc")["PublicIp"]
    fire("ReviewsUnused")
    ticket = eventually(lambda: open_ticket(deployed, "Unused resources"))
    assert address in ticket["OperationalData"]["figures"]["Value"]
    bucket, _, folder = ticket["OperationalData"]["answers"]["Value"].removeprefix("s3://").partition("/")
    assert bucket == resource(ACCOUNT, "AWS::S3::Bucket", "RecordsReports")
    assert address in kept(deployed, bucket, f"{folder}/Addresses-1.json")


@pytest.mark.plan("SEC-12", "IMP-6/recorded", "IMP-7/recorded")
def test_a_ticket_that_is_done_is_written_down(deployed: EmbeddedCloud, resource: Find) -> None:
    ssm = deployed.client("ssm", PRIMARY)
    ticket = ssm.create_ops_item(Title="Done", Source=SOURCE, Description="-")["OpsItemId"]
    ssm.update_ops_item(OpsItemId=ticket, Status="Resolved")
    bucket = resource(ACCOUNT, "AWS::S3::Bucket", "RecordsReports")
    s3 = deployed.client("s3", PRIMARY)

    def written() -> bool:
        found = s3.list_objects_v2(Bucket=bucket, Prefix="done/").get("Contents", [])
        return any(ticket in kept(deployed, bucket, item["Key"]) for item in found)

    assert eventually(written)


@pytest.mark.plan("SEC-12", "IMP-6/scheduled", "IMP-7/scheduled", "CST-7")
def test_a_late_ticket_notifies_the_team(
    deployed: EmbeddedCloud, fire: Fire, mailboxes: dict[tuple[str, str], Mailbox]
) -> None:
    ssm = deployed.client("ssm", PRIMARY)
    due = {"due": {"Type": "SearchableString", "Value": "2026-01-01T00:00:00.000Z"}}
    ticket = ssm.create_ops_item(Title="Late", Source=SOURCE, Description="-", OperationalData=due)["OpsItemId"]
    mailboxes[PRIMARY, "Team"].texts(wait=False)
    fire("TicketsTwiceADay")
    texts = mailboxes[PRIMARY, "Team"].texts(wait=True)
    ssm.update_ops_item(OpsItemId=ticket, Status="Resolved")
    assert "A review is overdue" in "".join(texts)


@pytest.mark.plan("CST-7", "SEC-12")
def test_a_review_that_fails_notifies_the_team(fire: Fire, mailboxes: dict[tuple[str, str], Mailbox]) -> None:
    # There is no Cost Explorer here, so that this review cannot succeed.
    fire("ReviewsCost")
    texts = mailboxes[PRIMARY, "Team"].texts(wait=True)
    assert "ReviewsCost" in "".join(texts)


@pytest.mark.plan("CST-5/alerts", "CST-5/budgets")
@pytest.mark.parametrize("name", ["GoodiesDev", "GoodiesStaging", "GoodiesProd", "GoodiesShared", "GoodiesAccount"])
def test_a_budget_has_a_limit_and_notifies(deployed: EmbeddedCloud, resource: Find, name: str) -> None:
    budgets = deployed.client("budgets", PRIMARY)
    everything = budgets.describe_budgets(AccountId=deployed.account)["Budgets"]
    (budget,) = (each for each in everything if each["BudgetName"].rpartition("-")[0] == name)
    request = {"AccountId": deployed.account, "BudgetName": budget["BudgetName"]}
    assert float(budget["BudgetLimit"]["Amount"]) > 0
    topic = resource(f"{ACCOUNT}-Costs", "AWS::SNS::Topic", "Readers")
    for notification in budgets.describe_notifications_for_budget(**request)["Notifications"]:
        subscribers = budgets.describe_subscribers_for_notification(**request, Notification=notification)["Subscribers"]
        assert subscribers == [{"SubscriptionType": "SNS", "Address": topic}]


@pytest.mark.plan("SEC-11")
def test_every_call_is_recorded_where_it_cannot_be_deleted(deployed: EmbeddedCloud) -> None:
    cloudtrail = deployed.client("cloudtrail", PRIMARY)
    (trail,) = cloudtrail.describe_trails(trailNameList=["goodies"])["trailList"]
    assert (trail["IsMultiRegionTrail"], trail["LogFileValidationEnabled"]) == (True, True)
    assert cloudtrail.get_trail_status(Name="goodies")["IsLogging"]
    lock = deployed.client("s3", PRIMARY).get_object_lock_configuration(Bucket=trail["S3BucketName"])
    retention = lock["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert (retention["Mode"], retention["Days"]) == ("GOVERNANCE", 365)


@pytest.mark.plan("SEC-10")
def test_people_can_do_nothing_without_a_second_factor(deployed: EmbeddedCloud) -> None:
    iam = deployed.client("iam", PRIMARY)
    (policy,) = iam.list_attached_group_policies(GroupName="goodies-people")["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
    (denied,) = (statement for statement in document["Statement"] if statement["Effect"] == "Deny")
    assert denied["Condition"] == {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    assert denied["Resource"] == "*"


@pytest.mark.plan("SEC-10")
def test_rules_of_the_account_stand_in_config(deployed: EmbeddedCloud) -> None:
    rules = deployed.client("config", PRIMARY).describe_config_rules()["ConfigRules"]
    judged = {rule["Source"]["SourceIdentifier"] for rule in rules}
    assert {"ROOT_ACCOUNT_MFA_ENABLED", "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS", "ACCESS_KEYS_ROTATED"} <= judged


def open_ticket(cloud: EmbeddedCloud, title: str) -> dict[str, Any] | None:
    """Return the open ticket whose title begins with ``title``."""
    ssm = cloud.client("ssm", PRIMARY)
    filters = [{"Key": "Source", "Values": [SOURCE], "Operator": "Equal"}]
    summaries = ssm.describe_ops_items(OpsItemFilters=filters)["OpsItemSummaries"]
    found = [item["OpsItemId"] for item in summaries if item["Title"].startswith(title) and item["Status"] == "Open"]
    return dict(ssm.get_ops_item(OpsItemId=found[0])["OpsItem"]) if found else None


def kept(cloud: EmbeddedCloud, bucket: str, key: str) -> str:
    """Return an object as one line of text."""
    return json.dumps(json.load(cloud.client("s3", PRIMARY).get_object(Bucket=bucket, Key=key)["Body"]))
