"""Metrics of the service's pods, in PromQL (MON-4)."""

from constructs_lib.gcp.base.metrics import Query, series
from constructs_lib.kubernetes.workload import PROGRESS_SECONDS

_CONTAINER = "kubernetes.io/container"
# Ranges have a sample of each minute and, unlike instants, none of a pod that is gone ("Staleness", Prometheus
# documentation: an instant repeats the last sample for five minutes).
_SAMPLED = "2m"
_STARTED = f"{PROGRESS_SECONDS // 60}m"


class Pods:
    """PromQL queries on the pods of a Deployment, averaged over all pods.

    Args:
        cluster: name of the cluster.
        namespace: namespace of the Deployment.
        name: name of the Deployment and of its container.

    Attributes:
        ready: number of pods that pass their health check.
        wanted: desired number of pods.
    """

    def __init__(self, *, cluster: str, namespace: str, name: str) -> None:
        self._container = {"cluster_name": cluster, "namespace_name": namespace, "container_name": name}
        # GKE exports their number as Prometheus metrics ("Kube state metrics", GKE documentation).
        self._deployment = f'cluster="{cluster}",deployment="{name}"'
        self._pods = f'cluster="{cluster}",container="{name}"'
        self.ready = Query(promql=self._state("kube_deployment_status_replicas_available"), label="Healthy instances")
        self.wanted = Query(promql=self._state("kube_deployment_spec_replicas"), label="Desired instances")

    @property
    def missing(self) -> Query:
        """Number of missing pods: desired minus ready."""
        return Query(promql=f"{self.wanted.promql} - {self.ready.promql}", label="Missing")

    @property
    def failing(self) -> Query:
        """Number of pods that fail their health check after they passed it, or all the time that they may start in.

        A pod that starts or that ends is not counted: the first has not been ready, the second is gone before all
        samples of a range are of its end.
        """
        ready = f"kube_pod_container_status_ready{{{self._pods}}}"
        unhealthy = f"max_over_time({ready}[{_SAMPLED}]) == bool 0"
        started = f"max_over_time({ready}[{_STARTED}]) == 1 or {ready} offset {_STARTED}"
        return Query(promql=f"sum(({unhealthy}) and ({started}))", label="Unhealthy instances")

    def cpu(self, minutes: int = 1) -> Query:
        """Return the CPU utilization, in percent of the limit."""
        return self._share("cpu/limit_utilization", "CPU, %", minutes)

    def memory(self, minutes: int = 1) -> Query:
        """Return the utilization of non-evictable memory, in percent of the limit."""
        return self._share("memory/limit_utilization", "Memory, %", minutes, memory_type="non-evictable")

    @property
    def disk(self) -> Query:
        """Utilization of the pods' ephemeral storage, in percent of the limit."""
        used, allowed = (
            series(f"{_CONTAINER}/ephemeral_storage/{name}", resource="k8s_container", **self._container)
            for name in ("used_bytes", "limit_bytes")
        )
        return Query(promql=f"100 * sum({used}) / sum({allowed})", label="Disk, %")

    def _share(self, path: str, label: str, minutes: int, **labels: str) -> Query:
        found = series(f"{_CONTAINER}/{path}", resource="k8s_container", **self._container, **labels)
        averaged = f"avg_over_time({found}[{minutes}m])" if minutes > 1 else found
        return Query(promql=f"100 * avg({averaged})", label=label, minutes=minutes)

    def _state(self, metric: str) -> str:
        return f"sum({metric}{{{self._deployment}}})"
