"""What runs in a pod: the service, and before it the schema's migration (ARC-2)."""

from collections.abc import Callable, Mapping
from typing import Any

from cdktf_cdktf_provider_kubernetes import deployment_v1 as v1

from environments import ServiceSize

CONTAINER = "funkygibbon"
PORT = 8000
HEALTH_PATH = "/health"
MIGRATION = "migrate"
# Where files lie; the entrypoint is told.
CERTIFICATES = "/etc/goodies/certificates"
SECRETS = "/etc/goodies/secrets"
# Volumes by name, and where they are mounted. Nothing is written but to /tmp.
MOUNTS = {"tmp": "/tmp", "secrets": SECRETS, "certificates": CERTIFICATES}


def service(
    image: str, *, size: ServiceSize, told: Mapping[str, str], drain_seconds: int
) -> v1.DeploymentV1SpecTemplateSpecContainer:
    """Return the container that serves.

    Args:
        image: with its tag.
        size: what it gets.
        told: the variables that are no secret.
        drain_seconds: how long it still serves once it is to stop, while the load balancer forgets it.
    """
    wait = v1.DeploymentV1SpecTemplateSpecContainerLifecyclePreStopExec(command=["sleep", str(drain_seconds)])
    return v1.DeploymentV1SpecTemplateSpecContainer(
        name=CONTAINER,
        port=[v1.DeploymentV1SpecTemplateSpecContainerPort(name="http", container_port=PORT)],
        startup_probe=v1.DeploymentV1SpecTemplateSpecContainerStartupProbe(
            http_get=v1.DeploymentV1SpecTemplateSpecContainerStartupProbeHttpGet(path=HEALTH_PATH, port="http"),
            period_seconds=2,
            failure_threshold=30,
        ),
        readiness_probe=v1.DeploymentV1SpecTemplateSpecContainerReadinessProbe(
            http_get=v1.DeploymentV1SpecTemplateSpecContainerReadinessProbeHttpGet(path=HEALTH_PATH, port="http"),
            period_seconds=5,
            timeout_seconds=5,
            failure_threshold=3,
        ),
        liveness_probe=v1.DeploymentV1SpecTemplateSpecContainerLivenessProbe(
            http_get=v1.DeploymentV1SpecTemplateSpecContainerLivenessProbeHttpGet(path=HEALTH_PATH, port="http"),
            period_seconds=15,
            timeout_seconds=5,
            failure_threshold=3,
        ),
        lifecycle=v1.DeploymentV1SpecTemplateSpecContainerLifecycle(
            pre_stop=[v1.DeploymentV1SpecTemplateSpecContainerLifecyclePreStop(exec=wait)]
        ),
        **_common(
            image,
            size,
            told,
            variable=v1.DeploymentV1SpecTemplateSpecContainerEnv,
            mount=v1.DeploymentV1SpecTemplateSpecContainerVolumeMount,
        ),
    )


def migration(
    image: str, *, size: ServiceSize, told: Mapping[str, str]
) -> v1.DeploymentV1SpecTemplateSpecInitContainer:
    """Return the container that brings the schema up to date and ends."""
    return v1.DeploymentV1SpecTemplateSpecInitContainer(
        name=MIGRATION,
        args=[MIGRATION],
        **_common(
            image,
            size,
            told,
            variable=v1.DeploymentV1SpecTemplateSpecInitContainerEnv,
            mount=v1.DeploymentV1SpecTemplateSpecInitContainerVolumeMount,
        ),
    )


def quantities(size: ServiceSize) -> dict[str, str]:
    """Return a size as Kubernetes writes it: what is given back differently would look like a change for ever."""
    cores, rest = divmod(size.cpu, 1024)
    gibibytes, mebibytes = divmod(size.memory_mib, 1024)
    return {
        "cpu": f"{size.cpu * 1000 // 1024}m" if rest else str(cores),
        "memory": f"{size.memory_mib}Mi" if mebibytes else f"{gibibytes}Gi",
        "ephemeral-storage": "1Gi",
    }


# The provider has two classes of each kind, one for either sort of container.
def _common(
    image: str, size: ServiceSize, told: Mapping[str, str], *, variable: Callable[..., Any], mount: Callable[..., Any]
) -> dict[str, Any]:
    return {
        "image": image,
        "env": [variable(name=name, value=told[name]) for name in sorted(told)],
        "resources": {"requests": quantities(size), "limits": quantities(size)},
        "security_context": {
            "allow_privilege_escalation": False,
            "privileged": False,
            "read_only_root_filesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volume_mount": [mount(name=name, mount_path=path, read_only=name != "tmp") for name, path in MOUNTS.items()],
    }
