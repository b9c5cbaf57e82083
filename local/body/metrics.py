"""Metrics of CloudWatch that load balancers, distributions and web ACLs publish, from Envoy's log of requests.

Names, dimensions and what counts are those of "CloudWatch metrics for your Application Load Balancer", of "CloudFront
metrics" and of "AWS WAF metrics and dimensions".
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from typing_extensions import override

from local.body.deployed import Deployed, Place
from local.body.envoy_process import Host
from local.body.ingress import DeployedIngress, Ingress
from local.body.metric_values import Dimensions, Metric, MetricValues
from local.body.part import Part
from local.body.web_acls import WebAcl

_LOG_BYTES = 16 * 1024**2
_LEAST_ERROR = 500
_BLOCKED = re.compile(r"rbac_access_denied_matched_policy\[(.*)\]")
_LIMITED = "local_rate_limited"
_FIXED = "direct_response"
_BY_TARGET = "via_upstream"
# CloudFront publishes there, and so does the web ACL of a CDN.
_GLOBAL = "us-east-1"


class Metrics(Part):
    """Publishes metrics each minute, of what is behind an ingress.

    Args:
        ingress: the ingress.
    """

    def __init__(self, ingress: Ingress) -> None:
        super().__init__()
        self._ingress = ingress
        self._values = MetricValues()
        self._aside = False
        # What an earlier process of ours has counted.
        self._offset = ingress.requests.stat().st_size if ingress.requests.exists() else 0

    def reconcile(self, deployed: Deployed) -> None:
        """Read what Envoy has written down since, and publish the minutes that are over."""
        self._values.clock = deployed.clock
        sources = _Sources(self._ingress.deployed)
        for line in self._lines():
            with suppress(ValueError):  # of a line that was not written to its end
                self._count(json.loads(line), sources)
        if minutes := self._values.due(deployed.now):
            self._count_targets(minutes)
            self._values.publish(deployed)

    @override
    def stop(self) -> None:
        """Do nothing: no process of it runs."""

    def _lines(self) -> list[bytes]:
        """Lines that are new in Envoy's log. A log that has grown large is put aside."""
        current, aside = self._ingress.requests, self._ingress.requests.with_suffix(".old.log")
        changes = self._aside and current.exists()
        try:
            with (aside if self._aside else current).open("rb") as log:
                log.seek(self._offset)
                *lines, rest = log.read().split(b"\n")
                self._offset = log.tell() - len(rest)
        except FileNotFoundError:
            return []
        if changes:  # Envoy has opened the new file, and writes to the old one no more
            self._aside, self._offset = False, 0
        elif not self._aside and self._offset > _LOG_BYTES:
            current.replace(aside)
            self._aside = True
            self._ingress.reopen_log()
        return lines

    def _count(self, request: Mapping[str, Any], sources: "_Sources") -> None:
        """Count a request with all metrics that it is in."""
        end = float(request["start"]) + request["milliseconds"] / 1000
        for metric, value in sources.values(request):
            self._values.add(metric, value, end)

    def _count_targets(self, minutes: Sequence[float]) -> None:
        """Count healthy and unhealthy targets, where a target group has any."""
        for balancer in self._ingress.deployed.balancers:
            for group in balancer.target_groups:
                hosts = [each for each in self._ingress.hosts.get(group.full_name, {}).values() if _counts(each)]
                dimensions = (("LoadBalancer", balancer.full_name), ("TargetGroup", group.full_name))
                healthy = sum(each.healthy for each in hosts)
                for name, number in (("HealthyHostCount", healthy), ("UnHealthyHostCount", len(hosts) - healthy)):
                    if hosts:
                        metric = Metric(balancer.place, "AWS/ApplicationELB", name, dimensions)
                        for minute in minutes:
                            self._values.add(metric, number, minute)


def _counts(host: Host) -> bool:
    """Return whether a target is counted: it is registered and was checked."""
    return not host.draining and not host.initial


class _Sources:
    """Load balancers and distributions by the name that a request has, for which it is counted."""

    def __init__(self, deployed: DeployedIngress) -> None:
        self._balancers = {each.full_name: each for each in deployed.balancers}
        self._distributions = {each.identifier: each for each in deployed.distributions}

    def values(self, request: Mapping[str, Any]) -> Iterator[tuple[Metric, float]]:
        """Yield the metrics that a request is in, with its value."""
        if balancer := self._balancers.get(request["name"]):
            yield from _of_balancer(balancer.place, request)
            region = (("Region", balancer.place.region),)
            yield from _of_web_acl(balancer.place, balancer.web_acl, request, region)
        elif distribution := self._distributions.get(request["name"]):
            place = Place(distribution.account, _GLOBAL)
            yield from _of_distribution(place, request)
            yield from _of_web_acl(place, distribution.web_acl, request, ())


def _of_balancer(place: Place, request: Mapping[str, Any]) -> Iterator[tuple[Metric, float]]:
    balancer = (("LoadBalancer", request["name"]),)
    group = (*balancer, ("TargetGroup", request["cluster"] or ""))
    status = int(request["status"])

    def metric(name: str, dimensions: Dimensions, unit: str = "Count") -> Metric:
        return Metric(place, "AWS/ApplicationELB", name, dimensions, unit)

    if request["target"]:
        # Counted "where the load balancer node was able to choose a target".
        for dimensions in (balancer, group):
            yield metric("RequestCount", dimensions), 1
    if request["details"] == _BY_TARGET:
        for dimensions in (balancer, group):
            yield metric(f"HTTPCode_Target_{status // 100}XX_Count", dimensions), 1
            seconds = round(request["target_microseconds"] / 1_000_000, 3)
            yield metric("TargetResponseTime", dimensions, "Seconds"), seconds
    elif request["details"] == _FIXED:
        yield metric("HTTP_Fixed_Response_Count", balancer), 1
    elif status:
        yield metric(f"HTTPCode_ELB_{status // 100}XX_Count", balancer), 1
        if status >= _LEAST_ERROR:
            yield metric(f"HTTPCode_ELB_{status}_Count", balancer), 1


def _of_distribution(place: Place, request: Mapping[str, Any]) -> Iterator[tuple[Metric, float]]:
    dimensions = (("DistributionId", request["name"]), ("Region", "Global"))
    status = int(request["status"])

    def metric(name: str, unit: str) -> Metric:
        return Metric(place, "AWS/CloudFront", name, dimensions, unit)

    yield metric("Requests", "None"), 1
    yield metric("BytesDownloaded", "None"), request["bytes"]
    for name, failed in (
        ("4xxErrorRate", status // 100 == 4),  # noqa: PLR2004 - of a status
        ("5xxErrorRate", status // 100 == 5),  # noqa: PLR2004
        ("TotalErrorRate", status // 100 in (4, 5)),
    ):
        yield metric(name, "Percent"), 100.0 if failed else 0.0


def _of_web_acl(
    place: Place, web_acl: WebAcl | None, request: Mapping[str, Any], region: Dimensions
) -> Iterator[tuple[Metric, float]]:
    if not web_acl:
        return
    blocked = _BLOCKED.fullmatch(request["details"] or "")
    rule = blocked[1] if blocked else web_acl.limits[0] if request["details"] == _LIMITED and web_acl.limits else ""
    name = "BlockedRequests" if rule else "AllowedRequests"
    for each in ("ALL", rule) if rule else ("ALL",):
        dimensions = (*region, ("Rule", each), ("WebACL", web_acl.metric))
        yield Metric(place, "AWS/WAFV2", name, dimensions, "Count"), 1
