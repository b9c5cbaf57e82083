"""AWS WAF rules in front of the CDN: managed groups and the rate limit of logins (SEC-3, SEC-4)."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from constructs_lib.aws.base.logs import log_web_acl
from environments import EdgeSettings

API_PATH = "/api/v1/"
LOGIN_PATH = f"{API_PATH}auth/"
_WINDOW_SECONDS = 300
# Rules of AWS's groups that look into bodies, with the labels that they add ("Baseline rule groups" and "Use-case
# specific rule groups", AWS WAF developer guide). An API's bodies are no web site's forms: a home's graph holds
# addresses in its own network, HTML manuals, paths and notes (tests/data/smart_home.yaml), and a client repeats a
# refused synchronization for ever. No such body looks like a "known bad input", so the rules of that group block.
_BODY_RULES = {
    "AWSManagedRulesCommonRuleSet": {
        # Bodies above 8 KB; a synchronization sends more.
        "SizeRestrictions_BODY": "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body",
        "EC2MetaDataSSRF_BODY": "awswaf:managed:aws:core-rule-set:EC2MetaDataSSRF_Body",
        "GenericLFI_BODY": "awswaf:managed:aws:core-rule-set:GenericLFI_Body",
        "GenericRFI_BODY": "awswaf:managed:aws:core-rule-set:GenericRFI_Body",
        "CrossSiteScripting_BODY": "awswaf:managed:aws:core-rule-set:CrossSiteScripting_Body",
    },
    "AWSManagedRulesSQLiRuleSet": {
        "SQLi_BODY": "awswaf:managed:aws:sql-database:SQLi_Body",
        "SQLiExtendedPatterns_BODY": "awswaf:managed:aws:sql-database:SQLiExtendedPatterns_Body",
    },
}
_BODY_LABELS = [label for rules in _BODY_RULES.values() for label in rules.values()]


def _visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )


def _managed(
    priority: int,
    name: str,
    *,
    configs: list[waf.CfnWebACL.ManagedRuleGroupConfigProperty] | None = None,
) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        visibility_config=_visible(name),
        statement=waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name=name,
                managed_rule_group_configs=configs,
                rule_action_overrides=[
                    waf.CfnWebACL.RuleActionOverrideProperty(
                        name=rule, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
                    )
                    for rule in _BODY_RULES.get(name, ())
                ]
                or None,
            )
        ),
    )


def _login_limit(priority: int, requests: int) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name="LoginRate",
        priority=priority,
        action=waf.CfnWebACL.RuleActionProperty(block={}),
        visibility_config=_visible("LoginRate"),
        statement=waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP",
                limit=requests,
                evaluation_window_sec=_WINDOW_SECONDS,
                scope_down_statement=_path_starts_with(LOGIN_PATH),
            )
        ),
    )


def _bodies_elsewhere(priority: int) -> waf.CfnWebACL.RuleProperty:
    """Block what a body rule has labelled, but on the paths of the API that need a token."""
    statement = waf.CfnWebACL.StatementProperty
    labelled = statement(
        or_statement=waf.CfnWebACL.OrStatementProperty(
            statements=[
                statement(label_match_statement=waf.CfnWebACL.LabelMatchStatementProperty(scope="LABEL", key=label))
                for label in _BODY_LABELS
            ]
        )
    )
    outside = statement(not_statement=waf.CfnWebACL.NotStatementProperty(statement=_path_starts_with(API_PATH)))
    without_token = statement(
        or_statement=waf.CfnWebACL.OrStatementProperty(statements=[outside, _path_starts_with(LOGIN_PATH)])
    )
    return waf.CfnWebACL.RuleProperty(
        name="BodiesElsewhere",
        priority=priority,
        action=waf.CfnWebACL.RuleActionProperty(block={}),
        visibility_config=_visible("BodiesElsewhere"),
        statement=statement(and_statement=waf.CfnWebACL.AndStatementProperty(statements=[labelled, without_token])),
    )


def _path_starts_with(path: str) -> waf.CfnWebACL.StatementProperty:
    return waf.CfnWebACL.StatementProperty(
        byte_match_statement=waf.CfnWebACL.ByteMatchStatementProperty(
            field_to_match=waf.CfnWebACL.FieldToMatchProperty(uri_path={}),
            positional_constraint="STARTS_WITH",
            search_string=path,
            text_transformations=[
                waf.CfnWebACL.TextTransformationProperty(priority=0, type="URL_DECODE"),
                waf.CfnWebACL.TextTransformationProperty(priority=1, type="NORMALIZE_PATH"),
                waf.CfnWebACL.TextTransformationProperty(priority=2, type="LOWERCASE"),
            ],
        )
    )


# The clients are programs: a challenge that only a browser can answer would block all of them.
_NO_CHALLENGE = waf.CfnWebACL.ManagedRuleGroupConfigProperty(
    aws_managed_rules_anti_d_do_s_rule_set=waf.CfnWebACL.AWSManagedRulesAntiDDoSRuleSetProperty(
        client_side_action_config=waf.CfnWebACL.ClientSideActionConfigProperty(
            challenge=waf.CfnWebACL.ClientSideActionProperty(usage_of_action="DISABLED")
        ),
        sensitivity_to_block="LOW",
    )
)


class Firewall(Construct):
    """Web ACL against common attacks, injections, known bad inputs and addresses, and too many logins.

    AWS's groups have no pinned version: AWS may change what they refuse at any time, and improves them so without a
    deployment of ours.

    Attributes:
        arn: ARN of the web ACL, for the CDN.

    Args:
        name: name of the environment, part of the log group's name.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: EdgeSettings, name: str, key: kms.IKey
    ) -> None:
        super().__init__(scope, construct_id)
        acl = waf.CfnWebACL(
            self,
            "Acl",
            scope="CLOUDFRONT",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visible("Firewall"),
            rules=[
                _managed(0, "AWSManagedRulesAntiDDoSRuleSet", configs=[_NO_CHALLENGE]),
                _managed(1, "AWSManagedRulesAmazonIpReputationList"),
                _managed(2, "AWSManagedRulesCommonRuleSet"),
                _managed(3, "AWSManagedRulesKnownBadInputsRuleSet"),
                _managed(4, "AWSManagedRulesSQLiRuleSet"),
                _bodies_elsewhere(5),
                _login_limit(6, settings.login_requests_per_five_minutes),
            ],
        )
        self.arn = acl.attr_arn
        log_web_acl(self, acl, name=name, days=settings.log_days, key=key)
