"""Signals of the CDN and of certificates (MON-3, AWS-7, AWS-9)."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.aws.base.metrics import Graph, Section, Signal
from constructs_lib.signals.signal import Severity, Threshold
from environments import AlarmPolicy

_FIVE_MINUTES = Duration.minutes(5)
_DAY = Duration.days(1)


def cdn(*, distribution: cloudfront.Distribution, region: str) -> Section:
    """Return the section of the CDN. It has no alarms: what users notice of it, the check from outside notices.

    Args:
        distribution: of CloudFront.
        region: that CloudFront publishes its metrics in.
    """

    def metric(name: str, statistic: str, label: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/CloudFront",
            metric_name=name,
            dimensions_map={"DistributionId": distribution.distribution_id, "Region": "Global"},
            statistic=statistic,
            label=label,
            period=_FIVE_MINUTES,
            region=region,
        )

    return Section(
        name="CDN",
        graphs=[
            Graph(title="Hit rate, %", shows=[metric("CacheHitRate", "Average", "of all requests")]),
            Graph(title="Requests", shows=[metric("Requests", "Sum", "in five minutes")]),
            Graph(title="Errors, %", shows=[metric("5xxErrorRate", "Average", "5xx")]),
        ],
    )


def certificates(*, certificates: Mapping[str, acm.ICertificate], alarms: AlarmPolicy) -> Section:
    """Return the section of the days until certificates expire. ACM counts them in the certificate's region.

    Args:
        certificates: by the name of their alarm.
        alarms: how many days are too few.
    """
    signals = [
        Signal(
            name=name,
            metric=certificate.metric_days_to_expiry(period=_DAY, statistic="Minimum"),
            summary="A certificate was not renewed in time; when it ends, no client will connect.",
            first_check="whether the DNS record that proves the domain is still there.",
            runbook="certificate",
            thresholds={Severity.WARNING: Threshold(value=alarms.certificate_days, periods=1)},
            below=True,
        )
        for name, certificate in certificates.items()
    ]
    return Section(name="Certificates", graphs=[Graph(title="Days left", shows=signals)])
