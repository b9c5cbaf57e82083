"""An AWS account with one environment that runs a release: answers as ECS, CloudFormation and the others give them.

The models of the APIs validate each answer and each call.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.config import Config

from assembly.values import Json
from tests.admin.preflight.aws.answers import Answers, Refused

OLDEST, OLD, NEW = "0.2.0-aaaaaaa", "0.3.0-bbbbbbb", "0.4.0-ccccccc"
RELEASE, RUNNING, URGENT = "/goodies/prod/release", "/goodies/prod/running", "/goodies/prod/urgent"
REGISTRY = "111122223333.dkr.ecr.us-east-1.amazonaws.com/goodies/funkygibbon"
_ARN = "arn:aws:ecs:us-east-1:111122223333"
_UNDERWAY = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")


@dataclass
class Account:
    """Account in which releases are deployed.

    Attributes:
        past: the releases that ran, the last one runs.
        images: tags that the registry has.
        alarms: rollback alarms that are on.
        deployment: the last deployment, as ECS describes it; none where there is none.
        ends: how the next deployment ends.
        starts_since: since when its tasks start; None where they run.
        stopped_in: states that a deployment has after it was stopped, one after the other.
        polls: how often a stack that is updated is in progress before it ends.
        tasks: tags that the tasks run; the one that runs where it is not given.
        invalidated: paths that the CDN was to fetch anew.
        published: messages to the team.
    """

    past: list[str]
    images: set[str] = field(default_factory=lambda: {OLDEST, OLD, NEW})
    alarms: list[str] = field(default_factory=list)
    deployment: Json = None
    ends: str = "SUCCESSFUL"
    starts_since: datetime | None = None
    stopped_in: list[str] = field(default_factory=lambda: ["ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"])
    polls: int = 0
    tasks: list[str] | None = None
    refusal: str = ""
    invalidated: list[str] = field(default_factory=list)
    published: list[Json] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    stack: str = "UPDATE_COMPLETE"

    def __post_init__(self) -> None:
        self.parameters |= {RELEASE: self.past[-1]}
        self.answers = Answers(
            {
                "ssm:GetParameter": self._parameter,
                "ssm:PutParameter": self._put,
                "ssm:GetParameterHistory": self._history,
                "cloudformation:DescribeStacks": self._stacks,
                "cloudformation:UpdateStack": self._update,
                "cloudwatch:DescribeAlarms": lambda *_: {"MetricAlarms": [{"AlarmName": each} for each in self.alarms]},
                "ecs:ListServiceDeployments": self._list,
                "ecs:DescribeServiceDeployments": self._describe,
                "ecs:DescribeServiceRevisions": self._revisions,
                "ecs:StopServiceDeployment": self._stop,
                "ecs:DescribeTaskDefinition": lambda *_: {
                    "taskDefinition": {"containerDefinitions": _containers(self.past[-1])}
                },
                "ecs:ListTasks": lambda *_: {"taskArns": [f"{_ARN}:task/{tag}" for tag in self._tasks()]},
                "ecs:DescribeTasks": lambda _, given: {
                    "tasks": [{"containers": _containers(each.rpartition("/")[2])} for each in given["tasks"]]
                },
                "ecr:DescribeImages": self._images,
                "cloudfront:GetDistributionConfig": lambda *_: {"DistributionConfig": _distribution()},
                "cloudfront:CreateInvalidation": self._invalidate,
                "sts:GetCallerIdentity": {"Arn": "arn:aws:iam::111122223333:user/kim"},
                "sns:Publish": self._publish,
            }
        )

    def client(self, service: str, region_name: str = "us-east-1") -> Any:
        return self.answers.client(service, region_name, Config())

    def begin(self, tag: str, **members: Any) -> None:
        """Begin a deployment."""
        number = int(self.deployment["serviceDeploymentArn"][-1]) + 1 if self.deployment else 1
        self.deployment = {
            "serviceDeploymentArn": f"{_ARN}:service-deployment/goodies-prod/funkygibbon/{number}",
            "status": "IN_PROGRESS",
            "createdAt": datetime(2026, 11, 5, 5, 50, tzinfo=UTC),
            "lifecycleStage": "BAKE_TIME",
            "targetServiceRevision": {
                "arn": f"{_ARN}:service-revision/{tag}",
                "requestedTaskCount": 2,
                "runningTaskCount": 2,
            },
            "sourceServiceRevisions": [{"arn": f"{_ARN}:service-revision/{self.past[-1]}"}],
            **members,
        }

    def _publish(self, _: str, given: Json) -> Json:
        self.published.append(given)
        return {"MessageId": "1"}

    def _tasks(self) -> list[str]:
        return self.tasks or [self.past[-1]] * 2

    def _parameter(self, _: str, given: Json) -> Any:
        refusal = self.refusal if self.deployment else ""
        value = {RUNNING: self.past[-1], "/goodies/prod/refusal": refusal, **self.parameters}.get(given["Name"])
        return {"Parameter": {"Value": value}} if value else Refused("ParameterNotFound")

    def _put(self, _: str, given: Json) -> Json:
        self.parameters[given["Name"]] = given["Value"]
        return {}

    def _history(self, *_: Any) -> Json:
        versions = [{"Version": number, "Value": tag} for number, tag in enumerate(self.past, 1)]
        return {"Parameters": [*versions[1::2], *versions[::2]]}

    def _stacks(self, _: str, given: Json) -> Json:
        if self.stack.endswith("_IN_PROGRESS"):
            self.polls -= 1
            if self.polls < 0 and self.deployment["status"] not in _UNDERWAY:
                self._end()
        outputs = {
            "GoodiesProd-Service": {"TaskDefinition": "definition:1", "TeamTopic": "arn:aws:sns:us-east-1:1:team"},
            "GoodiesProd-Edge": {"Url": "https://api.goodies.example", "Distribution": "E1"},
        }[given["StackName"]]
        return {
            "Stacks": [
                {
                    "StackName": given["StackName"],
                    "CreationTime": "2026-01-01T00:00:00Z",
                    "StackStatus": self.stack if given["StackName"].endswith("Service") else "UPDATE_COMPLETE",
                    "Parameters": [{"ParameterKey": "Release"}],
                    "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
                }
            ]
        }

    def _update(self, _: str, given: Json) -> Json:
        assert given["UsePreviousTemplate"]
        slow = {"lifecycleStage": "SCALE_UP", "createdAt": self.starts_since} if self.starts_since else {}
        self.begin(self.parameters[RELEASE], **slow)
        if self.ends not in _UNDERWAY:
            self.deployment["status"] = self.ends
        self.stack = "UPDATE_IN_PROGRESS"
        return {"StackId": "1"}

    def _end(self) -> None:
        good = self.deployment["status"] == "SUCCESSFUL"
        self.stack = "UPDATE_COMPLETE" if good else "UPDATE_ROLLBACK_COMPLETE"
        if good:
            self.past.append(_tag(self.deployment["targetServiceRevision"]))

    def _list(self, _: str, given: Json) -> Json:
        if not self.deployment or self.deployment["status"] not in given.get("status", [self.deployment["status"]]):
            return {"serviceDeployments": []}
        older = {
            "serviceDeploymentArn": f"{_ARN}:service-deployment/older",
            "createdAt": datetime(2026, 11, 1, tzinfo=UTC),
        }
        newest = {key: self.deployment[key] for key in ("serviceDeploymentArn", "createdAt")}
        return {"serviceDeployments": [older, newest]}

    def _describe(self, _: str, given: Json) -> Json:
        assert given["serviceDeploymentArns"] == [self.deployment["serviceDeploymentArn"]]
        if self.deployment["status"] == "ROLLBACK_REQUESTED" or self.deployment.get("stopping"):
            self.deployment["status"] = self.stopped_in.pop(0)
            self.deployment["stopping"] = bool(self.stopped_in)
        described = {key: value for key, value in self.deployment.items() if key != "stopping"}
        return {"serviceDeployments": [described]}

    def _revisions(self, _: str, given: Json) -> Json:
        return {
            "serviceRevisions": [
                {"serviceRevisionArn": arn, "containerImages": _containers(arn.rpartition("/")[2], "containerName")}
                for arn in given["serviceRevisionArns"]
            ]
        }

    def _stop(self, _: str, given: Json) -> Json:
        assert given["stopType"] == "ROLLBACK"
        self.deployment["status"] = "ROLLBACK_REQUESTED"
        return {"serviceDeploymentArn": given["serviceDeploymentArn"]}

    def _images(self, _: str, given: Json) -> Any:
        tag = given["imageIds"][0]["imageTag"]
        return {"imageDetails": [{}]} if tag in self.images else Refused("ImageNotFoundException")

    def _invalidate(self, _: str, given: Json) -> Json:
        batch = given["InvalidationBatch"]
        self.invalidated += batch["Paths"]["Items"]
        return {
            "Invalidation": {
                "Id": "I1",
                "Status": "InProgress",
                "CreateTime": "2026-11-05T06:00:00Z",
                "InvalidationBatch": batch,
            }
        }


def _tag(revision: Json) -> str:
    return str(revision["arn"].rpartition("/")[2])


def _containers(tag: str, name: str = "name") -> list[Json]:
    return [{name: "migrate", "image": f"{REGISTRY}:other"}, {name: "funkygibbon", "image": f"{REGISTRY}:{tag}"}]


def _distribution() -> Json:
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"}
    policies = {"/static/*": "658327ea-f89d-4fab-a63d-7e88639e58f6", "api/*": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"}
    return {
        "CallerReference": "1",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "o.example"}]},
        "DefaultCacheBehavior": behavior | {"CachePolicyId": policies["api/*"]},
        "CacheBehaviors": {
            "Quantity": 2,
            "Items": [behavior | {"PathPattern": path, "CachePolicyId": policy} for path, policy in policies.items()],
        },
    }
