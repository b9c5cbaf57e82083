"""CloudFront distributions: behaviours and origins become routes and clusters of Envoy.

A viewer speaks plain HTTP on loopback, and counts as one that spoke TLS. Not exercised: the cache (each request for a
static file reaches the bucket), compression, HTTP/2 and 3, custom error pages, and functions of other events than a
viewer's request.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local.body.deployed import Deployed, Place
from local.body.edge_functions import function_filter, function_of_route
from local.body.envoy import (
    CLIENT_ADDRESS,
    OWN_HEADERS,
    UNLIMITED,
    Message,
    added,
    any_of,
    client_tls,
    endpoint,
    filter_of,
    http_options,
    regex,
    seconds,
    text_response,
    typed,
    wildcards,
)
from local.body.web_acls import WebAcl, read_web_acl
from local.environment import SECRET_KEY

# CloudFront is in this region, wherever its edges are.
_REGION = "us-east-1"
_REQUEST = "viewer-request"
_TLS = {"TLSv1.2": "TLSv1_2", "TLSv1.3": "TLSv1_3"}
# What a request to an origin lacks unless a policy names it ("HTTP request headers and CloudFront behavior").
_NOT_FORWARDED = ("authorization", "cookie")
# Envoy rewrites a path and keeps its query.
_WITHOUT_QUERY = """
function envoy_on_request(handle)
  local headers = handle:headers()
  headers:replace(":path", (headers:get(":path"):gsub("%?.*", "")))
end
"""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A deployed origin.

    Attributes:
        name: its id within the distribution.
        host: deployed host name.
        path: put before each path.
        headers: added to each request.
        bucket: name of the bucket that it is; empty for a server.
        port: deployed port of a server.
        newest_tls: newest version of TLS that is spoken to it; empty for plain HTTP.
        connect_seconds: until a connection has failed.
        response_seconds: until a response has failed that does not begin, or stops.
        idle_seconds: how long a connection is kept that nobody uses.
    """

    name: str
    host: str
    path: str
    headers: Mapping[str, str]
    bucket: str
    port: int
    newest_tls: str
    connect_seconds: float
    response_seconds: float
    idle_seconds: float


@dataclass(frozen=True, kw_only=True)
class Behavior:
    """A deployed cache behaviour.

    Attributes:
        pattern: of the paths that it is for.
        origin: name of its origin.
        methods: that it allows.
        forwards_viewer: whether the origin gets the viewer's headers and cookies, but the host.
        forwards_host: whether it gets the viewer's ``Host`` too.
        forwards_query: whether it gets the query.
        function: name of the function that a viewer's request runs; empty where there is none.
        response_headers: name, value, and whether it replaces the origin's, of each header that a response gets.
        removed_headers: names of those that it loses.
    """

    pattern: str
    origin: str
    methods: Sequence[str]
    forwards_viewer: bool
    forwards_host: bool
    forwards_query: bool
    function: str
    response_headers: Sequence[tuple[str, str, bool]]
    removed_headers: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """A deployed distribution.

    Attributes:
        account: its account.
        identifier: its id.
        domain: its own name.
        aliases: its other names.
        origins: by their names.
        behaviors: in the order in which they are tried; the last is the default.
        web_acl: which protects it, if one does.
        functions: code of its functions by name.
        notes: what of it is not exercised, a line each.
    """

    account: str
    identifier: str
    domain: str
    aliases: Sequence[str]
    origins: Mapping[str, Origin]
    behaviors: Sequence[Behavior]
    web_acl: WebAcl | None
    functions: Mapping[str, str]
    notes: Sequence[str]

    @property
    def name(self) -> str:
        """First of its aliases, which people know it by; its domain where it has none."""
        return self.aliases[0] if self.aliases else self.domain


def read_distributions(deployed: Deployed) -> list[Distribution]:
    """Read all distributions that are enabled."""
    accounts = sorted({place.account for place in deployed.places})
    return [found for account in accounts for found in _of_account(deployed, Place(account, _REGION))]


