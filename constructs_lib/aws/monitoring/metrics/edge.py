"""Metrics of CloudFront and of ACM's certificates (MON-3, IMP-4, AWS-7, AWS-9)."""

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.aws.base.metrics import Metric
from constructs_lib.signals.edge import CdnMetrics

_FIVE_MINUTES = Duration.minutes(5)
_DAY = Duration.days(1)


def cdn_metrics(distribution: cloudfront.Distribution, *, region: str) -> CdnMetrics[Metric]:
    """Return the metrics of a distribution; ``region`` is where CloudFront publishes them."""

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

    return CdnMetrics(
        hit_rate=metric("CacheHitRate", "Average", "of all requests"),
        requests=metric("Requests", "Sum", "in five minutes"),
        error_rate=metric("5xxErrorRate", "Average", "5xx"),
    )


def certificate_days(certificate: acm.ICertificate) -> cloudwatch.Metric:
    """Return the days until a certificate expires. ACM counts them in the certificate's region."""
    return certificate.metric_days_to_expiry(period=_DAY, statistic="Minimum")
