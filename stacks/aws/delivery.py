"""Delivery stacks: registry and image build, once for all environments (DR-5, IMP-8)."""

from collections.abc import Sequence

from aws_cdk import App

from constructs_lib import naming
from constructs_lib.aws.delivery.image_build import ImageBuild
from constructs_lib.aws.delivery.registry import Registry, Replication
from environments import AwsRegion, Environment, Policy
from stacks.aws.base import SHARED, GoodiesStack


class RegistryStack(GoodiesStack):
    """Registry of one region; ``GoodiesDelivery-Recovery`` is that of the recovery region.

    Attributes:
        registry: repository of the images and their scans.

    Args:
        part: end of the stack's name; empty for the primary region.
        purpose: one line; CloudFormation shows it as the stack's description.
        environments: their accounts may pull images.
        region: region of the registry.
    """

    def __init__(
        self,
        app: App,
        part: str,
        *,
        purpose: str,
        policy: Policy,
        environments: Sequence[Environment],
        region: AwsRegion,
    ) -> None:
        super().__init__(
            app,
            naming.stack("delivery", part),
            purpose=purpose,
            environment=SHARED,
            component="delivery",
            account=policy.account.aws_account_id,
            region=region.name,
            stateful=True,
        )
        self.registry = Registry(
            self,
            "Registry",
            policy=policy.images,
            pulled_from_accounts=[environment.account.aws_account_id for environment in environments],
            copy=region != policy.regions.aws.primary,
        )


class DeliveryStack(RegistryStack):
    """``GoodiesDelivery``: registry, replication and image build, for all environments."""

    def __init__(self, app: App, *, policy: Policy, environments: Sequence[Environment]) -> None:
        regions = policy.regions.aws
        recovery = RegistryStack(
            app,
            "Recovery",
            purpose="Delivery, recovery region: copies of the images",
            policy=policy,
            environments=environments,
            region=regions.recovery,
        )
        super().__init__(
            app,
            "",
            purpose="Delivery: image registry and build",
            policy=policy,
            environments=environments,
            region=regions.primary,
        )
        Replication(self, "Replication", to_region=regions.recovery.name)
        # What is pushed before the repository exists there is not copied.
        self.add_stack_dependency(recovery)
        ImageBuild(
            self,
            "ImageBuild",
            source=policy.account.repository,
            # One image serves all environments, so they have one architecture.
            architecture=environments[0].service.architecture,
            repository=self.registry.repository,
            log_days=policy.objects.logs_keep_days,
        )
