"""WAF: Cloud Armor rules in front of the service (SEC-3, SEC-4)."""

from cdktf_cdktf_provider_google import compute_security_policy as armor
from constructs import Construct

from environments import EdgeSettings

API_PATH = "/api/v1/"
LOGIN_PATH = f"{API_PATH}auth/"
_WINDOW_SECONDS = 300
# Groups of the core rule set, in order. Method enforcement is left out: it blocks PUT and DELETE, which the API
# uses ("Google Cloud Armor preconfigured WAF rules overview").
_ATTACKS = (
    "sqli-v33-stable",
    "xss-v33-stable",
    "lfi-v33-stable",
    "rfi-v33-stable",
    "rce-v33-stable",
    "scannerdetection-v33-stable",
    "protocolattack-v33-stable",
    "sessionfixation-v33-stable",
    "cve-canary",
)
# Those of them that take a home's graph for an attack: it holds addresses in its own network, HTML manuals, paths and
# notes (tests/data/smart_home.yaml), and a client repeats a refused synchronization for ever.
_ATTACKS_IN_TEXT = _ATTACKS[:5]
_FIRST_ATTACK = 1000
_FIRST_ATTACK_IN_BODY = 1100
_LOGIN = 2000
_PATH = "request.path.urlDecode().lower()"
# Requests with a body to the paths that need a token.
_BODY_WITH_TOKEN = (
    "request.method.matches('^(PATCH|POST|PUT)$')"
    f" && {_PATH}.startsWith('{API_PATH}') && !{_PATH}.startsWith('{LOGIN_PATH}')"
)
_EVERYBODY_ELSE = 2147483647


class Firewall(Construct):
    """Cloud Armor policy against common attacks, injections, known bad inputs and password guessing.

    Path, headers and queries of every request are searched for attacks, bodies too, except those that a client with a
    token writes to the API.

    Adaptive Protection learns the usual traffic and reports a flood with the rule that would stop it. The load balancer
    always absorbs floods below HTTP ("Google Cloud Armor overview").

    Args:
        settings: rate limit of logins.
        name: name of the policy.

    Attributes:
        policy: security policy; backends take its ``id``.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: EdgeSettings, name: str) -> None:
        super().__init__(scope, construct_id)
        self.policy = armor.ComputeSecurityPolicy(
            self,
            "policy",
            name=name,
            type="CLOUD_ARMOR",
            adaptive_protection_config=armor.ComputeSecurityPolicyAdaptiveProtectionConfig(
                layer7_ddos_defense_config=armor.ComputeSecurityPolicyAdaptiveProtectionConfigLayer7DdosDefenseConfig(
                    enable=True, rule_visibility="STANDARD"
                )
            ),
            advanced_options_config=armor.ComputeSecurityPolicyAdvancedOptionsConfig(
                json_parsing="STANDARD", log_level="NORMAL"
            ),
            rule=[
                *(_attack(_FIRST_ATTACK + number, group) for number, group in enumerate(_ATTACKS)),
                *(
                    _attack_in_body(_FIRST_ATTACK_IN_BODY + number, group)
                    for number, group in enumerate(_ATTACKS_IN_TEXT)
                ),
                # The first rule that matches decides, so a login passes the rules above before it is counted.
                _login_limit(settings.login_requests_per_five_minutes),
                armor.ComputeSecurityPolicyRule(
                    description="Allows all other requests",
                    priority=_EVERYBODY_ELSE,
                    action="allow",
                    match=armor.ComputeSecurityPolicyRuleMatch(
                        versioned_expr="SRC_IPS_V1",
                        config=armor.ComputeSecurityPolicyRuleMatchConfig(src_ip_ranges=["*"]),
                    ),
                ),
            ],
        )


def _attack(priority: int, group: str) -> armor.ComputeSecurityPolicyRule:
    return armor.ComputeSecurityPolicyRule(
        description=group,
        priority=priority,
        action="deny(403)",
        match=_matching(_found(group)),
        preconfigured_waf_config=_without_parameters(group) if group in _ATTACKS_IN_TEXT else None,
    )


def _attack_in_body(priority: int, group: str) -> armor.ComputeSecurityPolicyRule:
    return armor.ComputeSecurityPolicyRule(
        description=f"{group} in parameters and bodies",
        priority=priority,
        action="deny(403)",
        match=_matching(f"!({_BODY_WITH_TOKEN}) && {_found(group)}"),
    )


def _found(group: str) -> str:
    # Sensitivity 1 has the fewest false positives.
    return f"evaluatePreconfiguredWaf('{group}', {{'sensitivity': 1}})"


def _matching(expression: str) -> armor.ComputeSecurityPolicyRuleMatch:
    return armor.ComputeSecurityPolicyRuleMatch(expr=armor.ComputeSecurityPolicyRuleMatchExpr(expression=expression))


def _without_parameters(group: str) -> armor.ComputeSecurityPolicyRulePreconfiguredWafConfig:
    """Return the exclusion of all parameters, which may be in the query or in the body; path and headers remain.

    Source: ``requestQueryParamsToExclude`` of ``securityPolicies``, Compute Engine API reference.
    """
    return armor.ComputeSecurityPolicyRulePreconfiguredWafConfig(
        exclusion=[
            armor.ComputeSecurityPolicyRulePreconfiguredWafConfigExclusion(
                target_rule_set=group,
                request_query_param=[
                    armor.ComputeSecurityPolicyRulePreconfiguredWafConfigExclusionRequestQueryParam(
                        operator="EQUALS_ANY"
                    )
                ],
            )
        ]
    )


def _login_limit(requests: int) -> armor.ComputeSecurityPolicyRule:
    return armor.ComputeSecurityPolicyRule(
        description="Rate limit of logins",
        priority=_LOGIN,
        action="throttle",
        match=armor.ComputeSecurityPolicyRuleMatch(
            expr=armor.ComputeSecurityPolicyRuleMatchExpr(expression=f"{_PATH}.startsWith('{LOGIN_PATH}')")
        ),
        rate_limit_options=armor.ComputeSecurityPolicyRuleRateLimitOptions(
            enforce_on_key="IP",
            rate_limit_threshold=armor.ComputeSecurityPolicyRuleRateLimitOptionsRateLimitThreshold(
                count=requests, interval_sec=_WINDOW_SECONDS
            ),
            conform_action="allow",
            exceed_action="deny(429)",
        ),
    )