def read_aliases(deployed: Deployed) -> dict[str, str]:
    """Read host names that Route 53 has as another name of a resource; the resource's own name by each of them."""
    aliases: dict[str, str] = {}
    for account in sorted({place.account for place in deployed.places}):
        dns = deployed.client("route53", Place(account, _REGION))
        for zone in dns.list_hosted_zones()["HostedZones"]:
            for record in dns.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]:
                if record["Type"] == "A" and "AliasTarget" in record:
                    target = record["AliasTarget"]["DNSName"].rstrip(".").lower().removeprefix("dualstack.")
                    aliases[record["Name"].rstrip(".").lower()] = target
    return aliases


def _of_account(deployed: Deployed, place: Place) -> Iterator[Distribution]:
    cdn = deployed.client("cloudfront", place)
    for listed in cdn.list_distributions()["DistributionList"].get("Items", ()):
        if not listed["Enabled"]:
            continue
        notes: list[str] = []
        origins = [_origin(each) for each in listed["Origins"]["Items"]]
        default = {**listed["DefaultCacheBehavior"], "PathPattern": "*"}
        behaviors = [*listed.get("CacheBehaviors", {}).get("Items", ()), default]
        policies = _Policies(cdn)
        read = [_behavior(policies, each) for each in behaviors]
        functions = {each.function for each in read if each.function}
        if any(event != _REQUEST for each in behaviors for event, _ in _functions(each)):
            notes.append(f"The distribution {listed['Id']} is without its functions of other events than {_REQUEST}")
        if any(each.get("ResponsePagePath") for each in listed.get("CustomErrorResponses", {}).get("Items", ())):
            notes.append(f"The distribution {listed['Id']} is without its error pages")
        acl = listed.get("WebACLId")
        yield Distribution(
            account=place.account,
            identifier=listed["Id"],
            domain=listed["DomainName"],
            aliases=listed["Aliases"].get("Items", ()),
            origins={each.name: each for each in origins},
            behaviors=read,
            web_acl=read_web_acl(deployed, place, acl) if acl else None,
            functions={name: _code(cdn, name) for name in sorted(functions)},
            notes=notes,
        )


