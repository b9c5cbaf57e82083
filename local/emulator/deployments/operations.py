"""Operations of ECS on service deployments and revisions, and what ``UpdateService`` begins.

Amazon ECS API reference; messages of "Troubleshooting Amazon ECS blue/green deployments" where it has them.
"""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from ministack.core.responses import error_response_json, get_account_id, get_region

from local.emulator.deployments import records, scheduler
from local.emulator.deployments.controller import CONTROLLER
from local.emulator.deployments.records import ENDED, Record
from local.emulator.fake_services.json_service import FakeService, ServiceError
from local.emulator.ministack_internals import CLUSTERS_OF_ECS, ECS_ACTIONS, RESOURCE_OF_REQUEST, SERVICES
from local.emulator.schemas import Properties

_Action: TypeAlias = Callable[[Record], Any]
# DescribeServiceDeployments and DescribeServiceRevisions take no more; ListServiceDeployments answers as many.
_PAGE = 20
_STRATEGIES = ("ROLLING", "BLUE_GREEN")
# "A user updates one or more service properties that require a deployment" ("View service history using Amazon ECS
# service deployments"): of UpdateService, those that the tasks are made of.
_DEPLOYED = (
    "loadBalancers",
    "networkConfiguration",
    "capacityProviderStrategy",
    "platformVersion",
    "serviceRegistries",
)


def install() -> None:
    """Answer the operations. Called once, before the first request."""
    _DEPLOYMENTS.install()
    ECS_ACTIONS.value["CreateService"] = _refusing_strategies(ECS_ACTIONS.value["CreateService"])
    ECS_ACTIONS.value["UpdateService"] = _refusing_strategies(_deploying(ECS_ACTIONS.value["UpdateService"]))
    ECS_ACTIONS.value["DeleteService"] = _forgetting(ECS_ACTIONS.value["DeleteService"])
    ECS_ACTIONS.value["DescribeServices"] = _with_revisions(ECS_ACTIONS.value["DescribeServices"])
    RESOURCE_OF_REQUEST.wrap(_resources)


def _list(request: Properties) -> Properties:
    service = _service(request)
    wanted = request.get("status") or []
    created = request.get("createdAt") or {}
    found = [
        each
        for each in records.deployments_of(service["serviceArn"])
        if (not wanted or each["status"] in wanted)
        and float(created.get("after") or 0) <= each["createdAt"] <= float(created.get("before") or float("inf"))
    ]
    start, size = int(request.get("nextToken") or 0), int(request.get("maxResults") or _PAGE)
    names = (
        "serviceDeploymentArn",
        "serviceArn",
        "clusterArn",
        "startedAt",
        "createdAt",
        "finishedAt",
        "status",
        "statusReason",
    )
    page = [
        {name: each[name] for name in names if name in each} | {"targetServiceRevisionArn": each["_target"]}
        for each in found[start : start + size]
    ]
    more = {"nextToken": str(start + size)} if len(found) > start + size else {}
    return {"serviceDeployments": page, **more}


def _describe(request: Properties) -> Properties:
    found, failures = [], []
    for arn in _arns(request, "serviceDeploymentArns"):
        record = records.deployment(arn)
        if record is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(_described(record))
    return {"serviceDeployments": found, "failures": failures}


def _described(record: Record) -> Record:
    answer = records.public(record)
    answer["targetServiceRevision"] = _summary(record, record["_target"])
    answer["sourceServiceRevisions"] = [_summary(record, each) for each in record["_sources"]]
    return answer


def _summary(record: Record, arn: str) -> Record:
    """Return how many tasks a revision has, and which traffic it gets (ServiceRevisionSummary)."""
    service = next((each for each in SERVICES.value.values() if each["serviceArn"] == record["serviceArn"]), None)
    entry = scheduler.entry(service, arn.rpartition("/")[2]) if service else None
    summary = {"arn": arn, **_counts(service, entry)}
    if "lifecycleStage" in record:
        target = arn == record["_target"]
        for kind in ("Test", "Production"):
            moved = kind.lower() in record["_shifted"] and "rollback" not in record
            summary[f"requested{kind}TrafficWeight"] = 100.0 if moved == target else 0.0
    return summary


def _counts(service: Record | None, entry: Record | None) -> Record:
    tasks = scheduler.tasks(service, entry) if service and entry else []
    running = sum(each["lastStatus"] == "RUNNING" for each in tasks)
    return {
        "requestedTaskCount": int(entry["desiredCount"]) if entry else 0,
        "runningTaskCount": running,
        "pendingTaskCount": len(tasks) - running,
    }


def _revisions(request: Properties) -> Properties:
    found, failures = [], []
    for arn in _arns(request, "serviceRevisionArns"):
        revision = records.revision(arn)
        if revision is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(records.public(revision))
    return {"serviceRevisions": found, "failures": failures}


