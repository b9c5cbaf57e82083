"""Resource of a request to WAFv2, as IAM compares it with policies: the set, group or web ACL that the request names.

MiniStack takes each name for the name of a web ACL, and leaves its id out. AWS compares the ARN ("Actions, resources,
and condition keys for AWS WAF V2", Service Authorization Reference), whose region is us-east-1 for a CDN's.
"""

import json
from collections.abc import Callable
from typing import Any

from local.emulator.ministack_internals import RESOURCE_OF_REQUEST

_SERVICE = "wafv2"
_TYPES = ("IPSet", "ManagedRuleSet", "RegexPatternSet", "RuleGroup", "WebACL")
_ARNS = ("ARN", "ResourceARN", "WebACLArn", "WebAclArn", "ResourceArn")
_CDN_REGION = "us-east-1"


def install() -> None:
    """Patch what IAM is asked about. Called once."""
    RESOURCE_OF_REQUEST.wrap(_with_type_and_id)


def _with_type_and_id(original: Callable[..., str]) -> Callable[..., str]:
    def resource(service: str, method: str, path: str, headers: Any, body: bytes, *more: Any) -> str:
        if service != _SERVICE:
            return original(service, method, path, headers, body, *more)
        *_, region, account = more
        action = str(headers.get("x-amz-target", "")).rpartition(".")[2]
        return _arn(action, json.loads(body or b"{}"), region, account)

    return resource


def _arn(action: str, request: dict[str, Any], region: str, account: str) -> str:
    named = request | request.get("LoggingConfiguration", {})
    for field in _ARNS:
        if field in named:
            return str(named[field])
    kind = next((each for each in _TYPES if each in action), None)
    if kind is None or "Name" not in request or not ("Id" in request or action.startswith("Create")):
        return "*"
    of_cdn = request.get("Scope") == "CLOUDFRONT"
    place = f"{_CDN_REGION if of_cdn else region}:{account}:{'global' if of_cdn else 'regional'}"
    return f"arn:aws:wafv2:{place}/{kind.lower()}/{request['Name']}/{request.get('Id', '*')}"