def _functions(behavior: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Events of a behaviour, each with the name of its function."""
    listed = behavior.get("FunctionAssociations", {}).get("Items", ())
    return [(each["EventType"], each["FunctionARN"].rpartition("function/")[2]) for each in listed]


def _code(cdn: Any, name: str) -> str:
    return str(cdn.get_function(Name=name, Stage="LIVE")["FunctionCode"].read().decode())


def _origin(listed: Mapping[str, Any]) -> Origin:
    host = listed["DomainName"]
    custom = listed.get("CustomOriginConfig")
    bucket, port = "", 0
    protocols: Sequence[str] = ()
    if custom is None:
        bucket = host.partition(".s3.")[0]
    else:
        encrypted = custom["OriginProtocolPolicy"] != "http-only"
        protocols = custom.get("OriginSslProtocols", {}).get("Items", ()) if encrypted else ()
        port = custom.get("HTTPSPort", 443) if encrypted else custom.get("HTTPPort", 80)
    # "OriginReadTimeout" and its siblings, API reference: the defaults of a template that leaves them out.
    return Origin(
        name=listed["Id"],
        host=host,
        path=listed.get("OriginPath", ""),
        headers={each["HeaderName"]: each["HeaderValue"] for each in listed.get("CustomHeaders", {}).get("Items", ())},
        bucket=bucket,
        port=port,
        newest_tls=max((_TLS.get(each, "") for each in protocols), default="") or ("TLSv1_2" if protocols else ""),
        connect_seconds=float(listed.get("ConnectionTimeout", 10)),
        response_seconds=float((custom or {}).get("OriginReadTimeout", 30)),
        idle_seconds=float((custom or {}).get("OriginKeepaliveTimeout", 5)),
    )


class _Policies:
    """Policies of behaviours, each read once."""

    def __init__(self, cdn: Any) -> None:
        self._cdn = cdn
        self._read: dict[str, Mapping[str, Any]] = {}

    def request(self, identifier: str) -> Mapping[str, Any]:
        """An origin request policy by its id; empty without one."""
        if identifier and identifier not in self._read:
            answer = self._cdn.get_origin_request_policy(Id=identifier)["OriginRequestPolicy"]
            self._read[identifier] = answer["OriginRequestPolicyConfig"]
        return self._read.get(identifier, {})

    def response(self, identifier: str) -> Mapping[str, Any]:
        """A response headers policy by its id; empty without one."""
        if identifier and identifier not in self._read:
            answer = self._cdn.get_response_headers_policy(Id=identifier)["ResponseHeadersPolicy"]
            self._read[identifier] = answer["ResponseHeadersPolicyConfig"]
        return self._read.get(identifier, {})


def _behavior(policies: _Policies, listed: Mapping[str, Any]) -> Behavior:
    request = policies.request(listed.get("OriginRequestPolicyId", ""))
    response = policies.response(listed.get("ResponseHeadersPolicyId", ""))
    headers = request.get("HeadersConfig", {})
    kind = headers.get("HeaderBehavior", "none")
    named = {each.lower() for each in headers.get("Headers", {}).get("Items", ())}
    return Behavior(
        pattern=listed["PathPattern"],
        origin=listed["TargetOriginId"],
        methods=listed.get("AllowedMethods", {}).get("Items", ("GET", "HEAD")),
        forwards_viewer=kind in ("allViewer", "allViewerAndWhitelistCloudFront", "allExcept"),
        forwards_host=kind.startswith("allViewer")
        or (kind == "allExcept" and "host" not in named)
        or (kind == "whitelist" and "host" in named),
        forwards_query=request.get("QueryStringsConfig", {}).get("QueryStringBehavior", "none") != "none",
        function=dict(_functions(listed)).get(_REQUEST, ""),
        response_headers=list(_response_headers(response)),
        removed_headers=[each["Header"] for each in response.get("RemoveHeadersConfig", {}).get("Items", ())],
    )


def _response_headers(policy: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Headers of a response headers policy: name, value, whether it replaces the origin's."""
    security = policy.get("SecurityHeadersConfig", {})
    if found := security.get("StrictTransportSecurity"):
        parts = [f"max-age={found['AccessControlMaxAgeSec']}"]
        parts += ["includeSubDomains"] if found.get("IncludeSubdomains") else []
        parts += ["preload"] if found.get("Preload") else []
        yield "strict-transport-security", "; ".join(parts), found["Override"]
    if found := security.get("ContentTypeOptions"):
        yield "x-content-type-options", "nosniff", found["Override"]
    for kind, member, header in (
        ("FrameOptions", "FrameOption", "x-frame-options"),
        ("ReferrerPolicy", "ReferrerPolicy", "referrer-policy"),
        ("ContentSecurityPolicy", "ContentSecurityPolicy", "content-security-policy"),
    ):
        if found := security.get(kind):
            yield header, found[member], found["Override"]
    for each in policy.get("CustomHeadersConfig", {}).get("Items", ()):
        yield each["Header"].lower(), each["Value"], each["Override"]


def cluster_name(distribution: Distribution, origin: Origin) -> str:
    """Return the name of an origin's cluster, which Envoy writes into its log."""
    return f"{distribution.identifier}/{origin.name}"


def server_cluster(distribution: Distribution, origin: Origin, port: int, authority: Path) -> Message:
    """Return the cluster of an origin that is a server.

    Args:
        distribution: whose origin it is.
        origin: the origin.
        port: where it listens on loopback.
        authority: file with the certificate of who signs the servers' certificates.
    """
    cluster = _cluster(distribution, origin, port, http_options(origin.idle_seconds))
    if origin.newest_tls:
        cluster["transport_socket"] = client_tls(origin.host, authority, origin.newest_tls)
    return cluster


def bucket_cluster(distribution: Distribution, origin: Origin, emulator: str) -> Message:
    """Return the cluster of an origin that is a bucket; CloudFront signs what it asks a bucket for.

    Args:
        distribution: whose origin it is.
        origin: the origin.
        emulator: URL of the embedded AWS, which holds the bucket.
    """
    url = urlsplit(emulator)
    signing = filter_of(
        "signing",
        "envoy.extensions.filters.http.aws_request_signing.v3.AwsRequestSigning",
        service_name="s3",
        region=_bucket_region(origin),
        use_unsigned_payload=True,
        host_rewrite=url.netloc,
        credential_provider={
            "inline_credential": {"access_key_id": distribution.account, "secret_access_key": SECRET_KEY}
        },
    )
    return _cluster(distribution, origin, int(url.port or 80), http_options(origin.idle_seconds, signing))


def _bucket_region(origin: Origin) -> str:
    parts = origin.host.partition(".s3.")[2].split(".")
    return parts[0] if len(parts) > 2 else _REGION  # noqa: PLR2004 - of region.amazonaws.com


def _cluster(distribution: Distribution, origin: Origin, port: int, options: Message) -> Message:
    name = cluster_name(distribution, origin)
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": seconds(origin.connect_seconds),
        "load_assignment": {"cluster_name": name, **endpoint(port)},
        "circuit_breakers": UNLIMITED,
        "typed_extension_protocol_options": options,
    }


