"""Delivery stack: registry and image build, once for all environments (DR-5, IMP-8)."""

from collections.abc import Sequence

from aws_cdk import App

from constructs_lib import naming
from constructs_lib.aws.delivery.image_build import ImageBuild
from constructs_lib.aws.delivery.registry import Registry
from environments import Environment, Policy
from stacks.aws.base import SHARED, GoodiesStack


class DeliveryStack(GoodiesStack):
    """``GoodiesDelivery``: registry and image build, for all environments."""

    def __init__(self, app: App, *, policy: Policy, environments: Sequence[Environment]) -> None:
        super().__init__(
            app,
            naming.stack("delivery"),
            purpose="Delivery: image registry and build",
            environment=SHARED,
            component="delivery",
            account=policy.account.aws_account_id,
            region=policy.regions.aws.primary.name,
            stateful=True,
        )
        registry = Registry(
            self,
            "Registry",
            policy=policy.images,
            copy_to_region=policy.regions.aws.recovery.name,
            pulled_from_accounts=[environment.account.aws_account_id for environment in environments],
        )
        ImageBuild(
            self,
            "ImageBuild",
            source=policy.account.repository,
            # One image serves all environments, so they have one architecture.
            architecture=environments[0].service.architecture,
            repository=registry.repository,
            log_days=policy.objects.logs_keep_days,
        )
