"""Application Load Balancer with its listener and target groups, for the CDN only (ARC-1, SEC-2, SEC-6)."""

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.aws.data.secrets import OriginSecrets
from constructs_lib.aws.network.network import HTTPS
from constructs_lib.aws.service.origin_protection import OriginProtection
from constructs_lib.container import HEALTH_PATH
from environments import TimeoutPolicy

TEST_PORT = 8443


class LoadBalancer(Construct):
    """Load balancer that admits only requests from CloudFront's addresses with one of the origin secrets in a header.

    ECS moves the weights of both listener rules with each blue/green deployment. An update of such a rule by
    CloudFormation would write its own weights back, and send all users to the empty target group (aws/aws-cdk#36649): a
    rule is the same whatever the settings are, and the secrets are a matter of the web ACL. Only the kind of deployment
    changes it, for which docs/runbooks/change/deployment.md brings the weights in order first.

    Attributes:
        host: DNS name that the CDN calls, the subject of the certificate.
        production: listener rule that forwards users' requests.
        test: listener rule on a port of its own that forwards to the tasks that are not yet in production; None
            without blue/green deployment.
        blue: target group of the tasks in production.
        green: target group of the tasks that are being deployed; None without blue/green deployment.
        alb: Application Load Balancer, for metrics and security groups.
        certificate: certificate of ``host``.
        protection: web ACL with the accepted secrets.

    Args:
        name: name of the environment, part of the name of the web ACL's log group.
        domain: name of the zone; the load balancer is ``origin.<domain>``.
        cdn_prefix_list: id of the region's managed prefix list of CloudFront's addresses.
        secrets: accepted values of the origin header.
        log_days: retention of the web ACL's log.
        key: encrypts that log.
        deletion_protection: whether AWS refuses to delete the load balancer.
        blue_green: whether to add a second target group and a test listener.
        port: port that the tasks listen on.
        timeouts: of connections, health checks and the tasks' end.
        logs: bucket of the access logs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        vpc: ec2.IVpc,
        zone: route53.IHostedZone,
        domain: str,
        cdn_prefix_list: str,
        secrets: OriginSecrets,
        deletion_protection: bool,
        blue_green: bool,
        port: int,
        timeouts: TimeoutPolicy,
        logs: s3.IBucket,
        log_days: int,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.host = f"origin.{domain}"
        group = ec2.SecurityGroup(
            self, "Entrance", vpc=vpc, description="Access to the load balancer", allow_all_outbound=False
        )
        group.add_ingress_rule(ec2.Peer.prefix_list(cdn_prefix_list), ec2.Port.tcp(HTTPS), "HTTPS from the CDN")
        self.alb = elbv2.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            internet_facing=True,
            security_group=group,
            drop_invalid_header_fields=True,
            deletion_protection=deletion_protection,
        )
        self.alb.set_attribute("idle_timeout.timeout_seconds", str(timeouts.balancer_idle_seconds))
        # The CDN has written the viewer's address (operations/viewer_address.js), and is the only caller.
        self.alb.set_attribute("routing.http.xff_header_processing.mode", "preserve")
        self.alb.log_access_logs(logs, "load-balancer")
        self.certificate = acm.Certificate(
            self, "Certificate", domain_name=self.host, validation=acm.CertificateValidation.from_dns(zone)
        )
        route53.ARecord(
            self,
            "Address",
            zone=zone,
            record_name="origin",
            target=route53.RecordTarget.from_alias(targets.LoadBalancerTarget(self.alb)),
        )
        self.blue = self._target_group("Blue", vpc, port, timeouts)
        self.green = self._target_group("Green", vpc, port, timeouts) if blue_green else None
        self.production = self._rule("Production", HTTPS, self.certificate)
        self.test = self._rule("Test", TEST_PORT, self.certificate) if blue_green else None
        self.protection = OriginProtection(
            self,
            "Protection",
            name=name,
            load_balancer_arn=self.alb.load_balancer_arn,
            secrets=secrets,
            log_days=log_days,
            key=key,
        )

    def _target_group(
        self, color: str, vpc: ec2.IVpc, port: int, timeouts: TimeoutPolicy
    ) -> elbv2.ApplicationTargetGroup:
        return elbv2.ApplicationTargetGroup(
            self,
            color,
            vpc=vpc,
            port=port,
            protocol=elbv2.ApplicationProtocol.HTTP,
            target_type=elbv2.TargetType.IP,
            deregistration_delay=Duration.seconds(timeouts.drain_seconds),
            health_check=elbv2.HealthCheck(
                path=HEALTH_PATH,
                healthy_http_codes="200",
                # ECS replaces a task that the load balancer finds unhealthy ("Load balancer health checks", Amazon ECS
                # developer guide), so this is a check of life as well.
                interval=Duration.seconds(timeouts.liveness_interval_seconds),
                timeout=Duration.seconds(timeouts.liveness_timeout_seconds),
                healthy_threshold_count=2,
                unhealthy_threshold_count=timeouts.liveness_failures,
            ),
        )

    def _rule(self, name: str, port: int, certificate: acm.ICertificate) -> elbv2.ApplicationListenerRule:
        listener = self.alb.add_listener(
            f"{name}Listener",
            port=port,
            protocol=elbv2.ApplicationProtocol.HTTPS,
            open=False,
            certificates=[certificate],
            # TLS 1.3 wherever CloudFront speaks it towards origins, TLS 1.2 with forward secrecy otherwise; a policy
            # of 1.3 alone would refuse a CloudFront location that does not.
            ssl_policy=elbv2.SslPolicy.TLS13_RES,
            default_action=elbv2.ListenerAction.fixed_response(
                403, content_type="text/plain", message_body="Forbidden"
            ),
        )
        colors = [elbv2.WeightedTargetGroup(target_group=self.blue, weight=100)]
        if self.green:
            colors.append(elbv2.WeightedTargetGroup(target_group=self.green, weight=0))
        return elbv2.ApplicationListenerRule(
            self,
            f"{name}Rule",
            listener=listener,
            priority=1,
            # Every path: a rule needs a condition, and this one never changes.
            conditions=[elbv2.ListenerCondition.path_patterns(["/*"])],
            action=elbv2.ListenerAction.weighted_forward(colors),
        )
