"""Permissions and exposure that resources of Terraform's providers newly bring, in words: IAM, RBAC, traffic."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path

from assembly.values import Json, at
from assembly.yaml_files import read_yaml
from review.compare.policies import Names, Statement, Term, as_texts, new_atoms, sentences
from review.compare.reachability import (
    ALL,
    EVERYBODY,
    LAST_PORT,
    TrafficRule,
    is_narrower,
    new_rules,
    ports_of,
    said,
    without,
)
from review.model.pair import Pair
from review.model.resource import Resource
from review.model.values import text

_NOT_SCOPE = {"role", "member", "members", "condition", "etag", "provider", "id", "policy_data"}
_PUBLIC = {"allUsers", "allAuthenticatedUsers"}
_IAM = re.compile(r"google_(?P<on>\w+?)_iam_(?P<form>member|binding|policy)")
# Lists of access to objects by their canned names ("Predefined ACLs", Cloud Storage documentation).
_PUBLIC_LISTS = {"publicRead", "publicReadWrite", "authenticatedRead"}
# The group of Kubernetes' own resources, whose name is empty.
_CORE = "core"
_ROLES = Path(__file__).parents[1] / "model" / "google_roles.yaml"
_VERSION = re.compile(r"_v\d+\w*$")


class Access:
    """Permissions and traffic rules of one side.

    Args:
        resources: of the side, those of stacks themselves included; None where one is missing.
    """

    def __init__(self, resources: Iterable[Resource | None]) -> None:
        self._resources = [each for each in resources if each]
        self.stacks = {each.stack for each in self._resources}

    @cached_property
    def statements(self) -> Sequence[Statement]:
        """All that anybody may or must not do."""
        return [_with_roles(each) for resource in self._resources for each in statements(resource)]

    @cached_property
    def traffic_rules(self) -> Sequence[TrafficRule]:
        """All rules of firewalls and network policies."""
        return [each for resource in self._resources for each in traffic_rules(resource)]


def _with_roles(statement: Statement) -> Statement:
    """Return a statement that gives a role of Google Cloud with the roles that this one holds wholly."""
    held = [name for role in statement.actions.patterns for name in _held().get(role, ())]
    return replace(statement, actions=Names((*statement.actions.patterns, *held))) if held else statement


@cache
def _held() -> Mapping[str, Sequence[str]]:
    """Return the roles that a role of Google Cloud holds wholly."""
    found: Mapping[str, Sequence[str]] = read_yaml(_ROLES)
    return found


def grants(pair: Pair, before: Access, after: Access) -> Iterator[str]:
    """Yield what a resource newly allows, or no longer refuses, a line each; nothing of a removed one."""
    if pair.after is None or not (pair.edits or pair.before is None):
        return
    mine = [each for each in statements(pair.after) if each.allows]
    refused = [each for each in statements(pair.before) if not each.allows] if pair.before else []
    new = [*new_atoms(mine, before.statements), *new_atoms(refused, after.statements)] if mine or refused else []
    # What everybody gets is open to the internet, and is said there.
    new = [each for each in new if not each.allows or not set(each.principals.patterns) <= _PUBLIC]
    yield from (_short(line) for line in sentences(new))
    known = set(_others(pair.before)) if pair.before else set()
    yield from (line for line in _others(pair.after) if line not in known)


def exposures(pair: Pair, before: Access, after: Access) -> Iterator[str]:
    """Yield whom a resource newly lets in from the internet, or lets reach it, a line each."""
    if pair.after is None or not (pair.edits or pair.before is None):
        return
    has_stack = pair.after.stack in before.stacks
    new = new_rules((rule for rule in traffic_rules(pair.after) if rule.opens), before.traffic_rules)
    # What a new environment calls is part of how it is made.
    lines = [*said(rule for rule in new if has_stack or rule.inward)]
    if pair.before:
        refused = (rule for rule in traffic_rules(pair.before) if not rule.opens)
        lines += said(new_rules(refused, [rule for rule in after.traffic_rules if not rule.opens]))
    yield from map(_short, lines)
    known = set(_public(pair.before, has_stack=True)) if pair.before else set()
    yield from (line for line in dict.fromkeys(_public(pair.after, has_stack)) if line not in known)


def narrows(pair: Pair, before: Access, after: Access) -> bool:
    """Return whether the traffic rules of a changed resource let less pass, and leave out nobody altogether."""
    if pair.before is None or pair.after is None or not pair.edits:
        return False
    own = [*traffic_rules(pair.before)], [*traffic_rules(pair.after)]
    return all(own) and is_narrower(own, before.traffic_rules, after.traffic_rules)


def _short(line: str) -> str:
    line = line.replace(" called *", "").replace(f" of {_CORE}", "")
    return re.sub(r"\$\{([^{}]+?)\}", r"\1", line)


def _first(settings: Json, path: str, default: str = "?") -> str:
    return text(next(at(settings, path), default))


# Permissions.


def statements(resource: Resource) -> Iterator[Statement]:
    """Yield what a resource allows and refuses."""
    stack, settings = resource.stack, _plain_object(resource)
    kind = _kind(resource)
    if found := _IAM.fullmatch(resource.type):
        yield from _iam(stack, found["on"], settings)
    elif reader := _READERS.get(kind):
        for each in reader(settings):
            yield Statement(
                each.allows, f"{stack} {each.scope}", each.principals, each.actions, each.resources, each.conditions
            )


def _kind(resource: Resource) -> str:
    """Return the kind of a resource: of an object of Kubernetes, whichever resource makes it."""
    if resource.type == "kubernetes_manifest":
        words = re.sub(r"(?<!^)(?=[A-Z])", "_", _first(resource.settings, "manifest.kind")).lower()
        return f"kubernetes_{words}"
    return _VERSION.sub("", resource.type)


def _plain_object(resource: Resource) -> Json:
    """Return the settings of an object of Kubernetes in the words of its own resource, also where it is a manifest."""
    if resource.type != "kubernetes_manifest":
        return resource.settings
    manifest: Json = next(at(resource.settings, "manifest"), {})
    snake: Json = _snake(manifest)
    renamed = {"rules": "rule", "subjects": "subject"}
    return {renamed.get(key, key): value for key, value in snake.items()} if isinstance(snake, dict) else {}


def _snake(value: Json) -> Json:
    if isinstance(value, dict):
        return {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower(): _snake(item) for key, item in value.items()}
    return [_snake(item) for item in value] if isinstance(value, list) else value


def _iam(stack: str, on: str, settings: Json) -> Iterator[Statement]:
    """Yield the roles that are given on something: by one member, by all members of a role, or by a whole policy."""
    scopes = [
        text(value) for key, value in sorted(settings.items()) if key not in _NOT_SCOPE and isinstance(value, str)
    ]
    where = Names((", ".join(scopes) or "the project",))
    bindings = list(_policy(settings)) if "policy_data" in settings else [settings]
    for binding in bindings:
        members = tuple(text(each) for path in ("member", "members") for each in at(binding, path))
        roles = Names((_first(binding, "role"),))
        terms = tuple(
            Term("says", "condition", as_texts(expression))
            for condition in at(binding, "condition")
            for expression in at(condition, "expression")
        )
        if members:
            yield Statement(True, f"{stack} {on}", Names(members), roles, where, terms)


def _policy(settings: Json) -> Iterator[Json]:
    """Yield the bindings of a whole policy; one that nobody can read gives everything."""
    try:
        content = json.loads(text(settings["policy_data"]))
        yield from content.get("bindings", [])
    except (ValueError, AttributeError):
        yield {"role": "what nobody can read", "members": [f"whom {text(settings['policy_data'])} names"]}


def _custom_role(settings: Json) -> Iterator[Statement]:
    permissions = tuple(text(each) for each in at(settings, "permissions"))
    if permissions:
        yield Statement(True, "a role", Names((f"a holder of {_first(settings, 'role_id')}",)), Names(permissions))


def _deny_policy(settings: Json) -> Iterator[Statement]:
    """Yield what ``google_iam_deny_policy`` refuses; what it excepts counts as a condition that must not grow."""
    for rule in at(settings, "rules.deny_rule"):
        principals = tuple(text(each) for each in at(rule, "denied_principals")) or ("*",)
        permissions = tuple(text(each) for each in at(rule, "denied_permissions"))
        excepted = (
            ("exception_principals", "StringNotEquals"),
            ("exception_permissions", "StringNotEquals"),
            ("denial_condition.expression", "says"),
        )
        terms = tuple(
            Term(operator, path, values)
            for path, operator in excepted
            if (values := tuple(text(each) for each in at(rule, path)))
        )
        where = Names((_first(settings, "parent"),))
        yield Statement(False, "denied", Names(principals), Names(permissions), where, terms)


def _federation(settings: Json) -> Iterator[Statement]:
    """Yield whom a provider of identities lets in: all that it vouches for, unless a condition is met."""
    who = Names(tuple(text(each) for key in ("aws", "oidc", "saml", "x509") for each in at(settings, key)))
    terms = tuple(Term("says", "condition", as_texts(each)) for each in at(settings, "attribute_condition"))
    pool = Names((_first(settings, "workload_identity_pool_id"),))
    yield Statement(True, "federation", who, Names(("enter",)), pool, terms)


def _bucket_entry(settings: Json) -> Iterator[Statement]:
    where = Names((_first(settings, "bucket"),))
    for entity, role in zip(at(settings, "entity"), at(settings, "role"), strict=False):
        yield Statement(True, "a list of access", Names((text(entity),)), Names((text(role),)), where)
    for pair in at(settings, "role_entity"):
        role, _, entity = text(pair).partition(":")
        yield Statement(True, "a list of access", Names((entity,)), Names((role,)), where)


def _rules(kind: str) -> Callable[[Json], Iterator[Statement]]:
    """Return a reader of the rules of a role of Kubernetes.

    An empty name of a group is the core's, and no names of resources are all of them ("Using RBAC Authorization",
    Kubernetes documentation).
    """

    def read(settings: Json) -> Iterator[Statement]:
        holder = Names((f"a holder of {kind} {_object(settings)}",))
        for rule in at(settings, "rule"):
            verbs = Names(tuple(text(each) for each in at(rule, "verbs")))
            groups = [text(each) for each in at(rule, "api_groups")] or [""]
            names = [text(each) for each in at(rule, "resource_names")] or ["*"]
            resources = tuple(
                f"{text(resource)} of {group or _CORE} called {name}"
                for group in groups
                for resource in at(rule, "resources")
                for name in names
            )
            urls = tuple(text(each) for each in at(rule, "non_resource_urls"))
            if verbs.patterns and (resources or urls):
                yield Statement(True, "rbac", holder, verbs, Names((*resources, *urls)))
        for aggregated in at(settings, "aggregation_rule"):
            yield Statement(True, "rbac", holder, Names((f"what the roles of {text(aggregated)} may",)))

    return read


def _binding(settings: Json) -> Iterator[Statement]:
    role = f"what a holder of {_first(settings, 'role_ref.kind')} {_first(settings, 'role_ref.name')} may"
    where = _first(settings, "metadata.namespace", "the whole cluster")
    for subject in at(settings, "subject"):
        parts = [text(subject[key]) for key in ("namespace", "name") if isinstance(subject, dict) and subject.get(key)]
        who = f"{_first(subject, 'kind')} {'/'.join(parts)}"
        yield Statement(True, "rbac", Names((who,)), Names((role,)), Names((where,)))


def _object(settings: Json) -> str:
    parts = [*at(settings, "metadata.namespace"), *at(settings, "metadata.name")]
    return "/".join(text(part) for part in parts if part)


_READERS: Mapping[str, Callable[[Json], Iterator[Statement]]] = {
    "google_project_iam_custom_role": _custom_role,
    "google_organization_iam_custom_role": _custom_role,
    "google_iam_deny_policy": _deny_policy,
    "google_iam_workload_identity_pool_provider": _federation,
    "google_storage_bucket_access_control": _bucket_entry,
    "google_storage_default_object_access_control": _bucket_entry,
    "google_storage_object_access_control": _bucket_entry,
    "google_storage_bucket_acl": _bucket_entry,
    "google_storage_default_object_acl": _bucket_entry,
    "google_storage_object_acl": _bucket_entry,
    "kubernetes_role": _rules("Role"),
    "kubernetes_cluster_role": _rules("ClusterRole"),
    "kubernetes_role_binding": _binding,
    "kubernetes_cluster_role_binding": _binding,
}


def _others(resource: Resource) -> Iterator[str]:
    """Yield what else somebody gets by a resource: keys, and the roles that others lose."""
    if resource.type in ("google_service_account_key", "google_storage_hmac_key"):
        account = _first(resource.settings, "service_account_id", _first(resource.settings, "service_account_email"))
        yield f"whoever has the key is {_short(account)}, until somebody deletes it"
    found = _IAM.fullmatch(resource.type)
    if found and found["form"] != "member":
        what = _first(resource.settings, "role") if found["form"] == "binding" else "any role"
        yield f"nobody else has {what} there: it is taken from whoever got it elsewhere"


# Traffic.


def traffic_rules(resource: Resource) -> Iterator[TrafficRule]:
    """Yield the traffic rules of a rule of a firewall, or of a network policy."""
    kind = _kind(resource)
    if resource.type == "google_compute_firewall":
        yield from _firewall(resource)
    elif resource.type in _POLICY_RULES:
        yield from _policy_rule(resource)
    elif kind == "kubernetes_network_policy":
        yield from _network_policy(resource.stack, _plain_object(resource))


def _is_on(value: Json) -> bool:
    return text(value).lower() == "true"


def _firewall(resource: Resource) -> Iterator[TrafficRule]:
    """Yield the traffic rules of a firewall's rule.

    Without a source, or a destination, it counts for every address; without a target for every machine of the network
    ("VPC firewall rules", Google Cloud documentation).
    """
    settings = resource.settings
    if any(map(_is_on, at(settings, "disabled"))):
        return
    inward = _first(settings, "direction", "INGRESS") != "EGRESS"
    peers = tuple(text(each) for each in at(settings, "source_ranges" if inward else "destination_ranges"))
    sources = ("source_tags", "source_service_accounts") if inward else ()
    if not peers and not any(list(at(settings, key)) for key in sources):
        peers = EVERYBODY
    targets = [text(each) for key in ("target_tags", "target_service_accounts") for each in at(settings, key)] or ["*"]
    scope = f"network {resource.stack} {_first(settings, 'network')}"
    for opens, key in ((True, "allow"), (False, "deny")):
        for rule in at(settings, key):
            for protocol, ports in _protocols(rule, "protocol", "ports"):
                for target in targets:
                    yield TrafficRule(peers, protocol, ports, target, inward, scope, opens)


_POLICY_RULES = {
    "google_compute_firewall_policy_rule",
    "google_compute_network_firewall_policy_rule",
    "google_compute_region_network_firewall_policy_rule",
}


def _policy_rule(resource: Resource) -> Iterator[TrafficRule]:
    settings = resource.settings
    if any(map(_is_on, at(settings, "disabled"))):
        return
    inward = _first(settings, "direction", "INGRESS") != "EGRESS"
    path = "match.src_ip_ranges" if inward else "match.dest_ip_ranges"
    peers = tuple(text(each) for each in at(settings, path))
    named = {"layer4_configs", "src_ip_ranges" if inward else "dest_ip_ranges"}
    if not peers and not any(match.keys() - named for match in at(settings, "match") if isinstance(match, dict)):
        peers = EVERYBODY
    opens, scope = (
        _first(settings, "action") != "deny",
        f"policy {resource.stack} {_first(settings, 'firewall_policy')}",
    )
    for rule in at(settings, "match.layer4_configs"):
        for protocol, ports in _protocols(rule, "ip_protocol", "ports"):
            yield TrafficRule(peers, protocol, ports, "*", inward, scope, opens)


def _protocols(rule: Json, protocol: str, ports: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each protocol with its ports; all of them where none is written, or nobody can read them."""
    name = _first(rule, protocol, ALL)
    for written in [text(each) for each in at(rule, ports)] or [""]:
        yield name, ports_of(written) or (0, LAST_PORT)


