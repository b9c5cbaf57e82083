"""Signals of the CDN and of its certificate (MON-3, GCP-7, GCP-9)."""

from constructs_lib.gcp.base.metrics import HOUR, WINDOW, Graph, Query, Section, Signal, series
from constructs_lib.gcp.monitoring.outside_check import OutsideCheck
from constructs_lib.signals.signal import Severity, Threshold
from environments import AlarmPolicy

_HIT = "HIT"


def cdn(*, routes: str) -> Section:
    """Return the section of the CDN. It has no alarms: what users notice of it, the check from outside notices.

    Args:
        routes: the name of the load balancer's URL map.
    """

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
    return Section(
        name="CDN",
        graphs=[
            Graph(
                title="Hit rate, %",
                shows=[
                    Query(
                        promql=f"100 * ({rate(cache_result=_HIT)} or vector(0)) / {everything}", label="of all requests"
                    )
                ],
            ),
            Graph(title="Requests", shows=[Query(promql=f"{rate()} * 60", label="in a minute")]),
            Graph(
                title="Errors, %",
                shows=[
                    Query(promql=f"100 * ({rate(response_code_class='500')} or vector(0)) / {everything}", label="5xx")
                ],
            ),
        ],
    )


def certificates(*, check: OutsideCheck, alarms: AlarmPolicy) -> Section:
    """Return for how long the certificate that clients see is still good."""
    days = Signal(
        name="Cdn",
        metric=Query(promql=check.certificate_days, label="DaysToExpiry", minutes=HOUR),
        summary="A certificate was not renewed in time; when it ends, no client will connect.",
        first_check="whether the DNS record that proves the domain is still there.",
        runbook="certificate",
        thresholds={Severity.WARNING: Threshold(value=alarms.certificate_days, periods=1)},
        below=True,
    )
    return Section(name="Certificates", graphs=[Graph(title="Days left", shows=[days])])
