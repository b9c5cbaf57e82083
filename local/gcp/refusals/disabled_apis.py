"""Refusal of requests to an API that is not enabled in the project."""

from typing_extensions import override

from assembly.values import Json
from local.gcp.refusals.rule import Operation, Rule
from local.gcp.rest.errors import Refusal

# Asked before a project has any API, or about no project ("Services enabled by default", Service Usage documentation).
_ALWAYS = ("billingbudgets", "cloudbilling", "cloudresourcemanager", "serviceusage")
_TITLES = {
    "artifactregistry": "Artifact Registry API",
    "cloudkms": "Cloud Key Management Service (KMS) API",
    "container": "Kubernetes Engine API",
    "iam": "Identity and Access Management (IAM) API",
    "pubsub": "Cloud Pub/Sub API",
    "redis": "Google Cloud Memorystore for Redis API",
    "sqladmin": "Cloud SQL Admin API",
}


class DisabledApis(Rule):
    """Rule: an API answers only in projects that have it enabled."""

    text = "An API that is not enabled in the project answers 403 with the reason `SERVICE_DISABLED`."
    source = 'google/api/error_reason.proto; "Troubleshoot common errors", Service Usage documentation'

    @override
    def check(self, operation: Operation) -> None:
        call, service = operation.call, operation.call.method.document.host
        project = f"projects/{operation.project}"
        if call.api == "cloudresourcemanager" or not operation.project:
            return
        if call.cloud.documents("cloudresourcemanager").get(project) is None:
            raise _no_project(operation)
        if call.api in _ALWAYS or call.cloud.documents("serviceusage").get(f"{project}/services/{service}") is not None:
            return
        number = operation.call.cloud.number(operation.project)
        link = f"https://console.developers.google.com/apis/api/{service}/overview?project={number}"
        title = _TITLES.get(call.api, f"{call.api.capitalize()} API")
        details: list[Json] = [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "SERVICE_DISABLED",
                "domain": "googleapis.com",
                "metadata": {"consumer": f"projects/{number}", "service": service, "serviceTitle": title},
            },
            {
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [{"description": "Google developers console API activation", "url": link}],
            },
        ]
        raise Refusal(
            "PERMISSION_DENIED",
            f"{title} has not been used in project {number} before or it is disabled. Enable it by visiting {link} then"
            " retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems"
            " and retry.",
            "accessNotConfigured",
            details=details,
        )


def _no_project(operation: Operation) -> Refusal:
    """Google says the same of a project that is not there and of one that is somebody else's."""
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "CONSUMER_INVALID",
        "domain": "googleapis.com",
        "metadata": {
            "consumer": f"projects/{operation.project}",
            "service": operation.call.method.document.host,
        },
    }
    message = f"Permission denied on resource project {operation.project}."
    return Refusal("PERMISSION_DENIED", message, details=[info])
