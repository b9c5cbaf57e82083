"""What every stack on AWS has in common."""

from collections.abc import Sequence

from aws_cdk import App, Stack, Tags
from aws_cdk import Environment as Target

from constructs_lib.tags import tags


class GoodiesStack(Stack):
    """A stack with the project's tags and protection.

    Args:
        component: what its costs are split by.
        zones: the availability zones that networks in it may use.
        stateful: it holds what cannot be made again, and refuses to be deleted.
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
    ) -> None:
        super().__init__(
            app,
            name,
            description=purpose,
            env=Target(account=account, region=region),
            termination_protection=stateful,
            cross_region_references=True,
            # CloudFormation hands these down to what the CDK's own tags do not reach.
            tags=tags(environment=environment, component=component),
        )
        # Without this answer the CDK would ask the account for its zones.
        self.node.set_context(f"availability-zones:account={account}:region={region}", list(zones))
        tagged = Tags.of(self)
        for key, value in tags(environment=environment, component=component).items():
            tagged.add(key, value)
