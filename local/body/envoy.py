"""Messages of Envoy's configuration that load balancers, distributions and web ACLs share."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from local.body.ports import LOOPBACK

Message: TypeAlias = dict[str, Any]

_HTTP_MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def typed(message: str, **fields: Any) -> Message:
    """Return a message that says of which type it is."""
    return {"@type": f"type.googleapis.com/{message}", **fields}


def filter_of(name: str, message: str, **fields: Any) -> Message:
    """Return a filter, or another extension, by its name in the configuration."""
    return {"name": name, "typed_config": typed(message, **fields)}


def seconds(number: float) -> str:
    """Return a duration."""
    return f"{number:g}s"


def from_file(path: Path) -> Message:
    """Return the source of what Envoy reads from a file, and reads again when another takes the file's place."""
    return {"resource_api_version": "V3", "path_config_source": {"path": str(path)}}


def address(port: int) -> Message:
    """Return the address of a port of loopback."""
    return {"socket_address": {"address": LOOPBACK, "port_value": port}}


def endpoint(port: int) -> Message:
    """Return the one endpoint of a cluster, a port of loopback."""
    return {"endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(port)}}]}]}


def wildcards(pattern: str) -> str:
    """Return the regular expression of a pattern in which ``*`` is any text and ``?`` any character."""
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return "".join(parts)


def any_of(expressions: Sequence[str]) -> str:
    """Return the regular expression that matches what one of several matches."""
    return "|".join(f"(?:{each})" for each in expressions)


def regex(expression: str) -> Message:
    """Return the matcher of a regular expression, which must match the whole text."""
    return {"regex": expression}


def added(name: str, value: str, *, replaces: bool = True) -> Message:
    """Return a header to add.

    Args:
        name: of the header.
        value: as it is; nothing in it is replaced.
        replaces: whether it takes the place of one that is there.
    """
    action = "OVERWRITE_IF_EXISTS_OR_ADD" if replaces else "ADD_IF_ABSENT"
    # Envoy takes what stands between percent signs for a command.
    return {"header": {"key": name, "value": value.replace("%", "%%")}, "append_action": action}


def appended(name: str, command: str) -> Message:
    """Return a header to add to what is in it already; the value is a command of Envoy's formatter."""
    return {"header": {"key": name, "value": command}, "append_action": "APPEND_IF_EXISTS_OR_ADD"}


def text_response(status: int, text: str) -> Message:
    """Return the action of a route that answers by itself."""
    return {"status": status, **({"body": {"inline_string": text}} if text else {})}


def http_options(idle_seconds: float, *filters: Message) -> Message:
    """Return the options of a cluster that speaks HTTP/1.1.

    Args:
        idle_seconds: how long a connection is kept that nobody uses.
        filters: of the requests to this cluster.
    """
    last = filter_of("upstream_codec", "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec")
    return {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            explicit_http_config={"http_protocol_options": {}},
            common_http_protocol_options={"idle_timeout": seconds(idle_seconds)},
            http_filters=[*filters, last],
        )
    }


CLIENT_ADDRESS = appended("x-forwarded-for", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%")
# Envoy tells these to those behind it.
OWN_HEADERS = ("x-envoy-external-address", "x-envoy-internal")

# Neither a load balancer nor a CDN limits what it forwards as Envoy does unless told.
UNLIMITED = {
    "thresholds": [
        {"max_connections": 1_000_000, "max_pending_requests": 1_000_000, "max_requests": 1_000_000, "max_retries": 0}
    ]
}


def listener(
    name: str,
    port: int,
    *,
    routes: Path,
    filters: Sequence[Message],
    log: Message,
    idle_seconds: float,
    options: Mapping[str, Any],
    certificate: Path | None = None,
) -> Message:
    """Return a listener of HTTP on a port of loopback.

    Args:
        name: of the listener and of its routes.
        port: where it listens.
        routes: file of its routes.
        filters: of its requests, before they are routed.
        log: what is written of each request.
        idle_seconds: how long a connection is kept that nobody uses.
        options: more of the connection manager.
        certificate: file with a certificate and its key; with it, clients speak TLS.
    """
    router = filter_of("router", "envoy.extensions.filters.http.router.v3.Router", suppress_envoy_headers=True)
    manager = typed(
        _HTTP_MANAGER,
        stat_prefix=name,
        rds={"route_config_name": name, "config_source": from_file(routes)},
        http_filters=[*filters, router],
        access_log=[log],
        use_remote_address=True,
        # Of a client on loopback, Envoy would add another address of the machine.
        skip_xff_append=True,
        generate_request_id=False,
        server_header_transformation="PASS_THROUGH",
        internal_address_config={},
        stream_idle_timeout="0s",  # each route has its own
        local_reply_config={"mappers": [_UNREACHED]},
        **options,
    )
    manager.setdefault("common_http_protocol_options", {})["idle_timeout"] = seconds(idle_seconds)
    chain: Message = {"filters": [{"name": "http", "typed_config": manager}]}
    if certificate:
        chain["transport_socket"] = _server_tls(certificate)
    # Two Envoys on one port would each get some of the requests.
    return {"name": name, "address": address(port), "filter_chains": [chain], "enable_reuse_port": False}


# What AWS answers where a connection is refused or breaks ("Troubleshoot your Application Load Balancers", "HTTP 502
# status code", CloudFront developer guide); Envoy answers 503.
_UNREACHED = {
    "filter": {"response_flag_filter": {"flags": ["UF", "UC", "UR", "UPE"]}},
    "status_code": 502,
}


def _server_tls(certificate: Path) -> Message:
    of_file = {"filename": str(certificate)}
    return {
        "name": "tls",
        "typed_config": typed(
            "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            common_tls_context={
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_certificates": [{"certificate_chain": of_file, "private_key": of_file}],
            },
        ),
    }


def client_tls(host: str, authority: Path, newest: str) -> Message:
    """Return the TLS of a cluster.

    Args:
        host: name that the server's certificate must have.
        authority: file with the certificate of who signed it.
        newest: newest version of TLS that is spoken, as Envoy calls it.
    """
    return {
        "name": "tls",
        "typed_config": typed(
            "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            sni=host,
            common_tls_context={
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": newest},
                "alpn_protocols": ["http/1.1"],
                "validation_context": {
                    "trusted_ca": {"filename": str(authority)},
                    "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": host}}],
                },
            },
        ),
    }
