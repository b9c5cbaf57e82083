"""Web ACL of the load balancer: refuses what did not come through the CDN (ARC-1, SEC-2)."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from constructs_lib.aws.base.logs import log_web_acl
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.data.secrets import OriginSecrets

ORIGIN_HEADER = "x-origin-secret"


class OriginProtection(Construct):
    """Regional web ACL that allows requests with one of two secrets in the origin header, and blocks all others.

    The accepted values are a set of their own, so that a rotation can change them and no rule. The template's text
    holds references only, so it stays the same whatever the values are; a deployment that writes the set again writes
    the values of the time.

    Attributes:
        accepted: set of regular expressions that match the accepted values, for the rotation.

    Args:
        name: name of the environment, part of the log group's name.
        load_balancer_arn: load balancer that the web ACL protects.
        secrets: values of the header.
        log_days: retention of the log of refused requests.
        key: encrypts it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        load_balancer_arn: str,
        secrets: OriginSecrets,
        log_days: int,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.accepted = waf.CfnRegexPatternSet(
            self,
            "Accepted",
            scope="REGIONAL",
            regular_expression_list=[
                f"^{secret.secret_value.unsafe_unwrap()}$" for secret in (secrets.sent, secrets.next)
            ],
        )
        acl = waf.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(block={}),
            visibility_config=_visible("Origin"),
            rules=[
                waf.CfnWebACL.RuleProperty(
                    name="FromTheCdn",
                    priority=0,
                    action=waf.CfnWebACL.RuleActionProperty(allow={}),
                    visibility_config=_visible("FromTheCdn"),
                    statement=waf.CfnWebACL.StatementProperty(
                        regex_pattern_set_reference_statement=waf.CfnWebACL.RegexPatternSetReferenceStatementProperty(
                            arn=self.accepted.attr_arn,
                            field_to_match=waf.CfnWebACL.FieldToMatchProperty(single_header={"Name": ORIGIN_HEADER}),
                            text_transformations=[waf.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
                        )
                    ),
                )
            ],
        )
        acknowledge(acl, "CKV_AWS_192", because="The web ACL of the CDN looks for Log4Shell; this one reads one header")
        waf.CfnWebACLAssociation(self, "Association", resource_arn=load_balancer_arn, web_acl_arn=acl.attr_arn)
        log_web_acl(
            self,
            acl,
            name=f"{name}-origin",
            days=log_days,
            key=key,
            secret_headers=[ORIGIN_HEADER],
            # What was allowed is in the log of the CDN's web ACL.
            only_blocked=True,
        )


def _visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    # Sampled requests would show the header's value.
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
