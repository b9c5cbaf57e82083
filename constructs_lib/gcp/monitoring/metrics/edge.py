"""Metrics of Cloud CDN and of the certificate that clients see (MON-3, IMP-4, GCP-7, GCP-9)."""

from constructs_lib.gcp.base.metrics import HOUR, WINDOW, Query, series
from constructs_lib.gcp.monitoring.outside_check import OutsideCheck
from constructs_lib.signals.edge import CdnMetrics

_HIT = "HIT"


def cdn_metrics(*, routes: str) -> CdnMetrics[Query]:
    """Return the metrics of the CDN; ``routes`` is the name of the load balancer's URL map."""

    def rate(**labels: str) -> str:
        found = series(
            "loadbalancing.googleapis.com/https/request_count",
            resource="https_lb_rule",
            url_map_name=routes,
            backend_target_type="BACKEND_BUCKET",
            **labels,
        )
        return f"sum(rate({found}[{WINDOW}]))"

    everything = f"({rate()} > 0)"
    hits, errors = rate(cache_result=_HIT), rate(response_code_class="500")
    return CdnMetrics(
        hit_rate=Query(promql=f"100 * ({hits} or vector(0)) / {everything}", label="of all requests"),
        requests=Query(promql=f"{rate()} * 60", label="in a minute"),
        error_rate=Query(promql=f"100 * ({errors} or vector(0)) / {everything}", label="5xx"),
    )


def certificate_days(check: OutsideCheck) -> Query:
    """Return the days until the certificate that clients see expires."""
    return Query(promql=check.certificate_days, label="DaysToExpiry", minutes=HOUR)