def _network_policy(stack: str, settings: Json) -> Iterator[TrafficRule]:
    """Yield what a policy lets its pods do, and that it refuses all else.

    A direction that it counts for and does not describe is closed; ``Ingress`` always counts ("Network Policies",
    Kubernetes documentation).
    """
    namespace = _first(settings, "metadata.namespace", "default")
    spec: Json = next(at(settings, "spec"), {})
    pods = _selected(next(at(spec, "pod_selector"), {}))
    kinds = {text(each) for each in at(spec, "policy_types")} or {"Ingress", *(["Egress"] if "egress" in spec else [])}
    scope = f"pods of {stack} {namespace}"
    for kind, key, side in (("Ingress", "ingress", "from"), ("Egress", "egress", "to")):
        if kind not in kinds:
            continue
        inward = kind == "Ingress"
        yield TrafficRule(EVERYBODY, thing=pods, inward=inward, scope=scope, opens=False)
        for rule in _blocks(spec, key):
            peers = tuple(_of_peers(rule, side))
            for protocol, ports in _pod_ports(rule):
                yield TrafficRule(peers, protocol, ports, pods, inward, scope)


def _selected(selector: Json) -> str:
    """Return the pods that a selector names; ``*`` for all of a namespace."""
    if not isinstance(selector, dict) or not any(selector.values()):
        return "*"
    labels = selector.get("match_labels")
    if selector.keys() != {"match_labels"} or not isinstance(labels, dict):
        return text(selector)
    return f"pods with {', '.join(f'{key}: {text(value)}' for key, value in sorted(labels.items()))}"


