"""Native fixes: handlers of MiniStack that do not do what the template says, corrected."""

import base64
import json
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from local.emulator.api_calls import call, request_shape
from local.emulator.handlers.base import Entry, Native, Resource
from local.emulator.handlers.caches import Cache
from local.emulator.handlers.databases import Database
from local.emulator.request_shapes import to_request
from local.emulator.schemas import Properties


class Attributed(Native):
    """``Fn::GetAtt`` of a property, such as a VPC's ``CidrBlock``."""

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        physical_id, attributes = super().create(logical_id, properties, stack)
        return physical_id, {**_scalars(properties), **attributes}

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        same_id, attributes = super().update(physical_id, old, new, stack, logical_id)
        return same_id, {**_scalars(new), **attributes}


class Distribution(Native):
    """CloudFront distribution with what a template may leave out, so that UpdateDistribution takes an answer back."""

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        return super().create(logical_id, _complete(properties), stack)

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        return super().update(physical_id, old, _complete(new), stack, logical_id)


class Secret(Native):
    """``Ref`` is the ARN, and a generated value obeys every rule."""

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        _, attributes = super().create(logical_id, _generated(properties), stack)
        return attributes["Arn"], attributes

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        # An unchanged generator must not make another password, so it is hidden from both sides.
        unchanged = new.get("GenerateSecretString") == old.get("GenerateSecretString")
        wanted = _ungenerated(new) if unchanged else _generated(new)
        _, attributes = super().update(_secret_name(physical_id), _ungenerated(old), wanted, stack, logical_id)
        return attributes["Arn"], attributes

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        super().delete(_secret_name(physical_id), properties)


class Alarm(Native):
    """An alarm on metric math keeps its queries, and MiniStack does not evaluate it."""

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        if "Metrics" not in properties:
            return super().create(logical_id, properties, stack)
        # Any metric will do to have the name made; the call below replaces the alarm as a whole.
        placeholder = {key: value for key, value in properties.items() if key != "Metrics"}
        name, attributes = super().create(logical_id, {**placeholder, "MetricName": "none", "Namespace": "none"}, stack)
        call("cloudwatch", "PutMetricAlarm", {**properties, "AlarmName": name})
        return name, attributes

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        if "Metrics" not in new:
            return super().update(physical_id, old, new, stack, logical_id)
        return self.create(logical_id, new, stack)


class WebAcl(Native):
    """Rules are kept as the API has them; MiniStack keeps them as the template has them, and answers them so."""

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        return super().create(logical_id, _as_the_api_has(properties), stack)

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        return super().update(physical_id, old, _as_the_api_has(new), stack, logical_id)


NATIVE_FIXES: dict[str, Callable[[Entry], Native]] = {
    "AWS::CloudFront::Distribution": Distribution,
    "AWS::CloudWatch::Alarm": Alarm,
    "AWS::EC2::SecurityGroup": Attributed,
    "AWS::EC2::Subnet": Attributed,
    "AWS::EC2::VPC": Attributed,
    "AWS::ElastiCache::ReplicationGroup": Cache,
    "AWS::RDS::DBInstance": Database,
    "AWS::SecretsManager::Secret": Secret,
    "AWS::WAFv2::WebACL": WebAcl,
}


# The API requires them (CustomOriginConfig, S3OriginConfig), and a template need not have them
# (AWS::CloudFront::Distribution, template reference). The ports are those of the protocols.
_IN_ORIGINS: dict[str, Properties] = {
    "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443},
    "S3OriginConfig": {"OriginAccessIdentity": ""},
}


def _complete(properties: Properties) -> Properties:
    config = properties["DistributionConfig"]
    origins = [
        origin | {name: {**members, **origin[name]} for name, members in _IN_ORIGINS.items() if name in origin}
        for origin in config.get("Origins", [])
    ]
    return {**properties, "DistributionConfig": {"Comment": "", **config, "Origins": origins}}


def _scalars(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if isinstance(value, str | int | bool)}


def _ungenerated(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if name != "GenerateSecretString"}


def _generated(properties: Properties) -> Properties:
    """The properties with their generated value in place of the rules for it."""
    rules = properties.get("GenerateSecretString")
    if rules is None:
        return properties
    value = call("secretsmanager", "GetRandomPassword", rules)["RandomPassword"]
    if "SecretStringTemplate" in rules:
        value = json.dumps({**json.loads(rules["SecretStringTemplate"]), rules["GenerateStringKey"]: value})
    return {**_ungenerated(properties), "SecretString": value}


def _as_the_api_has(properties: Properties) -> Properties:
    """A web ACL's properties: names of its rules as the API spells them (``ARN``), texts to search for in base64."""
    encoded = _in_base64(properties)
    return {**properties, **to_request({"Rules": encoded.get("Rules", [])}, request_shape("wafv2", "CreateWebACL"))}


def _in_base64(value: Any) -> Any:
    """Properties whose texts to search for are in base64, as ``SearchStringBase64`` has them in a template already."""
    if isinstance(value, list):
        return [_in_base64(item) for item in value]
    if not isinstance(value, dict):
        return value
    converted = {name: _in_base64(item) for name, item in value.items()}
    if "SearchString" in converted:
        converted["SearchString"] = base64.b64encode(str(converted["SearchString"]).encode()).decode()
    elif "SearchStringBase64" in converted:
        converted["SearchString"] = converted.pop("SearchStringBase64")
    return converted


def _secret_name(arn: str) -> str:
    """A secret's ARN ends in its name and six random characters."""
    return arn.split(":secret:", 1)[-1].rsplit("-", 1)[0]
