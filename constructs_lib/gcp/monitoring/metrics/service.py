"""Metrics of the service's pods: utilization, pods that are ready and that are wanted (MON-4, SCL-8)."""

from constructs_lib.gcp.base.metrics import HOUR, Query
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.signals.service import ServiceMetrics


def service_metrics(pods: Pods) -> ServiceMetrics[Query]:
    """Return the metrics of the pods, averaged over all of them."""
    return ServiceMetrics(
        cpu=pods.cpu(),
        memory=pods.memory(),
        disk=pods.disk,
        running=pods.ready,
        wanted=pods.wanted,
        missing=pods.missing,
        hourly_cpu=pods.cpu(HOUR),
        hourly_memory=pods.memory(HOUR),
    )