def _blocks(spec: Json, key: str) -> list[Json]:
    """Return the rules of a direction; an empty one counts, and lets everything pass."""
    found = spec.get(key, []) if isinstance(spec, dict) else []
    return found if isinstance(found, list) else [found]


def _of_peers(rule: Json, side: str) -> Iterator[str]:
    peers = [peer for peer in _blocks(rule, side) if peer is not None]
    if not peers:
        yield from EVERYBODY
    for peer in peers:
        for block in at(peer, "ip_block"):
            excepted = [text(each) for each in at(block, "except")]
            yield from without((text(each) for each in at(block, "cidr")), excepted)
        namespaces = list(at(peer, "namespace_selector"))
        if namespaces and _selected(namespaces[0]) == "*" and not any(map(_has_labels, at(peer, "pod_selector"))):
            yield "any pod of the cluster"


def _has_labels(selector: Json) -> bool:
    return _selected(selector) != "*"


def _pod_ports(rule: Json) -> Iterator[tuple[str, tuple[int, int]]]:
    several = _blocks(rule, "ports")
    for port in several:
        first = ports_of(_first(port, "port", ""))
        last = ports_of(_first(port, "end_port", ""))
        span = (first[0], last[1] if last else first[1]) if first else (0, LAST_PORT)
        yield _first(port, "protocol", "TCP").lower(), span
    if not several:
        yield ALL, (0, LAST_PORT)


