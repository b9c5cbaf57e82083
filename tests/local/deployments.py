"""A small ECS service on the embedded cloud, with a load balancer, and a runner that plays its tasks."""

import contextlib
import copy
import itertools
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.cloud import EmbeddedCloud

ACCOUNT = "111122223333"
REGION = "us-east-1"
_SECONDS = 60
_names = (f"played-{number}" for number in itertools.count())
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


class PlayedService:
    """A service whose tasks do what is said of their image: ``healthy``, ``crash``, or ``wait``, which never starts.

    Attributes:
        cloud: that it is deployed to.
        name: of service, cluster and load balancer.
        blue: ARN of the target group that serves at first.
        green: ARN of the alternate one.
        production: ARN of the listener rule.
        test: ARN of the other one.
        does: what an image does that is not named in the image itself.
    """

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self.cloud = cloud
        self.name = next(_names)
        self.ecs = cloud.client("ecs")
        self.elb = cloud.client("elbv2")
        self.does: dict[str, str] = {}
        self._ports = itertools.count(30000)
        self._addresses: dict[str, str] = {}
        vpc = cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.blue, self.green = (self._target_group(f"{self.name}-{color}", vpc) for color in ("blue", "green"))
        balancer = self.elb.create_load_balancer(Name=self.name, Type="application")["LoadBalancers"][0]
        self._balancer = str(balancer["LoadBalancerArn"])
        self.production, self.test = self._rule(80), self._rule(8080)
        self.ecs.create_cluster(clusterName=self.name)
        iam = cloud.client("iam")
        self.role = str(iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=_TRUST)["Role"]["Arn"])

    def _target_group(self, name: str, vpc: str) -> str:
        made = self.elb.create_target_group(Name=name, Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip")
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def _rule(self, port: int) -> str:
        forbidden = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}
        listener = self.elb.create_listener(
            LoadBalancerArn=self._balancer, Protocol="HTTP", Port=port, DefaultActions=[forbidden]
        )["Listeners"][0]["ListenerArn"]
        groups = [{"TargetGroupArn": self.blue, "Weight": 100}, {"TargetGroupArn": self.green, "Weight": 0}]
        rule = self.elb.create_rule(
            ListenerArn=listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        )
        return str(rule["Rules"][0]["RuleArn"])

    def define(self, image: str) -> str:
        """Register a task definition with an image and return its ARN."""
        answer = self.ecs.register_task_definition(
            family=self.name,
            containerDefinitions=[{"name": "web", "image": image, "essential": True}],
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def configuration(self, strategy: str, **more: Any) -> dict[str, Any]:
        """Return a deployment configuration with a circuit breaker."""
        return {
            "strategy": strategy,
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            **({"bakeTimeInMinutes": 0} if strategy == "BLUE_GREEN" else {}),
            **more,
        }

    def create(self, image: str, strategy: str = "BLUE_GREEN", *, count: int = 2, **more: Any) -> None:
        """Create the service."""
        advanced = {
            "alternateTargetGroupArn": self.green,
            "productionListenerRule": self.production,
            "testListenerRule": self.test,
            "roleArn": self.role,
        }
        balancer = {"targetGroupArn": self.blue, "containerName": "web", "containerPort": 8000}
        self.ecs.create_service(
            cluster=self.name,
            serviceName=self.name,
            taskDefinition=self.define(image),
            desiredCount=count,
            launchType="FARGATE",
            loadBalancers=[balancer | ({"advancedConfiguration": advanced} if strategy == "BLUE_GREEN" else {})],
            deploymentConfiguration=self.configuration(strategy, **more),
        )

    def release(self, image: str, **more: Any) -> str:
        """Deploy another image; return the ARN of the service deployment."""
        self.ecs.update_service(cluster=self.name, service=self.name, taskDefinition=self.define(image), **more)
        return str(self.deployments()[0]["serviceDeploymentArn"])

    def described(self) -> dict[str, Any]:
        """Return the service as ECS describes it."""
        return dict(self.ecs.describe_services(cluster=self.name, services=[self.name])["services"][0])

    def deployments(self, **filters: Any) -> list[dict[str, Any]]:
        """Return the service's deployments, the newest first."""
        return list(
            self.ecs.list_service_deployments(cluster=self.name, service=self.name, **filters)["serviceDeployments"]
        )

    def deployment(self, arn: str = "") -> dict[str, Any]:
        """Return a service deployment, the newest if none is named."""
        arn = arn or str(self.deployments()[0]["serviceDeploymentArn"])
        return dict(self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0])

    def weights(self, rule: str) -> tuple[int, int]:
        """Return the weights of blue and green in a rule."""
        (found,) = self.elb.describe_rules(RuleArns=[rule])["Rules"]
        groups = found["Actions"][0]["ForwardConfig"]["TargetGroups"]
        weights = {each["TargetGroupArn"]: each["Weight"] for each in groups}
        return weights[self.blue], weights[self.green]

    def targets(self, group: str) -> set[str]:
        """Return the addresses that are registered with a target group."""
        answer = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {f"{each['Target']['Id']}:{each['Target']['Port']}" for each in answer}

    def tasks(self) -> list[dict[str, Any]]:
        """Return the tasks that are to run."""
        arns = self.ecs.list_tasks(cluster=self.name)["taskArns"]
        return list(self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"]) if arns else []

    def images(self) -> list[str]:
        """Return the images of the tasks that run."""
        return sorted(each["containers"][0]["image"] for each in self.tasks() if each["lastStatus"] == "RUNNING")

    def step(self) -> None:
        """Play one pass of the runner."""
        self.cloud.control("run-tasks", True)
        for task in self.tasks():
            self._play(task)

    def _play(self, task: Mapping[str, Any]) -> None:
        image = task["containers"][0]["image"]
        does = self.does.get(image, image.partition(":")[0])
        state: dict[str, Any] = {"account": ACCOUNT, "region": REGION, "task": task["taskArn"], "containers": {}}
        if does == "crash":
            state |= {"status": "STOPPED", "reason": "it crashed", "code": "EssentialContainerExited"}
        elif does == "healthy":
            address = self._addresses.setdefault(task["taskArn"], f"127.0.0.1:{next(self._ports)}")
            state |= {"status": "RUNNING", "steady": True, "address": address}
        self.cloud.control("task", state)

    def fail_one(self, image: str) -> None:
        """Let the next task with an image end, as soon as there is one."""
        self._report_one(image, {"status": "STOPPED", "reason": "killed", "code": "EssentialContainerExited"})

    def start_one(self, image: str) -> None:
        """Let the next task with an image run and be healthy, as soon as there is one."""
        self._report_one(image, {"status": "RUNNING", "steady": True, "address": f"127.0.0.1:{next(self._ports)}"})

    def _report_one(self, image: str, state: Mapping[str, Any]) -> None:
        def task() -> str:
            found = [each["taskArn"] for each in self.tasks() if each["containers"][0]["image"] == image]
            return found[0] if found else ""

        arn = self.until(task)
        self.cloud.control("task", {"account": ACCOUNT, "region": REGION, "task": arn, "containers": {}, **state})

    def until(self, done: Callable[[], Any]) -> Any:
        """Go on until it is done, and return the answer."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            self.step()
            if found := done():
                return found
            time.sleep(0.05)
        pytest.fail(f"it did not come: {self.deployment()}, {self.described()}")

    def until_status(self, status: str, arn: str = "") -> dict[str, Any]:
        """Go on until the newest deployment has a status, and return it."""
        self.until(lambda: self.deployment(arn)["status"] == status)
        return self.deployment(arn)

    def until_stage(self, stage: str) -> dict[str, Any]:
        """Go on until the newest deployment has come to a stage, and return it."""
        self.until(lambda: self.deployment().get("lifecycleStage") == stage)
        return self.deployment()

    def reconnected(self) -> "PlayedService":
        """Return the same service on an emulator that was started again."""
        again = copy.copy(self)
        again.ecs, again.elb = self.cloud.client("ecs"), self.cloud.client("elbv2")
        return again

    def end(self) -> None:
        """Delete the service."""
        with contextlib.suppress(self.ecs.exceptions.ServiceNotFoundException):
            self.ecs.delete_service(cluster=self.name, service=self.name, force=True)
        self.cloud.control("run-tasks", False)
