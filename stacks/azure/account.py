"""``azure-shared``: what belongs to no environment (DR-5, DR-6)."""

from cdktf import App

from constructs_lib import naming
from constructs_lib.azure.account.state import State
from constructs_lib.azure.base.keys import Key
from constructs_lib.azure.base.logs import workspace
from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.delivery.registry import Registry
from environments import Policy, SharedSubscription
from stacks.azure.base import STATE, STATE_CONTAINER, GoodiesTerraformStack, add_vault, state_account
from stacks.terraform import SHARED


def add_shared(app: App, policy: Policy, *, account: SharedSubscription) -> None:
    """Add ``azure-shared``. The state stands in the recovery region, so that a recovery can write it.

    So does the vault of the registry's key: the registry answers there as long as it can read the key.
    """
    regions = policy.regions.azure
    stack = GoodiesTerraformStack(
        app,
        naming.terraform_stack("azure", SHARED),
        environment=SHARED,
        component="delivery",
        subscription=account.subscription_id,
        shared=account,
    )
    group = ResourceGroup(stack, "StateGroup", environment=SHARED, place=STATE, location=regions.recovery.name)
    home, other = (
        ResourceGroup(stack, construct_id, environment=SHARED, place=region.name, location=region.name)
        for construct_id, region in (("Group", regions.primary), ("RecoveryGroup", regions.recovery))
    )
    logs = workspace(stack, "Workspace", group=home, days=policy.security.log_days)
    State(
        stack,
        "State",
        name=state_account(account),
        container=STATE_CONTAINER,
        group=group,
        policy=policy.objects,
        subscription=stack.subscription,
        deployers=account.deployers,
        workspace=logs,
    )
    vault = add_vault(stack, "Vault", environment=SHARED, account=account, group=other, workspace=logs)
    Registry(
        stack,
        "Registry",
        policy=policy.images,
        name=naming.container_registry(naming.fingerprint(account.subscription_id, SHARED)),
        group=home,
        replica=regions.recovery.name,
        key=Key(stack, "Key", policy=policy.security, vault=vault),
        workspace=logs,
    )
