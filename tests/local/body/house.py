"""A small account whose tasks run as processes."""

import json
from typing import Any

from local.body import images, programs
from local.body.deployed import Place
from local.cloud import EmbeddedCloud

ACCOUNT = "111122223333"
PLACE = Place(ACCOUNT, "us-east-1")
TAG = "0.0.0-1234567"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/{images.REPOSITORY}:{TAG}"


def _trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _role(cloud: EmbeddedCloud, name: str, *allowed: tuple[str, str]) -> str:
    iam = cloud.client("iam")
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=_trust("ecs-tasks.amazonaws.com"))["Role"]["Arn"])
    statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in allowed]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document)
    return arn


class House:
    """A small account: a cluster, an image, a secret, roles, a log group."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self.cloud = cloud
        self.ecs = cloud.client("ecs")
        self.logs = cloud.client("logs")
        cloud.client("ecr").create_repository(repositoryName=images.REPOSITORY)
        built = images.build(programs.reference_service())
        images.Registry(cloud.endpoint, ACCOUNT, PLACE.region).push(TAG, built)
        secrets = cloud.client("secretsmanager")
        self.secret = secrets.create_secret(Name="login", SecretString='{"password": "horse"}')["ARN"]
        self.hidden = secrets.create_secret(Name="hidden", SecretString="battery")["ARN"]
        for name in ("mine", "yours"):
            cloud.client("ssm").put_parameter(Name=f"/{name}", Value=name, Type="String")
        self.logs.create_log_group(logGroupName="tasks")
        self.ecs.create_cluster(clusterName="house")
        self.execution = _role(
            cloud,
            "execution",
            ("ecr:*", "*"),
            ("logs:CreateLogStream", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:tasks:*"),
            ("logs:PutLogEvents", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:tasks:*"),
            ("secretsmanager:GetSecretValue", self.secret),
        )
        self.task = _role(cloud, "task", ("ssm:GetParameter", f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/mine"))
        self.count = 0

    def container(self, name: str, program: str = "", **more: Any) -> dict[str, Any]:
        """Return a container definition that runs a program of Python, or the image's own."""
        own = {"entryPoint": ["python", "-c"], "command": [program]} if program else {}
        options = {"awslogs-group": "tasks", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "api"}
        log = {"logDriver": "awslogs", "options": options}
        return {"name": name, "image": IMAGE, "essential": True, "logConfiguration": log} | own | more

    def define(self, *containers: dict[str, Any]) -> str:
        """Register a task definition and return its ARN."""
        self.count += 1
        answer = self.ecs.register_task_definition(
            family="house",
            containerDefinitions=list(containers),
            executionRoleArn=self.execution,
            taskRoleArn=self.task,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str, **options: Any) -> str:
        """Start a task and return its ARN."""
        answer = self.ecs.run_task(cluster="house", taskDefinition=definition, launchType="FARGATE", **options)
        return str(answer["tasks"][0]["taskArn"])

    def described(self, task: str) -> dict[str, Any]:
        """Return a task as ECS describes it."""
        return dict(self.ecs.describe_tasks(cluster="house", tasks=[task])["tasks"][0])

    def said(self, task: str, container: str) -> list[str]:
        """Return what a container wrote to CloudWatch Logs."""
        stream = f"api/{container}/{task.rpartition('/')[2]}"
        events = self.logs.get_log_events(logGroupName="tasks", logStreamName=stream)["events"]
        return [event["message"] for event in events]

    def service(self, name: str = "web") -> dict[str, Any]:
        """Return a service as ECS describes it."""
        return dict(self.ecs.describe_services(cluster="house", services=[name])["services"][0])
