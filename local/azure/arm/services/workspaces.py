"""Microsoft.OperationalInsights: keys of workspaces."""

from assembly.values import Json
from local.azure.arm.calls import Call, handles
from local.azure.arm.verbs import existing

KIND = "Microsoft.OperationalInsights/workspaces"


@handles("sharedKeys", KIND)
def shared_keys(call: Call) -> Json:
    """Answer the keys of a workspace, which are empty here: nothing takes them ("Shared Keys - Get Shared Keys")."""
    existing(call)
    return {"primarySharedKey": "", "secondarySharedKey": ""}
