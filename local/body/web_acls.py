"""Web ACLs of AWS WAF: what they inspect, allow, block and limit becomes filters of Envoy.

Not exercised: AWS's managed rule groups, whose rules are AWS's own, and the labels that they add.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.body.deployed import Deployed, Place
from local.body.envoy import Message, any_of, filter_of, seconds, typed

_LUA = Path(__file__).with_name("web_acl.lua")
_TRANSFORMATIONS = {"URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"}
_BLOCKED = 403
# More addresses than a laptop has clients; Envoy keeps 20 unless told.
_ADDRESSES = 10_000

_MATCHERS = {
    "EXACTLY": "exact",
    "STARTS_WITH": "prefix",
    "ENDS_WITH": "suffix",
    "CONTAINS": "contains",
}

_Predicate = Message | bool


class UnsupportedError(Exception):
    """Something of a web ACL that Envoy is not configured for, in a few words."""


@dataclass(frozen=True, kw_only=True)
class WebAcl:
    """A deployed web ACL.

    Attributes:
        arn: its ARN.
        metric: value of its dimension in metrics.
        rules: as the API has them, in the order of their priorities.
        blocks: whether it blocks what no rule decides.
        patterns: regular expressions by the ARN of their set.
    """

    arn: str
    metric: str
    rules: Sequence[Mapping[str, Any]]
    blocks: bool
    patterns: Mapping[str, Sequence[str]]

    @property
    def limits(self) -> list[str]:
        """Values of the dimension of its rate limits in metrics."""
        limiting = [rule for rule in self.rules if "RateBasedStatement" in rule["Statement"]]
        return [rule["VisibilityConfig"]["MetricName"] for rule in limiting]


def read_web_acl(deployed: Deployed, place: Place, arn: str) -> WebAcl:
    """Read a web ACL by its ARN; the place of a CDN's is us-east-1."""
    waf = deployed.client("wafv2", place)
    return _web_acl(waf, waf.get_web_acl(**_address(arn))["WebACL"])


def read_web_acl_of(deployed: Deployed, place: Place, resource: str) -> WebAcl | None:
    """Read the web ACL that protects a resource, by the resource's ARN; None where none does."""
    waf = deployed.client("wafv2", place)
    try:
        found = waf.get_web_acl_for_resource(ResourceArn=resource).get("WebACL")
    except waf.exceptions.WAFNonexistentItemException:  # MiniStack's answer; AWS's holds none
        return None
    return _web_acl(waf, found) if found else None


def _web_acl(waf: Any, acl: Mapping[str, Any]) -> WebAcl:
    """A web ACL with the sets of regular expressions that it refers to."""
    rules = sorted(acl["Rules"], key=lambda rule: int(rule["Priority"]))
    patterns = {}
    for reference in _references(rules):
        found = waf.get_regex_pattern_set(**_address(reference))["RegexPatternSet"]["RegularExpressionList"]
        patterns[reference] = [each["RegexString"] for each in found]
    return WebAcl(
        arn=acl["ARN"],
        metric=acl["VisibilityConfig"]["MetricName"],
        rules=rules,
        blocks="Block" in acl["DefaultAction"],
        patterns=patterns,
    )


