"""The deployed service, as ECS and its autoscaling describe it."""

from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY


def service(cloud: EmbeddedCloud) -> dict[str, object]:
    (found,) = cloud.client("ecs", PRIMARY).describe_services(cluster="goodies-prod", services=["funkygibbon"])[
        "services"
    ]
    return dict(found)


def image(cloud: EmbeddedCloud) -> str:
    definition = cloud.client("ecs", PRIMARY).describe_task_definition(
        taskDefinition=str(service(cloud)["taskDefinition"])
    )["taskDefinition"]
    return str(definition["containerDefinitions"][0]["image"])


def bounds(cloud: EmbeddedCloud) -> tuple[int, int]:
    """Return the least and the largest number of instances."""
    scaling = cloud.client("application-autoscaling", PRIMARY)
    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=["service/goodies-prod/funkygibbon"]
    )["ScalableTargets"]
    return target["MinCapacity"], target["MaxCapacity"]
