"""Containers of a pod: the service, and before it the schema's migration (ARC-2)."""

from collections.abc import Mapping

from cdktf_cdktf_provider_kubernetes import deployment_v1 as v1

from constructs_lib.container import CONTAINER, HEALTH_PATH, MIGRATION, PORT
from environments import ServiceSize, TimeoutPolicy

# Folders that the entrypoint reads.
CERTIFICATES = "/etc/goodies/certificates"
SECRETS = "/etc/goodies/secrets"
# Mount paths of volumes by name. Only /tmp is writable.
MOUNTS = {"tmp": "/tmp", "secrets": SECRETS, "certificates": CERTIFICATES}
_SECURITY_CONTEXT = {
    "allow_privilege_escalation": False,
    "privileged": False,
    "read_only_root_filesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def service(
    image: str, *, size: ServiceSize, environment: Mapping[str, str], timeouts: TimeoutPolicy
) -> v1.DeploymentV1SpecTemplateSpecContainer:
    """Return the container of the service.

    Args:
        image: image with its tag.
        size: CPU and memory.
        environment: variables that are not secret.
        timeouts: delay of SIGTERM, in which the load balancer removes the pod, and of the liveness probe.
    """
    wait = v1.DeploymentV1SpecTemplateSpecContainerLifecyclePreStopExec(command=["sleep", str(timeouts.drain_seconds)])
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
            period_seconds=timeouts.liveness_interval_seconds,
            timeout_seconds=timeouts.liveness_timeout_seconds,
            failure_threshold=timeouts.liveness_failures,
        ),
        lifecycle=v1.DeploymentV1SpecTemplateSpecContainerLifecycle(
            pre_stop=[v1.DeploymentV1SpecTemplateSpecContainerLifecyclePreStop(exec=wait)]
        ),
        image=image,
        env=[
            v1.DeploymentV1SpecTemplateSpecContainerEnv(name=name, value=value)
            for name, value in sorted(environment.items())
        ],
        resources=_resources(size),
        security_context=_SECURITY_CONTEXT,
        volume_mount=[
            v1.DeploymentV1SpecTemplateSpecContainerVolumeMount(name=name, mount_path=path, read_only=name != "tmp")
            for name, path in MOUNTS.items()
        ],
    )


def migration(
    image: str, *, size: ServiceSize, environment: Mapping[str, str]
) -> v1.DeploymentV1SpecTemplateSpecInitContainer:
    """Return the init container that migrates the schema."""
    return v1.DeploymentV1SpecTemplateSpecInitContainer(
        name=MIGRATION,
        args=[MIGRATION],
        image=image,
        env=[
            v1.DeploymentV1SpecTemplateSpecInitContainerEnv(name=name, value=value)
            for name, value in sorted(environment.items())
        ],
        resources=_resources(size),
        security_context=_SECURITY_CONTEXT,
        volume_mount=[
            v1.DeploymentV1SpecTemplateSpecInitContainerVolumeMount(name=name, mount_path=path, read_only=name != "tmp")
            for name, path in MOUNTS.items()
        ],
    )


def _resources(size: ServiceSize) -> dict[str, dict[str, str]]:
    return {"requests": quantities(size), "limits": quantities(size)}


def quantities(size: ServiceSize) -> dict[str, str]:
    """Return a size in the form that Kubernetes normalizes it to; any other form shows as a change in every plan."""
    cores, rest = divmod(size.cpu, 1024)
    gibibytes, mebibytes = divmod(size.memory_mib, 1024)
    return {
        "cpu": f"{size.cpu * 1000 // 1024}m" if rest else str(cores),
        "memory": f"{size.memory_mib}Mi" if mebibytes else f"{gibibytes}Gi",
        "ephemeral-storage": "1Gi",
    }