class WebAclFilters:
    """Envoy's filters that do what a web ACL says.

    Attributes:
        filters: in their order, before the router.
        headers: that they write into a request, for the route to take out again.
        notes: what of the web ACL is not exercised, a line each.

    Args:
        acl: the web ACL; None where nothing is protected.
    """

    def __init__(self, acl: WebAcl | None) -> None:
        self.filters: list[Message] = []
        self.notes: list[str] = []
        self._inspected: dict[str, tuple[str, str, list[str]]] = {}
        self._patterns = acl.patterns if acl else {}
        if acl:
            self._add(acl)

    def _add(self, acl: WebAcl) -> None:
        if any("ManagedRuleGroupStatement" in rule["Statement"] for rule in acl.rules):
            self.notes.append(f"The web ACL {acl.metric} is without AWS's rule groups")
        decisions: list[Message] = []
        limits: list[Message] = []
        for rule in acl.rules:
            try:
                if "RateBasedStatement" in rule["Statement"]:
                    limits.append(self._limit(rule))
                else:
                    decisions += self._decision(rule)
            except UnsupportedError as unsupported:
                self.notes.append(f"The web ACL {acl.metric} is without its rule {rule['Name']}: {unsupported}")
        if self._inspected:
            self.filters.append(self._inspection())
        if decisions or acl.blocks:
            matcher: Message = {"on_no_match": _action("Default_Action", blocks=acl.blocks)}
            if decisions:
                matcher["matcher_list"] = {"matchers": decisions}
            self.filters.append(filter_of("rbac", "envoy.extensions.filters.http.rbac.v3.RBAC", matcher=matcher))
        self.filters += limits

    @property
    def headers(self) -> list[str]:
        """Names of the headers that the filters write into a request."""
        return [name for name, _, _ in self._inspected.values()]

    def _inspection(self) -> Message:
        """The filter that writes what is inspected into headers."""
        rows = [
            f"{{{', '.join([_lua(name), _lua(source), _lua(changes)])}}}"
            for name, source, changes in self._inspected.values()
        ]
        code = f"local INSPECTED = {{{', '.join(rows)}}}\n{_LUA.read_text()}"
        return filter_of("lua", "envoy.extensions.filters.http.lua.v3.Lua", default_source_code={"inline_string": code})

    def _decision(self, rule: Mapping[str, Any]) -> list[Message]:
        """A rule that allows or blocks what its statement matches; none where it never matches."""
        action = rule.get("Action", {})
        if "ManagedRuleGroupStatement" in rule["Statement"]:
            return []
        predicate = self._predicate(rule["Statement"])
        if predicate is False or "Count" in action:
            return []
        if not {"Allow", "Block"} & action.keys():
            raise UnsupportedError(f"the action {'/'.join(action)}")
        if predicate is True:
            raise UnsupportedError("a statement that matches every request")
        self._note_custom_answer(rule)
        metric = rule["VisibilityConfig"]["MetricName"]
        return [{"predicate": predicate, "on_match": _action(metric, blocks="Block" in action)}]

    def _note_custom_answer(self, rule: Mapping[str, Any]) -> None:
        if "CustomResponse" in rule["Action"].get("Block", {}):
            self.notes.append(f"the custom response of rule {rule['Name']} of a web ACL is a plain {_BLOCKED}")

    def _predicate(self, statement: Mapping[str, Any]) -> _Predicate:
        """A matcher of requests; True or False where the statement matches all or none."""
        ((kind, content),) = statement.items()
        match kind:
            case "LabelMatchStatement":
                return False  # only managed rule groups add labels
            case "NotStatement":
                inner = self._predicate(content["Statement"])
                return not inner if isinstance(inner, bool) else {"not_matcher": inner}
            case "AndStatement" | "OrStatement":
                parts = [self._predicate(each) for each in content["Statements"]]
                decides = kind == "OrStatement"
                if decides in [part for part in parts if isinstance(part, bool)]:
                    return decides
                left = [part for part in parts if not isinstance(part, bool)]
                if len(left) < 2:  # noqa: PLR2004 - of one, nothing is to be joined
                    return left[0] if left else not decides
                return {"or_matcher" if decides else "and_matcher": {"predicate": left}}
            case "ByteMatchStatement" | "RegexPatternSetReferenceStatement" | "RegexMatchStatement":
                name, matcher = self._header(kind, content)
                return _header_predicate(name, matcher)
        raise UnsupportedError(f"a {kind}")

    def _header(self, kind: str, content: Mapping[str, Any]) -> tuple[str, Message]:
        """The header that holds what a statement inspects, and what it must hold."""
        name = self._field(content)
        if kind == "ByteMatchStatement":
            constraint = content["PositionalConstraint"]
            if constraint not in _MATCHERS:
                raise UnsupportedError(f"the constraint {constraint}")
            return name, {_MATCHERS[constraint]: content["SearchString"].decode()}
        expressions = [content["RegexString"]] if kind == "RegexMatchStatement" else self._patterns[content["ARN"]]
        # AWS searches, Envoy matches the whole text.
        return name, {"safe_regex": {"google_re2": {}, "regex": f"(?s).*?(?:{any_of(expressions)}).*"}}

    def _field(self, content: Mapping[str, Any]) -> str:
        ((kind, detail),) = content["FieldToMatch"].items()
        ordered = sorted(content["TextTransformations"], key=lambda each: int(each["Priority"]))
        transformations = [each["Type"] for each in ordered if each["Type"] != "NONE"]
        if unknown := set(transformations) - _TRANSFORMATIONS:
            raise UnsupportedError(f"the text transformation {', '.join(sorted(unknown))}")
        match kind:
            case "SingleHeader":
                source = str(detail["Name"]).lower()
            case "Method":
                source = ":method"
            case "UriPath":
                source = "path"
            case "QueryString":
                source = "query"
            case _:
                raise UnsupportedError(f"the field {kind}")
        if not transformations and source not in ("path", "query"):
            return source
        key = json.dumps([source, transformations])
        if key not in self._inspected:
            self._inspected[key] = (f"x-embedded-waf-{len(self._inspected)}", source, transformations)
        return self._inspected[key][0]

    def _limit(self, rule: Mapping[str, Any]) -> Message:
        """A limit of requests by address: a bucket of tokens, which fills again over the deployed window."""
        statement = rule["Statement"]["RateBasedStatement"]
        if statement["AggregateKeyType"] != "IP":
            raise UnsupportedError(f"the aggregation by {statement['AggregateKeyType']}")
        if "Block" not in rule["Action"]:
            raise UnsupportedError(f"the action {'/'.join(rule['Action'])} of a rate limit")
        self._note_custom_answer(rule)
        metric = rule["VisibilityConfig"]["MetricName"]
        window = int(statement.get("EvaluationWindowSec", 300))
        limit = int(statement["Limit"])
        scope = statement.get("ScopeDownStatement")
        key, request = "generic_key", {}
        if scope:
            key, request = "header_match", {"headers": self._conditions(scope)}
        action = "header_value_match" if scope else key
        always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
        return filter_of(
            f"limit-{metric}",
            "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
            stat_prefix=metric,
            status={"code": _BLOCKED},
            filter_enabled=always,
            filter_enforced=always,
            rate_limits=[{"actions": [{action: {"descriptor_value": metric, **request}}, {"remote_address": {}}]}],
            # Of a request that the limit is not for.
            token_bucket={"max_tokens": 2**31, "tokens_per_fill": 2**31, "fill_interval": "1s"},
            descriptors=[
                {
                    "entries": [
                        {"key": key, "value": metric},
                        {"key": "remote_address"},
                    ],
                    "token_bucket": {
                        "max_tokens": limit,
                        "tokens_per_fill": limit,
                        "fill_interval": seconds(window),
                    },
                }
            ],
            max_dynamic_descriptors=_ADDRESSES,
        )

    def _conditions(self, statement: Mapping[str, Any]) -> list[Message]:
        """Conditions on headers that must all hold."""
        ((kind, content),) = statement.items()
        match kind:
            case "AndStatement":
                return [condition for each in content["Statements"] for condition in self._conditions(each)]
            case "ByteMatchStatement" | "RegexPatternSetReferenceStatement" | "RegexMatchStatement":
                name, matcher = self._header(kind, content)
                return [{"name": name, "string_match": matcher}]
        raise UnsupportedError(f"a {kind} in the scope of a rate limit")


