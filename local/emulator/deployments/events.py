"""Events of service deployments: "ECS Deployment State Change" of EventBridge, and the service's own messages.

"Amazon ECS service deployment state change events", developer guide.
"""

import json
import logging
import queue
import threading
from typing import Any

from ministack.core.responses import get_account_id, get_region, new_uuid, now_iso, request_scope

from local.emulator.deployments.records import Record
from local.emulator.ministack_internals import PUT_EVENTS

_log = logging.getLogger(__name__)
_KEPT_MESSAGES = 100
_outbox: queue.SimpleQueue[tuple[str, str, dict[str, Any]]] = queue.SimpleQueue()


def install() -> None:
    """Begin to publish. Called once."""
    threading.Thread(target=_publish, name="deployment-events", daemon=True).start()


def in_progress(service: Record, entry: Record, reason: str = "") -> None:
    """Tell that a deployment, or a rollback, begins."""
    _put(
        service, entry, "INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS", reason or f"ECS deployment {entry['id']} in progress."
    )


def completed(service: Record, entry: Record) -> None:
    """Tell that a deployment, or a rollback, has ended well."""
    _put(service, entry, "INFO", "SERVICE_DEPLOYMENT_COMPLETED", f"ECS deployment {entry['id']} completed.")


def failed(service: Record, entry: Record, reason: str) -> None:
    """Tell that a deployment has failed."""
    _put(service, entry, "ERROR", "SERVICE_DEPLOYMENT_FAILED", reason)


def message(service: Record, text: str) -> None:
    """Add a message to those that DescribeServices answers, the newest first."""
    said = {"id": new_uuid(), "createdAt": now_iso(), "message": f"(service {service['serviceName']}) {text}"}
    service["events"] = [said, *service["events"]][:_KEPT_MESSAGES]


def _put(service: Record, entry: Record, kind: str, name: str, reason: str) -> None:
    entry["rolloutStateReason"] = reason
    entry["updatedAt"] = now_iso()
    detail: dict[str, Any] = {
        "eventType": kind,
        "eventName": name,
        "deploymentId": entry["id"],
        "updatedAt": entry["updatedAt"],
        "reason": reason,
    }
    event = {
        "Source": "aws.ecs",
        "DetailType": "ECS Deployment State Change",
        "Resources": [service["serviceArn"]],
        "Detail": json.dumps(detail),
    }
    # What an event starts may ask the controller, which is at work now.
    _outbox.put((str(get_account_id()), str(get_region()), event))


def _publish() -> None:
    while True:
        account, region, event = _outbox.get()
        try:
            with request_scope(account, region):
                PUT_EVENTS.value({"Entries": [event]}, allow_aws_source=True)
        except Exception:
            _log.exception("an event of a deployment")
