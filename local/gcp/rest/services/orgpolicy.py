"""Organization Policy: what is enforced in a project."""

from assembly.values import Json
from local.gcp.rest.calls import Call, handles


@handles("orgpolicy.v2:projects.policies.getEffectivePolicy")
def get_effective_policy(call: Call) -> Json:
    """Answer the policy of a project: nothing is inherited, as there is no organization."""
    name = call.name
    stored = call.documents.get(name)
    return {"name": name, "spec": stored["body"].get("spec", {}) if stored else {}}