def _stop(request: Properties) -> Properties:
    arn, kind = request["serviceDeploymentArn"], request.get("stopType") or "ROLLBACK"
    record = records.deployment(arn)
    if record is None:
        raise ServiceError("ServiceDeploymentNotFoundException", "The service deployment does not exist.")
    if kind not in {"ROLLBACK", "ABORT"}:
        raise ServiceError("InvalidParameterException", f"Invalid stopType: {kind}")
    if record["status"] in ENDED:
        raise ServiceError(
            "ConflictException",
            "Stopping a service deployment is not allowed for service deployment in terminal states.",
        )
    CONTROLLER.stop(record, back=kind == "ROLLBACK")
    return {"serviceDeploymentArn": arn}


def _continue(_: Properties) -> Properties:
    raise ServiceError(
        "InvalidParameterException",
        "Provided hookId is either completed, unavailable, or not associated with the given Resource ARN",
    )


def _arns(request: Properties, member: str) -> list[str]:
    given = list(request.get(member) or [])
    if len(given) > _PAGE:
        raise ServiceError("InvalidParameterException", f"{member} can have at most {_PAGE} items.")
    return given


def _service(request: Properties) -> Record:
    cluster = str(request.get("cluster") or "default").rpartition("/")[2]
    if cluster not in CLUSTERS_OF_ECS.value:
        raise ServiceError("ClusterNotFoundException", "Cluster not found.")
    service = SERVICES.value.get(f"{cluster}/{str(request['service']).rpartition('/')[2]}")
    if service is None:
        raise ServiceError("ServiceNotFoundException", "Service not found.")
    return dict(service)


def _refusing_strategies(original: _Action) -> _Action:
    def act(request: Record) -> Any:
        strategy = (request.get("deploymentConfiguration") or {}).get("strategy") or "ROLLING"
        if strategy not in _STRATEGIES:
            return error_response_json(
                "UnsupportedFeatureException",
                f"The deployment strategy {strategy} is not known here; {' and '.join(_STRATEGIES)} are.",
                400,
            )
        return original(request)

    return act


def _deploying(original: _Action) -> _Action:
    """Begin a deployment for a change of what the tasks are made of, which MiniStack takes over without one."""

    def update(request: Record) -> Any:
        try:
            service = _service(request)
        except ServiceError:
            return original(request)
        changed = any(name in request and request[name] != service.get(name) for name in _DEPLOYED)
        return original(request | ({"forceNewDeployment": True} if changed else {}))

    return update


def _forgetting(original: _Action) -> _Action:
    def delete(request: Record) -> Any:
        answer = original(request)
        if answer[0] == 200:  # noqa: PLR2004 - of HTTP
            records.forget(json.loads(answer[2])["service"]["serviceArn"])
        return answer

    return delete


def _with_revisions(original: _Action) -> _Action:
    """Say which service revisions have tasks (``currentServiceRevisions``)."""

    def describe(request: Record) -> Any:
        status, headers, body = original(request)
        answer = json.loads(body)
        for said in answer.get("services", []):
            service = next((each for each in SERVICES.value.values() if each["serviceArn"] == said["serviceArn"]), said)
            said["currentServiceRevisions"] = [
                {"arn": records.revision_arn(service, entry), **_counts(service, entry)}
                for entry in service["deployments"]
            ]
        return status, headers, json.dumps(answer).encode()

    return describe


def _resources(original: Callable[..., str]) -> Callable[..., str]:
    """Name the service, deployment or revision of a request, which IAM compares with policies.

    "Actions, resources, and condition keys for Amazon Elastic Container Service", Service Authorization Reference.
    MiniStack names the cluster of whatever request has one.
    """

    def resource(service: str, method: str, path: str, headers: Any, body: bytes, *more: object) -> str:
        found = original(service, method, path, headers, body, *more)
        if service != "ecs":
            return found
        operation = str(headers.get("x-amz-target", "")).rpartition(".")[2]
        request = json.loads(body or b"{}")
        match operation:
            case "DescribeServiceDeployments" | "DescribeServiceRevisions":
                given = request.get("serviceDeploymentArns") or request.get("serviceRevisionArns") or [found]
                return str(given[0])
            case "StopServiceDeployment" | "ContinueServiceDeployment":
                return str(request.get("serviceDeploymentArn") or found)
            case "ListServiceDeployments" | "UpdateService" | "DeleteService" | "DescribeServices":
                name = str(request.get("service") or (request.get("services") or [""])[0])
                if name.startswith("arn:"):
                    return name
                cluster = str(request.get("cluster") or "default").rpartition("/")[2]
                return f"arn:aws:ecs:{get_region()}:{get_account_id()}:service/{cluster}/{name}"
        return found

    return resource


_DEPLOYMENTS = FakeService(
    service="ecs",
    target="AmazonEC2ContainerServiceV20141113",
    operations={
        "ListServiceDeployments": _list,
        "DescribeServiceDeployments": _describe,
        "DescribeServiceRevisions": _revisions,
        "StopServiceDeployment": _stop,
        "ContinueServiceDeployment": _continue,
    },
)
