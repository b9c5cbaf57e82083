"""Application Load Balancers: listeners, rules and target groups become listeners, routes and clusters of Envoy.

Not exercised: stickiness, authentication actions, conditions on source addresses, transforms, cross-zone settings.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.body.addresses import Address
from local.body.deployed import Deployed, Place
from local.body.envoy import (
    CLIENT_ADDRESS,
    OWN_HEADERS,
    UNLIMITED,
    Message,
    added,
    any_of,
    from_file,
    http_options,
    regex,
    seconds,
    text_response,
    wildcards,
)
from local.body.web_acls import WebAcl, read_web_acl_of

# "The load balancer failed to establish a connection to the target before the connection timeout expired (10 seconds)"
# ("Troubleshoot your Application Load Balancers", HTTP 504).
_CONNECT_SECONDS = 10
_IDLE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A deployed health check of targets.

    Attributes:
        path: that is asked for.
        port: where; None for the target's own.
        interval: seconds between two checks.
        timeout: seconds until one has failed.
        healthy: successes after which a target is healthy again.
        unhealthy: failures after which it is unhealthy.
        codes: statuses of a success, as AWS writes them: ``200``, ``200,202`` or ``200-299``.
    """

    path: str
    port: int | None
    interval: float
    timeout: float
    healthy: int
    unhealthy: int
    codes: str


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A deployed target group.

    Attributes:
        arn: its ARN.
        full_name: value of its dimension in metrics.
        health_check: None where it has none.
        drain_seconds: deregistration delay.
        least_requests: whether the target with the fewest requests is chosen, and not the next.
    """

    arn: str
    full_name: str
    health_check: HealthCheck | None
    drain_seconds: float
    least_requests: bool


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A deployed listener.

    Attributes:
        port: its port.
        certificate: name in its certificate; empty for plain HTTP.
        rules: as the API has them, in the order in which they are tried.
    """

    port: int
    certificate: str
    rules: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """A deployed Application Load Balancer.

    Attributes:
        place: its account and region.
        full_name: value of its dimension in metrics.
        dns_name: deployed host name.
        attributes: by their keys.
        listeners: in the order of their ports.
        target_groups: those that a rule names.
        web_acl: which protects it, if one does.
    """

    place: Place
    full_name: str
    dns_name: str
    attributes: Mapping[str, str]
    listeners: Sequence[Listener]
    target_groups: Sequence[TargetGroup]
    web_acl: WebAcl | None

    @property
    def idle_seconds(self) -> float:
        """Time for which a connection may be idle."""
        return float(self.attributes.get("idle_timeout.timeout_seconds", _IDLE_SECONDS))


def read_load_balancers(deployed: Deployed) -> list[LoadBalancer]:
    """Read all Application Load Balancers."""
    return [found for place in deployed.places for found in _of_place(deployed, place)]


def _of_place(deployed: Deployed, place: Place) -> Iterator[LoadBalancer]:
    elb = deployed.client("elbv2", place)
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        if balancer["Type"] != "application":
            continue
        arn = balancer["LoadBalancerArn"]
        listeners = [
            Listener(
                port=int(each["Port"]),
                certificate=_certificate(deployed, place, each),
                rules=_ordered(elb.describe_rules(ListenerArn=each["ListenerArn"])["Rules"]),
            )
            for each in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
            if each["Protocol"] in ("HTTP", "HTTPS")
        ]
        named = sorted({name for each in listeners for rule in each.rules for name, _ in _forwarded(rule["Actions"])})
        yield LoadBalancer(
            place=place,
            full_name=_tail(arn, "loadbalancer/"),
            dns_name=balancer["DNSName"],
            attributes=_attributes(elb.describe_load_balancer_attributes(LoadBalancerArn=arn)),
            listeners=sorted(listeners, key=lambda each: each.port),
            target_groups=list(_target_groups(elb, named)),
            web_acl=read_web_acl_of(deployed, place, arn),
        )


