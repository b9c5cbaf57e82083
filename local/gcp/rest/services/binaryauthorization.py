"""Binary Authorization: each project has one policy, which admits everything at first."""

from assembly.values import Json
from local.gcp.rest.calls import Call, handles
from local.gcp.rest.resources import version

_NAME = "binaryauthorization.v1:projects"
# "Default policy", Binary Authorization documentation.
_FIRST = {
    "defaultAdmissionRule": {"enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG", "evaluationMode": "ALWAYS_ALLOW"},
    "globalPolicyEvaluationMode": "ENABLE",
}


@handles(f"{_NAME}.getPolicy")
def get_policy(call: Call) -> Json:
    """Answer the policy of a project."""
    return {"name": call.name, **(call.documents.get(call.name) or _FIRST)}


@handles(f"{_NAME}.updatePolicy")
def update_policy(call: Call) -> Json:
    """Put the policy of a project in the place of another."""
    call.documents.put(call.name, {**call.body, "etag": version(call.body), "updateTime": call.cloud.now()})
    return get_policy(call)
