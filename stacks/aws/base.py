"""Base classes of the stacks on AWS: name, tags, region and protection."""

from collections.abc import Sequence

from aws_cdk import App, Stack, Tags
from aws_cdk import Environment as Target

from constructs_lib import naming
from constructs_lib.tags import tags
from environments import Environment

# Environment tag of what no environment owns.
SHARED = "shared"
# ECS moves the weights of these rules; an update for another tag would write the template's back.
_UNTAGGED = ["AWS::ElasticLoadBalancingV2::ListenerRule"]


class GoodiesStack(Stack):
    """A stack with the project's tags and protection.

    Args:
        name: of the stack; an operator types it.
        purpose: one line; CloudFormation shows it as the stack's description.
        environment: tag that its costs are split by, ``shared`` where no environment owns it.
        component: second tag that its costs are split by.
        account: number of the account that it is deployed to.
        region: name of the region that it is deployed to.
        zones: the availability zones that networks in it may use.
        stateful: whether it holds what cannot be made again; then it refuses to be deleted.
        hand_down_tags: whether CloudFormation hands the tags down to what the CDK's own do not reach; not to listener
            rules, which it would update with every other tag.
    """

    def __init__(
        self,
        app: App,
        name: str,
        *,
        purpose: str,
        environment: str,
        component: str,
        account: str,
        region: str,
        zones: Sequence[str] = (),
        stateful: bool,
        hand_down_tags: bool = True,
    ) -> None:
        super().__init__(
            app,
            name,
            description=purpose,
            env=Target(account=account, region=region),
            termination_protection=stateful,
            cross_region_references=True,
            tags=tags(environment=environment, component=component) if hand_down_tags else None,
        )
        # Without this answer the CDK would ask the account for its zones.
        self.node.set_context(f"availability-zones:account={account}:region={region}", list(zones))
        tagged = Tags.of(self)
        for key, value in tags(environment=environment, component=component).items():
            tagged.add(key, value, exclude_resource_types=_UNTAGGED)


class EnvironmentStack(GoodiesStack):
    """One part of an environment.

    Args:
        environment: decides the stack's account and the beginning of its name.
        part: end of the stack's name; empty for the environment as a whole, whose component is ``operations``.
        purpose: one line; CloudFormation shows it as the stack's description.
        region: name of the region that it is deployed to.
        zones: the availability zones that networks in it may use.
        stateful: whether it holds what cannot be made again; then it refuses to be deleted.
        hand_down_tags: whether CloudFormation hands the tags down, as in ``GoodiesStack``.
    """

    def __init__(
        self,
        app: App,
        environment: Environment,
        part: str,
        *,
        purpose: str,
        region: str,
        zones: Sequence[str] = (),
        stateful: bool = False,
        hand_down_tags: bool = True,
    ) -> None:
        super().__init__(
            app,
            naming.stack(environment.name, part),
            purpose=purpose,
            environment=environment.name,
            component=part.lower() or "operations",
            account=environment.account.aws_account_id,
            region=region,
            zones=zones,
            stateful=stateful,
            hand_down_tags=hand_down_tags,
        )