def options(balancer: LoadBalancer) -> Message:
    """Return the options of a load balancer's listeners: how they treat headers."""
    drops = balancer.attributes.get("routing.http.drop_invalid_header_fields.enabled") == "true"
    return {"common_http_protocol_options": {"headers_with_underscores_action": "DROP_HEADER"} if drops else {}}


def _target_groups(elb: Any, arns: Sequence[str]) -> Iterator[TargetGroup]:
    for group in elb.describe_target_groups(TargetGroupArns=arns)["TargetGroups"] if arns else ():
        yield _target_group(
            group, _attributes(elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"]))
        )


def _target_group(group: Mapping[str, Any], attributes: Mapping[str, str]) -> TargetGroup:
    arn = group["TargetGroupArn"]
    port = str(group.get("HealthCheckPort", "traffic-port"))
    check = HealthCheck(
        path=group.get("HealthCheckPath", "/"),
        port=int(port) if port.isdigit() else None,
        interval=float(group["HealthCheckIntervalSeconds"]),
        timeout=float(group["HealthCheckTimeoutSeconds"]),
        healthy=int(group["HealthyThresholdCount"]),
        unhealthy=int(group["UnhealthyThresholdCount"]),
        codes=group.get("Matcher", {}).get("HttpCode", "200"),
    )
    return TargetGroup(
        arn=arn,
        full_name=_tail(arn, ""),
        health_check=check if group.get("HealthCheckEnabled", True) else None,
        drain_seconds=float(attributes.get("deregistration_delay.timeout_seconds", 300)),
        least_requests=attributes.get("load_balancing.algorithm.type") == "least_outstanding_requests",
    )


def _certificate(deployed: Deployed, place: Place, listener: Mapping[str, Any]) -> str:
    if listener["Protocol"] != "HTTPS":
        return ""
    arn = listener["Certificates"][0]["CertificateArn"]
    acm = deployed.client("acm", place)
    return str(acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainName"])


def _ordered(rules: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rules by priority; the default action is the last."""
    return sorted(rules, key=lambda rule: (bool(rule["IsDefault"]), 0 if rule["IsDefault"] else int(rule["Priority"])))


def _attributes(answer: Mapping[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in answer["Attributes"]}


def _tail(arn: str, prefix: str) -> str:
    return arn.split(":", 5)[5].removeprefix(prefix)


def _forwarded(actions: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Target groups that actions forward to, with their weights."""
    found = []
    for action in actions:
        if action["Type"] == "forward":
            groups = action.get("ForwardConfig", {}).get("TargetGroups", ())
            found += [(each["TargetGroupArn"], int(each.get("Weight", 1))) for each in groups]
            if not groups:
                found.append((action["TargetGroupArn"], 1))
    return found


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A target of a target group.

    Attributes:
        target: where it listens.
        draining: whether it gets no new requests, because it was deregistered.
    """

    target: Address
    draining: bool = False


def cluster_name(group: TargetGroup) -> str:
    """Return the name of a target group's cluster, which Envoy writes into its log."""
    return group.full_name


def cluster(balancer: LoadBalancer, group: TargetGroup, endpoints: Path) -> Message:
    """Return the cluster of a target group.

    Args:
        balancer: which forwards to it.
        group: the target group.
        endpoints: file of its endpoints.
    """
    message: Message = {
        "name": cluster_name(group),
        "type": "EDS",
        "eds_cluster_config": {"service_name": cluster_name(group), "eds_config": from_file(endpoints)},
        "connect_timeout": seconds(_CONNECT_SECONDS),
        "lb_policy": "LEAST_REQUEST" if group.least_requests else "ROUND_ROBIN",
        "common_lb_config": {
            # A target group without a healthy target is "fail open": all its targets get requests ("Target groups for
            # your Application Load Balancers"). One percent is none of the up to a hundred that a laptop runs.
            "healthy_panic_threshold": {"value": 1},
            # At once: for a merged update, a target would be healthy in the statistics before it gets requests.
            "update_merge_window": "0s",
        },
        "ignore_health_on_host_removal": True,
        "circuit_breakers": UNLIMITED,
        "typed_extension_protocol_options": http_options(balancer.idle_seconds),
    }
    if group.health_check:
        message["health_checks"] = [_health_check(group.health_check)]
    return message


def _health_check(check: HealthCheck) -> Message:
    interval = seconds(check.interval)
    return {
        "timeout": seconds(check.timeout),
        "interval": interval,
        # Of a cluster that has had no request yet; Envoy takes a minute unless told.
        "no_traffic_interval": interval,
        "healthy_threshold": check.healthy,
        "unhealthy_threshold": check.unhealthy,
        "reuse_connection": False,
        "http_health_check": {
            "path": check.path,
            "host": "target",
            "expected_statuses": list(_ranges(check.codes)),
            # Unless listed here too, one wrong status makes a target unhealthy, whatever the threshold is.
            "retriable_statuses": [{"start": 100, "end": 600}],
            "request_headers_to_add": [added("user-agent", "ELB-HealthChecker/2.0")],
        },
    }


def _ranges(codes: str) -> Iterator[dict[str, int]]:
    for part in codes.split(","):
        first, _, last = part.strip().partition("-")
        yield {"start": int(first), "end": int(last or first) + 1}


def endpoints(group: TargetGroup, registrations: Sequence[Registration]) -> Message:
    """Return the endpoints of a target group."""
    check = group.health_check
    port = {"health_check_config": {"port_value": check.port}} if check and check.port else {}
    found = [
        {
            "endpoint": {
                "address": {"socket_address": {"address": each.target.host, "port_value": each.target.port}},
                **port,
            },
            "health_status": "DRAINING" if each.draining else "HEALTHY",
        }
        for each in registrations
    ]
    return {"cluster_name": cluster_name(group), "endpoints": [{"lb_endpoints": found}]}


class ListenerRoutes:
    """Routes that do what the rules of a listener say.

    Attributes:
        routes: in the order in which they are tried.
        notes: what of the rules is not exercised, a line each.

    Args:
        balancer: of the listener.
        listener: the listener.
        removed: headers of a request that no target gets.
    """

    def __init__(
        self,
        balancer: LoadBalancer,
        listener: Listener,
        removed: Sequence[str],
    ) -> None:
        self.notes: list[str] = []
        self.routes: list[Message] = []
        self._groups = {group.arn: group for group in balancer.target_groups}
        self._idle = seconds(balancer.idle_seconds)
        for rule in listener.rules:
            try:
                match = _match(rule["Conditions"])
                self.routes.append({"match": match, **self._action(rule["Actions"])})
            except _UnsupportedError as unsupported:
                self.notes.append(f"{unsupported}: a rule of the load balancer {balancer.dns_name} is not exercised")
        forwarded = balancer.attributes.get("routing.http.xff_header_processing.mode", "append")
        self._removed = [*removed, *OWN_HEADERS, *(["x-forwarded-for"] if forwarded == "remove" else [])]
        self._added = [added("x-forwarded-port", str(listener.port))]
        self._added += [CLIENT_ADDRESS] if forwarded == "append" else []

    def configuration(self, name: str) -> Message:
        """Return the configuration of routes by its name."""
        return {
            "name": name,
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": self.routes}],
            "request_headers_to_add": self._added,
            "request_headers_to_remove": self._removed,
        }

    def _action(self, actions: Sequence[Mapping[str, Any]]) -> Message:
        action = max(actions, key=lambda each: int(each.get("Order", 1)))
        match action["Type"]:
            case "forward":
                return self._forward(_forwarded([action]))
            case "fixed-response":
                fixed = action["FixedResponseConfig"]
                headers = [added("content-type", fixed["ContentType"])] if fixed.get("ContentType") else []
                return {
                    "direct_response": text_response(int(fixed["StatusCode"]), fixed.get("MessageBody", "")),
                    "response_headers_to_add": headers,
                }
            case "redirect":
                return {"redirect": _redirect(action["RedirectConfig"])}
        raise _UnsupportedError(f"the action {action['Type']}")

    def _forward(self, weights: Sequence[tuple[str, int]]) -> Message:
        if not sum(weight for _, weight in weights):
            return {"direct_response": text_response(503, "")}
        clusters = [{"name": cluster_name(self._groups[arn]), "weight": weight} for arn, weight in weights]
        # A response may take as long as it likes, while something comes.
        return {"route": {"weighted_clusters": {"clusters": clusters}, "timeout": "0s", "idle_timeout": self._idle}}


class _UnsupportedError(Exception):
    pass


def _match(conditions: Sequence[Mapping[str, Any]]) -> Message:
    """Return the matcher of requests for which all conditions hold."""
    match: Message = {"prefix": "/"}
    headers: list[Message] = []
    parameters: list[Message] = []
    for condition in conditions:
        match condition["Field"]:
            case "path-pattern":
                match = {"safe_regex": regex(_values(condition, "PathPatternConfig", wildcards))}
            case "host-header":
                expression = _values(condition, "HostHeaderConfig", wildcards)
                headers.append({"name": ":authority", "string_match": _regex(rf"(?i)(?:{expression})(?::\d+)?")})
            case "http-header":
                expression = _values(condition, "HttpHeaderConfig", wildcards)
                name = condition["HttpHeaderConfig"]["HttpHeaderName"]
                headers.append({"name": name, "string_match": _regex(f"(?i){expression}")})
            case "http-request-method":
                expression = _values(condition, "HttpRequestMethodConfig", re.escape)
                headers.append({"name": ":method", "string_match": _regex(expression)})
            case "query-string":
                parameters.append(_parameter(condition["QueryStringConfig"]["Values"]))
            case other:
                raise _UnsupportedError(f"the condition {other}")
    return {**match, "headers": headers, "query_parameters": parameters}


def _values(condition: Mapping[str, Any], config: str, expression: Callable[[str], str]) -> str:
    values = condition.get(config, {}).get("Values") or condition["Values"]
    return any_of([expression(each) for each in values])


def _regex(expression: str) -> Message:
    return {"safe_regex": regex(expression)}


def _parameter(values: Sequence[Mapping[str, str]]) -> Message:
    keys = {each.get("Key", "") for each in values}
    if len(keys) > 1 or "" in keys:
        raise _UnsupportedError("a condition on several query parameters")
    return {"name": keys.pop(), "string_match": _regex(f"(?i){any_of([wildcards(each['Value']) for each in values])}")}


def _redirect(config: Mapping[str, str]) -> Message:
    redirect: Message = {
        "response_code": "MOVED_PERMANENTLY" if config["StatusCode"] == "HTTP_301" else "FOUND",
    }
    if config.get("Protocol", "#{protocol}") != "#{protocol}":
        redirect["scheme_redirect"] = config["Protocol"].lower()
    if config.get("Port", "#{port}") != "#{port}":
        redirect["port_redirect"] = int(config["Port"])
    if config.get("Host", "#{host}") != "#{host}":
        redirect["host_redirect"] = config["Host"]
    if config.get("Path", "/#{path}") != "/#{path}":
        redirect["path_redirect"] = config["Path"]
    if config.get("Query", "#{query}") == "":
        redirect["strip_query"] = True
    for name in ("Host", "Path", "Query"):
        if "#{" in config.get(name, "").removeprefix("/").replace(f"#{{{name.lower()}}}", "", 1):
            raise _UnsupportedError(f"a redirect to {config[name]}")
    return redirect