def configuration(distribution: Distribution, name: str, removed: Sequence[str]) -> Message:
    """Return the configuration of a distribution's routes.

    Args:
        distribution: the distribution.
        name: of the routes.
        removed: headers of a request that no origin gets.
    """
    routes = [route for each in distribution.behaviors for route in _routes(distribution, each)]
    return {
        "name": name,
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}],
        "request_headers_to_add": [CLIENT_ADDRESS, added("via", f"1.1 {distribution.domain} (CloudFront)")],
        "request_headers_to_remove": [*removed, *OWN_HEADERS],
    }


def _routes(distribution: Distribution, behavior: Behavior) -> Iterator[Message]:
    """The route of a behaviour, and one for the methods that it does not allow."""
    path = wildcards("/" + behavior.pattern.removeprefix("/"))
    match: Message = {"safe_regex": regex("/.*" if behavior.pattern == "*" else path)}
    origin = distribution.origins[behavior.origin]
    methods = {"name": ":method", "string_match": {"safe_regex": regex(any_of(behavior.methods))}}
    action: Message = {
        "cluster": cluster_name(distribution, origin),
        # A response may take as long as it likes, while something comes.
        "timeout": "0s",
        "idle_timeout": seconds(origin.response_seconds),
    }
    if origin.bucket or origin.path:
        folder = f"/{origin.bucket}{origin.path}" if origin.bucket else origin.path
        action["regex_rewrite"] = {"pattern": regex("^/"), "substitution": f"{folder}/"}
    if not behavior.forwards_host:
        action["host_rewrite_literal"] = origin.host
    route: Message = {
        "match": {**match, "headers": [methods]},
        "route": action,
        "request_headers_to_add": [added(name, value) for name, value in origin.headers.items()],
        "response_headers_to_add": [
            added(name, value, replaces=replaces) for name, value, replaces in behavior.response_headers
        ],
        "response_headers_to_remove": list(behavior.removed_headers),
    }
    if not behavior.forwards_viewer:
        route["request_headers_to_remove"] = list(_NOT_FORWARDED)
    filters_of_route = {}
    if behavior.function:
        filters_of_route["function"] = function_of_route(behavior.function)
    if not behavior.forwards_query:
        filters_of_route["query"] = typed(
            "envoy.extensions.filters.http.lua.v3.LuaPerRoute", source_code={"inline_string": _WITHOUT_QUERY}
        )
    route["typed_per_filter_config"] = filters_of_route
    yield route
    yield {"match": match, "direct_response": text_response(403, "This method is not allowed.")}


def filters() -> list[Message]:
    """Return the filters of a distribution's listener, which its routes configure."""
    return [function_filter(), filter_of("query", "envoy.extensions.filters.http.lua.v3.Lua")]


def options() -> Message:
    """Return the options of a distribution's listener: a viewer counts as one that spoke TLS."""
    return {"scheme_header_transformation": {"scheme_to_overwrite": "https"}}
