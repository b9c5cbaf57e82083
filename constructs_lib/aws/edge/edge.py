"""CloudFront CDN with its certificate and DNS names (AWS-7, AWS-8, AWS-9, IMP-4)."""

from aws_cdk import Annotations, Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_shield as shield
from constructs import Construct

from constructs_lib.aws.base.packaging import OPERATIONS
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.edge.firewall import Firewall
from constructs_lib.aws.service.origin_protection import ORIGIN_HEADER
from environments import EdgeSettings, TimeoutPolicy

ASSETS_PATH = "/static/*"
# All that CloudFront takes in a custom error response ("How CloudFront caches HTTP 4xx and 5xx status codes").
_ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
_PRICE_CLASSES = {
    "100": cloudfront.PriceClass.PRICE_CLASS_100,
    "200": cloudfront.PriceClass.PRICE_CLASS_200,
    "all": cloudfront.PriceClass.PRICE_CLASS_ALL,
}


class Edge(Construct):
    """CloudFront distribution that caches assets, but neither answers of the API nor errors.

    CloudFront's certificate and firewall exist in us-east-1 only, so the stack of this construct must, too
    ("Requirements for using SSL/TLS certificates with CloudFront").

    Attributes:
        host: public DNS name of the service.
        distribution: distribution, for metrics.
        certificate: certificate of the public name.
        firewall: WAF of the distribution.

    Args:
        timeouts: of connections to the load balancer.
        name: name of the environment, part of the names of the WAF's log group and Shield's protection.
        domain: name of the zone; the CDN is ``api.<domain>``.
        origin_host: DNS name of the load balancer.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: EdgeSettings,
        timeouts: TimeoutPolicy,
        name: str,
        zone: route53.IHostedZone,
        domain: str,
        origin_host: str,
        origin_secret: secretsmanager.ISecret,
        assets: s3.IBucket,
        logs: s3.IBucket,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.host = f"api.{domain}"
        self.firewall = Firewall(self, "Firewall", settings=settings, name=name, key=key)
        self.certificate = acm.Certificate(
            self, "Certificate", domain_name=self.host, validation=acm.CertificateValidation.from_dns(zone)
        )
        headers = _security_headers(self)
        self.distribution = cloudfront.Distribution(
            self,
            "Cdn",
            comment=f"{self.host}: assets are cached, the API is not",
            domain_names=[self.host],
            certificate=self.certificate,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_3_2025,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            enable_ipv6=True,
            price_class=_PRICE_CLASSES[settings.price_class],
            web_acl_id=self.firewall.arn,
            log_bucket=logs,
            log_file_prefix="cdn/",
            publish_additional_metrics=True,
            # Whatever the cache policy says, CloudFront keeps an error for 10 seconds, and gives one user's to another.
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0)) for status in _ERRORS
            ],
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.HttpOrigin(
                    origin_host,
                    protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                    origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
                    connection_attempts=timeouts.cdn_attempts,
                    connection_timeout=Duration.seconds(timeouts.cdn_connect_seconds),
                    read_timeout=Duration.seconds(timeouts.cdn_response_seconds),
                    keepalive_timeout=Duration.seconds(timeouts.cdn_idle_seconds),
                    custom_headers={ORIGIN_HEADER: origin_secret.secret_value.unsafe_unwrap()},
                ),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                # The origin's certificate is for its own name, so the viewer's Host header is not forwarded.
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
                response_headers_policy=headers,
                function_associations=[
                    cloudfront.FunctionAssociation(
                        event_type=cloudfront.FunctionEventType.VIEWER_REQUEST, function=self._viewer_address()
                    )
                ],
                # Without a cache nothing is compressed ("Serve compressed files", CloudFront developer guide).
                compress=False,
            ),
            additional_behaviors={
                ASSETS_PATH: cloudfront.BehaviorOptions(
                    origin=_assets_origin(self, assets),
                    viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                    allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                    cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                    response_headers_policy=headers,
                    compress=True,
                )
            },
        )
        acknowledge(self.distribution, "AwsSolutions-CFR1", because="The service is for users in every country")
        alias = route53.RecordTarget.from_alias(targets.CloudFrontTarget(self.distribution))
        route53.ARecord(self, "Ipv4", zone=zone, record_name="api", target=alias)
        route53.AaaaRecord(self, "Ipv6", zone=zone, record_name="api", target=alias)
        # Says before the first connection that the CDN speaks HTTP/3.
        route53.HttpsRecord(self, "Https", zone=zone, record_name="api", target=alias)
        if settings.shield_advanced:
            shield.CfnProtection(self, "Shield", name=name, resource_arn=self.distribution.distribution_arn)

    def _viewer_address(self) -> cloudfront.Function:
        program = (OPERATIONS / "viewer_address.js").read_text(encoding="utf-8")
        return cloudfront.Function(
            self,
            "ViewerAddress",
            comment="Replaces X-Forwarded-For by the viewer's address",
            code=cloudfront.FunctionCode.from_inline(program),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )


def _assets_origin(scope: Construct, assets: s3.IBucket) -> cloudfront.IOrigin:
    # The CDK would add a policy that names this distribution to the bucket, and each of the two
    # stacks would need the other first. The bucket's stack admits all distributions of the account instead.
    Annotations.of(scope).acknowledge_warning(
        "@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac", "The bucket's own stack grants the access"
    )
    bucket = s3.Bucket.from_bucket_attributes(
        scope, "Assets", bucket_name=assets.bucket_name, region=assets.env.region, account=assets.env.account
    )
    return origins.S3BucketOrigin.with_origin_access_control(bucket)


def _security_headers(scope: Construct) -> cloudfront.ResponseHeadersPolicy:
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "Headers",
        comment="Security headers on every response",
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=Duration.days(730), include_subdomains=True, preload=True, override=True
            ),
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            frame_options=cloudfront.ResponseHeadersFrameOptions(
                frame_option=cloudfront.HeadersFrameOption.DENY, override=True
            ),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
            ),
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy="default-src 'none'; frame-ancestors 'none'", override=False
            ),
        ),
    )