def _lua(value: str | Sequence[str]) -> str:
    """A text, or a list of texts, as Lua writes it."""
    return json.dumps(value) if isinstance(value, str) else f"{{{', '.join(map(_lua, value))}}}"


def _header_predicate(name: str, matcher: Message) -> Message:
    return {
        "single_predicate": {
            "input": {
                "name": "header",
                "typed_config": typed("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", header_name=name),
            },
            "value_match": matcher,
        }
    }


def _action(name: str, *, blocks: bool) -> Message:
    action = typed("envoy.config.rbac.v3.Action", name=name, action="DENY" if blocks else "ALLOW")
    return {"action": {"name": "action", "typed_config": action}}


def _references(value: Any) -> list[str]:
    """ARNs of the sets of regular expressions in rules."""
    if isinstance(value, list):
        return [found for each in value for found in _references(each)]
    if not isinstance(value, dict):
        return []
    found = [reference for each in value.values() for reference in _references(each)]
    named = value.get("RegexPatternSetReferenceStatement")
    return [*found, named["ARN"]] if named else found


def _address(arn: str) -> dict[str, str]:
    """Name, id and scope, by which the API addresses a resource; its ARN holds all of them."""
    scope, _, name, identifier = re.split("/", arn.split(":", 5)[5])
    return {"Name": name, "Id": identifier, "Scope": "CLOUDFRONT" if scope == "global" else "REGIONAL"}