# What else is on the internet.


def _public(resource: Resource, has_stack: bool) -> Iterator[str]:
    """Yield what of a resource the internet reaches.

    Args:
        resource: as it is written.
        has_stack: whether its stack is there on the other side: a new environment has an entrance of its own.
    """
    settings = resource.settings
    if _IAM.fullmatch(resource.type) or "_access_control" in resource.type or resource.type.endswith("_acl"):
        for each in statements(resource):
            if _PUBLIC & set(each.principals.patterns):
                yield f"anybody on the internet may {each.actions}"
        if any(text(value) in _PUBLIC_LISTS for value in at(settings, "predefined_acl")):
            yield f"anybody on the internet may read {_short(_first(settings, 'bucket'))}"
    if reader := _ON_INTERNET.get(resource.type):
        yield from reader(settings, has_stack)


def _networks(path: str, what: str) -> Callable[[Json, bool], Iterator[str]]:
    def read(settings: Json, _: bool) -> Iterator[str]:
        peers = tuple(text(each) for each in at(settings, path))
        yield from (line.replace("every port", what) for line in said([TrafficRule(peers)] if peers else []))

    return read


def _cluster(settings: Json, has_stack: bool) -> Iterator[str]:
    networks = "master_authorized_networks_config.cidr_blocks.cidr_block"
    yield from _networks(networks, "the cluster's control plane")(settings, has_stack)
    # Their defaults are the provider's (google_container_cluster, control_plane_endpoints_config): the address of the
    # control plane is there, and its name answers nobody from outside.
    for enabled in at(settings, "control_plane_endpoints_config.ip_endpoints_config.enabled"):
        private = any(map(_is_on, at(settings, "private_cluster_config.enable_private_endpoint")))
        if _is_on(enabled):
            where = "the network" if private else "the internet"
            yield f"the cluster's control plane has an address that is reached from {where}"
    names = at(settings, "control_plane_endpoints_config.dns_endpoint_config.allow_external_traffic")
    if has_stack and any(map(_is_on, names)):
        yield "the cluster's control plane has a name that answers on the internet"
    for group in ("authenticated", "unauthenticated"):
        if any(map(_is_on, at(settings, f"rbac_binding_config.enable_insecure_binding_system_{group}"))):
            yield f"a role can be given to everybody on the internet who is {group}"
    if any(text(mode) == "ENABLED" for mode in at(settings, "anonymous_authentication_config.mode")):
        yield "the cluster's control plane answers whoever does not say who it is"


def _forwarding(settings: Json, has_stack: bool) -> Iterator[str]:
    # EXTERNAL is the default (google_compute_global_forwarding_rule, load_balancing_scheme).
    if has_stack and _first(settings, "load_balancing_scheme", "EXTERNAL").startswith("EXTERNAL"):
        target = _short(_first(settings, "target", _first(settings, "backend_service")))
        yield f"anybody on the internet reaches {target} on port {_first(settings, 'port_range', 'of any number')}"


def _route(settings: Json, has_stack: bool) -> Iterator[str]:
    if has_stack and "default-internet-gateway" in _first(settings, "next_hop_gateway"):
        yield f"what stands in the network is led to {_first(settings, 'dest_range')} by the internet gateway"


def _machine(settings: Json, _: bool) -> Iterator[str]:
    if any(True for interface in at(settings, "network_interface") if "access_config" in interface):
        yield "it has an address on the internet"


def _function(path: str) -> Callable[[Json, bool], Iterator[str]]:
    def read(settings: Json, _: bool) -> Iterator[str]:
        # All is the default of both (google_cloudfunctions2_function, google_cloud_run_v2_service: ingress).
        if _first(settings, path, "ALLOW_ALL").endswith("ALL"):
            yield "its address answers on the internet"
        if any(map(_is_on, at(settings, "invoker_iam_disabled"))):
            yield "anybody on the internet may call it"

    return read


def _connected(settings: Json, has_stack: bool) -> Iterator[str]:
    other = _first(settings, "peer_network", _first(settings, "peer_ip", _first(settings, "peer_external_gateway")))
    if has_stack:
        yield f"another network is connected: {_short(other)}"


_ON_INTERNET: Mapping[str, Callable[[Json, bool], Iterator[str]]] = {
    "google_container_cluster": _cluster,
    "google_sql_database_instance": _networks("settings.ip_configuration.authorized_networks.value", "the database"),
    "google_compute_global_forwarding_rule": _forwarding,
    "google_compute_forwarding_rule": _forwarding,
    "google_compute_route": _route,
    "google_compute_instance": _machine,
    "google_cloudfunctions2_function": _function("service_config.ingress_settings"),
    "google_cloudfunctions_function": _function("ingress_settings"),
    "google_cloud_run_v2_service": _function("ingress"),
    "google_compute_network_peering": _connected,
    "google_compute_vpn_tunnel": _connected,
}
