"""Permissions and exposure that CloudFormation's resources newly bring, in words, wherever a policy or a rule hangs."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

from assembly.values import Json, at
from review.compare.policies import ANY, Names, Statement, Term, allowed_of, as_texts, new_atoms, sentences
from review.compare.reachability import ALL, EVERYBODY, LAST_PORT, TrafficRule, is_narrower, new_rules, said
from review.model.pair import Pair
from review.model.resource import Resource, Stack
from review.model.values import text

_IF, _NO_VALUE = "Fn::If", "${AWS::NoValue}"
_BRANCHES = 3
# What a statement says; what else stands in it is unknown, and counts as a condition.
_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_HOLDERS = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::SSO::PermissionSet")
_ATTACHED = ("ManagedPolicyArns", "ManagedPolicies")
# Who holds an identity's policy, in the words of the policy.
_HOLDING = ("Roles", "Users", "Groups", "RoleName", "UserName", "GroupName")
# Settings that hold a policy.
_POLICIES = {
    "PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy", "RepositoryPolicyText", "RegistryPolicyText",
    "PolicyText", "ResourcePolicy", "AccessPolicy", "AccessPolicies", "FileSystemPolicy", "InlinePolicy",
}  # fmt: skip
_IDENTITY_POLICIES = (
    "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy",
    "AWS::IAM::GroupPolicy",
)  # fmt: skip
# What a policy that is a resource of its own is about.
_TARGETS = (
    "Bucket", "Queues", "Topics", "TopicArn", "SecretId", "EventBusName", "ResourceArn", "FunctionName",
    "AccessPointArn", "Resource", "TableBucketARN", "FileSystemId",
)  # fmt: skip
# Kinds of policies, within which statements count together; of a boundary, that there is one.
_IDENTITY, _BOUNDARY, _BOUNDED = "an identity", "a boundary", "held within a boundary"
_REFERENCE = re.compile(r"\$\{(?!AWS::|aws:|!)(?:([^{}:]+):)?([^{}:]+)\}")
# A service of AWS that takes a new role brings no permission: those of the role are judged themselves.
_SERVICE = re.compile(r"Service:[a-z0-9.-]+\.amazonaws\.com")
_TAKING = {"sts:assumerole", "sts:tagsession", "sts:setcontext"}
_REFUSES = re.compile(r"Deny|Quarantine")
_AWS_POLICY = re.compile(r"arn:(?:\$\{AWS::Partition\}|[^:]*):iam::aws:policy/")
# "Protocol Numbers", IANA; -1 is CloudFormation's word for all.
_PROTOCOLS = {"-1": ALL, "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
# How much reaches AWS::S3::Bucket by its canned list ("Canned ACL", S3 documentation).
_PUBLIC_LISTS = {"PublicRead": "read", "PublicReadWrite": "read and write", "AuthenticatedRead": "read"}


class Access:
    """Permissions and traffic rules of one side.

    Args:
        stacks: of the side, by name.
        renamed: addresses of resources on the other side, by those on this one, where they differ.
    """

    def __init__(self, stacks: Mapping[str, Stack], renamed: Mapping[str, str] | None = None) -> None:
        self.stacks = stacks
        self._renamed = renamed or {}

    def address(self, resource: Resource) -> str:
        """Return what a resource is called: ``GoodiesProd-Data:Storage/Uploads``."""
        own = f"{resource.stack}:{resource.path}"
        return self._renamed.get(own, own)

    @cached_property
    def statements(self) -> Sequence[Statement]:
        """All statements of all policies."""
        return [
            statement
            for stack in self.stacks.values()
            for resource in stack.resources.values()
            for statement in self.of(resource)
        ]

    @cached_property
    def traffic_rules(self) -> Sequence[TrafficRule]:
        """All rules of security groups."""
        return [
            rule
            for stack in self.stacks.values()
            for each in stack.resources.values()
            for rule in self.traffic_rules_of(each)
        ]

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Addresses of all resources."""
        return frozenset(
            self.address(resource) for stack in self.stacks.values() for resource in stack.resources.values()
        )

    @cached_property
    def _policies(self) -> Mapping[str, Resource]:
        return {
            self.address(resource): resource
            for stack in self.stacks.values()
            for resource in stack.resources.values()
            if resource.type == "AWS::IAM::ManagedPolicy"
        }

    @cached_property
    def _holders(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """Return who holds a policy, by the address of the policy and the kind of holding."""
        found: dict[tuple[str, str], list[str]] = {}
        for stack in self.stacks.values():
            for resource in stack.resources.values():
                if resource.type in _HOLDERS:
                    for scope, policy in _attachments(resource):
                        found.setdefault((policy, scope), []).append(self.address(resource))
        return found

    def of(self, resource: Resource) -> Iterator[Statement]:
        """Yield the statements of all policies of a resource."""
        yield from _of_permission(resource)
        for path, document, terms in _documents(resource.settings):
            for scope, principals in self._subjects(resource, path):
                for statement in _statements(document, resource.stack, terms):
                    yield replace(
                        statement,
                        scope=scope,
                        principals=principals or statement.principals,
                        conditions=(*statement.conditions, *_existence(resource)),
                    )
        yield from self._of_attached(resource)

    def _subjects(self, resource: Resource, path: str) -> Iterator[tuple[str, Names | None]]:
        """Yield the scope of a policy, and its principals where it names none itself."""
        if path == "AssumeRolePolicyDocument":
            yield f"taking {self.address(resource)}", None
        elif resource.type in _HOLDERS:
            yield _IDENTITY, Names((self.address(resource),))
        elif resource.type in _IDENTITY_POLICIES:
            named = [
                _bare(name, resource.stack) for key in _HOLDING for name in as_texts(resource.settings.get(key, []))
            ]
            holders = [*named, *self._holders.get((self.address(resource), _IDENTITY), ())]
            bounded = self._holders.get((self.address(resource), _BOUNDARY), ())
            if bounded:
                yield _BOUNDARY, Names(tuple(bounded))
            if holders or not bounded:
                yield _IDENTITY, Names(tuple(dict.fromkeys(holders)) or (f"whoever has {self.address(resource)}",))
        else:
            for target in _targets(resource, self.address(resource)):
                yield f"policy of {target}", None

    def _of_attached(self, resource: Resource) -> Iterator[Statement]:
        """Yield what a holder gets from policies that it names, of ours and of others."""
        if resource.type not in _HOLDERS:
            return
        holder = Names((self.address(resource),))
        for scope, name in _attachments(resource):
            policy = self._policies.get(name)
            if policy is None:
                yield from _of_foreign(scope, holder, name)
                continue
            for _, document, terms in _documents(policy.settings):
                for statement in _statements(document, policy.stack, terms):
                    conditions = (*statement.conditions, *_existence(policy))
                    yield replace(statement, scope=scope, principals=holder, conditions=conditions)
            if scope == _BOUNDARY:
                yield Statement(False, _BOUNDED, holder, ANY)

    def traffic_rules_of(self, resource: Resource) -> Iterator[TrafficRule]:
        """Yield the traffic rules of a security group, or of a list of addresses that such rules name."""
        settings = resource.settings
        if resource.type == "AWS::EC2::SecurityGroup":
            # Without a rule, everything may be called (AWS::EC2::SecurityGroup, SecurityGroupEgress, CloudFormation).
            if "SecurityGroupEgress" not in settings:
                yield TrafficRule(EVERYBODY, inward=False, scope=self.address(resource))
            for inward, key in ((True, "SecurityGroupIngress"), (False, "SecurityGroupEgress")):
                for rules, _ in _branches(settings.get(key, []), ()):
                    for rule in rules if isinstance(rules, list) else [rules]:
                        for branch, _ in _branches(rule, ()):
                            yield from _traffic_rule(branch, inward, self.address(resource), resource.stack)
        elif resource.type in ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"):
            group = _bare(text(settings.get("GroupId", settings.get("GroupName", ""))), resource.stack)
            inward, scope = resource.type.endswith("Ingress"), group.removesuffix(".GroupId")
            yield from _traffic_rule(settings, inward, scope, resource.stack)
        elif resource.type == "AWS::EC2::PrefixList":
            for entry in at(settings, "Entries.Cidr"):
                yield TrafficRule((text(entry),), scope=self.address(resource))


def _of_foreign(scope: str, holder: Names, name: str) -> Iterator[Statement]:
    """Yield what a policy of AWS, or one that stands elsewhere, brings: nobody reads what it says."""
    what = Names((f"everything of {name.rpartition('/')[2]}",))
    if scope == _BOUNDARY:
        yield Statement(False, _BOUNDED, holder, ANY)
        yield Statement(False, _BOUNDED, holder, what)
        return
    yield Statement(True, scope, holder, what)
    if _REFUSES.search(name) or not _AWS_POLICY.match(name):
        yield Statement(False, scope, holder, Names((f"what {name.rpartition('/')[2]} refuses",)))


def _attachments(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield scope and name of the policies that a holder names."""
    for key in _ATTACHED:
        for policy in _plain_items(resource.settings.get(key, [])):
            yield _IDENTITY, _bare(policy, resource.stack)
    for reference in at(resource.settings, "CustomerManagedPolicyReferences"):
        yield _IDENTITY, text(reference)
    for policy in _plain_items(resource.settings.get("PermissionsBoundary", [])):
        yield _BOUNDARY, _bare(policy, resource.stack)


def _plain_items(value: Json) -> Iterator[str]:
    """Yield the items of a list as texts, of a choice those of both branches."""
    for branch, _ in _branches(value, ()):
        for item in branch if isinstance(branch, list) else [branch]:
            yield from (text(each) for each, _ in _branches(item, ()) if each != _NO_VALUE)


def _bare(written: str, stack: str) -> str:
    """Return what refers to a resource itself, in any stack, as its address; all else as it is."""
    found = re.fullmatch(r"\$\{(?!AWS::)(?:([^{}:]+):)?([^{}:]+?)(?:\.\w*Arn|\.Id|\.Name)?\}", written)
    return f"{found[1] or stack}:{found[2]}" if found else written


def _with_stack(written: str, stack: str) -> str:
    """Return a text whose references name their stack, so that they are the same in each."""
    return _REFERENCE.sub(lambda found: f"${{{found[1] or stack}:{found[2]}}}", written)


def _targets(resource: Resource, address: str) -> list[str]:
    if not resource.type.endswith(("Policy", "PolicyInline")):
        return [address]
    found = [
        _bare(target, resource.stack)
        for key in _TARGETS
        if key in resource.settings
        for target in as_texts(resource.settings[key])
    ]
    return found or [address]


def _existence(resource: Resource) -> tuple[Term, ...]:
    """Return the condition under which a resource is there at all."""
    condition = resource.settings.get("Condition")
    return (Term("is met", text(condition), ()),) if isinstance(condition, str) else ()


def _branches(value: Json, terms: tuple[Term, ...]) -> Iterator[tuple[Json, tuple[Term, ...]]]:
    """Yield each value that one may stand for, with the conditions of the template that choose it."""
    if isinstance(value, dict) and isinstance(value.get(_IF), list) and len(value[_IF]) == _BRANCHES:
        condition, one, other = value[_IF]
        yield from _branches(one, (*terms, Term("is met", text(condition), ())))
        yield from _branches(other, (*terms, Term("is not met", text(condition), ())))
    else:
        yield value, terms


def _documents(
    value: Json, path: str = "", terms: tuple[Term, ...] = ()
) -> Iterator[tuple[str, Json, tuple[Term, ...]]]:
    """Yield every policy in the settings of a resource, with the name of its setting."""
    if isinstance(value, list):
        for item in value:
            yield from _documents(item, path, terms)
    elif isinstance(value, dict):
        if value.keys() == {_IF}:
            for branch, selected in _branches(value, terms):
                yield from _documents(branch, path, selected)
        elif _is_policy(value):
            yield path, value, terms
        else:
            for key, item in value.items():
                if key in _POLICIES and _is_unreadable(item):
                    yield path or key, {"Statement": item}, terms
                elif key not in ("Definitions", "Metadata"):
                    yield from _documents(item, path or key, terms)


def _is_unreadable(value: Json) -> bool:
    """Return whether a policy is no document, but a text or a function that stands for one."""
    if isinstance(value, dict):
        return len(value) == 1 and _IF not in value and next(iter(value)).startswith(("Fn::", "Ref"))
    return isinstance(value, str) and value != _NO_VALUE


def _is_policy(value: Json) -> bool:
    statements = value.get("Statement")
    several = statements if isinstance(statements, list) else [statements]
    return statements is not None and ("Version" in value or any(_is_statement(each) for each in several))


def _is_statement(value: Json) -> bool:
    return isinstance(value, dict) and ("Effect" in value or _IF in value)


def _statements(document: Json, stack: str, terms: tuple[Term, ...]) -> Iterator[Statement]:
    for several, outer in _branches(document["Statement"], terms):
        for item in several if isinstance(several, list) else [several]:
            for statement, selected in _branches(item, outer):
                if isinstance(statement, dict) and statement.get("Effect") in ("Allow", "Deny"):
                    yield _statement(statement, stack, selected)
                elif statement != _NO_VALUE:
                    yield Statement(True, "", ANY, Names((f"what nobody can read: {text(statement)}",)), ANY, selected)


def _statement(written: Json, stack: str, selected: tuple[Term, ...]) -> Statement:
    conditions = (*selected, *_conditions(written.get("Condition"), stack))
    unknown = tuple(Term("says", key, as_texts(value)) for key, value in written.items() if key not in _ELEMENTS)
    return Statement(
        written["Effect"] == "Allow",
        "",
        _principals(written, stack),
        _names(written, "Action", stack),
        _names(written, "Resource", stack),
        (*conditions, *unknown),
    )


def _names(written: Json, key: str, stack: str) -> Names:
    inverted = f"Not{key}" in written
    values = written.get(f"Not{key}" if inverted else key)
    if values is None:
        return ANY
    return Names(tuple(_with_stack(value, stack) for value in as_texts(values)), inverted)


def _principals(written: Json, stack: str) -> Names:
    inverted = "NotPrincipal" in written
    value = written.get("NotPrincipal" if inverted else "Principal")
    if value is None:
        return ANY
    if not isinstance(value, dict):
        return Names(as_texts(value), inverted)
    found = [
        "*" if kind == "AWS" and name == "*" else f"{kind}:{_with_stack(name, stack)}".removeprefix("AWS:")
        for kind, names in value.items()
        for name in as_texts(names)
    ]
    return Names(tuple(found), inverted)


def _conditions(written: Json, stack: str) -> Iterator[Term]:
    if written is None:
        return
    if not isinstance(written, dict):
        yield Term("says", "Condition", as_texts(written))
        return
    for operator, keys in written.items():
        for key, values in (keys if isinstance(keys, dict) else {"": keys}).items():
            yield Term(operator, key, tuple(_with_stack(value, stack) for value in as_texts(values)))


def _of_permission(resource: Resource) -> Iterator[Statement]:
    """Yield what AWS::Lambda::Permission and the short form of AWS::Events::EventBusPolicy say without a document."""
    settings = resource.settings
    if resource.type not in ("AWS::Lambda::Permission", "AWS::Events::EventBusPolicy") or "Action" not in settings:
        return
    narrow = ("SourceArn", "SourceAccount", "PrincipalOrgID", "EventSourceToken", "FunctionUrlAuthType", "Condition")
    terms = tuple(
        Term("StringEquals", key, tuple(_with_stack(value, resource.stack) for value in as_texts(settings[key])))
        for key in narrow
        if key in settings
    )
    target = _bare(text(settings.get("FunctionName", settings.get("EventBusName", ""))), resource.stack)
    yield Statement(
        True,
        f"policy of {target}",
        Names(as_texts(settings.get("Principal", "*"))),
        Names(as_texts(settings["Action"])),
        Names((target,)),
        terms,
    )


def grants(pair: Pair, before: Access, after: Access) -> Iterator[str]:
    """Yield what a resource newly allows, no longer refuses, or refuses although it is allowed; a line each.

    A right that is merely taken away is narrower. One that is refused stops what a policy elsewhere allows, too. What a
    removed resource did is judged as such.
    """
    if pair.after is None or not (pair.edits or pair.before is None):
        return
    if pair.before and _has_policy_of_its_own(pair.before) and not _has_policy_of_its_own(pair.after):
        yield "its policy is gone, so that the default of its type counts"
    mine = list(after.of(pair.after))
    refused = [each for each in before.of(pair.before) if not each.allows] if pair.before else []
    if not mine and not refused:
        return
    bounded = [each.principals for each in before.statements if each.scope == _BOUNDED]
    atoms = [
        *(
            atom
            for atom in new_atoms((each for each in mine if each.allows), before.statements)
            if (pair.before or not _is_taken_by_a_service(atom))
            and (atom.scope != _BOUNDARY or any(each.covers(atom.principals) for each in bounded))
        ),
        *(atom for atom in new_atoms(refused, after.statements) if _is_still_there(atom, before, after)),
    ]
    lines = list(sentences(map(_in_words, atoms)))
    if pair.before:
        new = new_atoms((each for each in mine if not each.allows), before.statements)
        stopped = allowed_of([*new, *_for_identities(new)], before.statements)
        lines += sentences((_in_words(replace(atom, allows=False)) for atom in stopped), "refused from now on: ")
    yield from (_short(line, pair.after.stack) for line in lines)


def _for_identities(refusals: Sequence[Statement]) -> Iterator[Statement]:
    """Yield what the policies of things refuse as if those of identities did, where they count as well."""
    for each in refusals:
        thing = each.scope.removeprefix("policy of ")
        if thing != each.scope:
            own = (thing, f"${{{thing}}}", f"${{{thing}.Arn}}", f"${{{thing}.Arn}}/*")
            yield replace(each, scope=_IDENTITY, resources=Names(own) if each.resources == ANY else each.resources)


def _has_policy_of_its_own(resource: Resource) -> bool:
    """Return whether a policy on a resource says who may do what with it: without one, AWS has a default."""
    return resource.type not in (*_HOLDERS, *_IDENTITY_POLICIES) and any(_documents(resource.settings))


def _is_taken_by_a_service(atom: Statement) -> bool:
    return (
        atom.scope.startswith("taking ")
        and not atom.principals.inverted
        and all(_SERVICE.fullmatch(name) for name in atom.principals.patterns)
        and {name.lower() for name in atom.actions.patterns} <= _TAKING
    )


def _is_still_there(atom: Statement, before: Access, after: Access) -> bool:
    """Return whether what refused something is about a thing that exists afterwards."""
    about = atom.scope.rpartition(" ")[2]
    things = [about, *atom.principals.patterns] if not atom.principals.inverted else [about]
    return not any(thing in before.addresses and thing not in after.addresses for thing in things)


def _in_words(atom: Statement) -> Statement:
    """Return an atom whose parts are as people read them."""
    if atom.scope.startswith("taking "):
        return replace(atom, resources=Names((f"{atom.scope.removeprefix('taking ')}",)))
    if atom.scope == _BOUNDED:
        return replace(atom, actions=Names(("what its boundary does not allow",)), resources=Names(("everything",)))
    return atom


def _short(line: str, stack: str) -> str:
    """Return a line in which what stands in the same stack bears its path alone, and references look like names."""
    line = re.sub(r"\$\{(?!AWS::|aws:)([^{}]+?)(\.\w*Arn)?\}", r"\1", line)
    return re.sub(rf"(?<![\w-]){re.escape(stack)}:", "", line).replace("Service:", "").replace("Federated:", "")


def _traffic_rule(rule: Json, inward: bool, group: str, stack: str) -> Iterator[TrafficRule]:
    if not isinstance(rule, dict) or rule == {}:
        if rule and rule != _NO_VALUE:
            yield TrafficRule((f"what nobody can read: {text(rule)}",), scope=group, inward=inward)
        return
    written = text(rule.get("IpProtocol", "-1")).lower()
    protocol = _PROTOCOLS.get(written, written)
    for peers in _peers(rule, inward, stack):
        yield TrafficRule(peers, protocol, _ports(rule, protocol), inward=inward, scope=group)


def _peers(rule: Json, inward: bool, stack: str) -> Iterator[tuple[str, ...]]:
    for key in ("CidrIp", "CidrIpv6"):
        for value, _ in _branches(rule.get(key, _NO_VALUE), ()):
            if value != _NO_VALUE:
                yield (_with_stack(text(value), stack),)
    lists = rule.get("SourcePrefixListId" if inward else "DestinationPrefixListId")
    if lists is not None:
        yield (f"the addresses of the list {text(lists)}",)
    if "SourceSecurityGroupOwnerId" in rule and rule["SourceSecurityGroupOwnerId"] != "${AWS::AccountId}":
        yield (f"account {text(rule['SourceSecurityGroupOwnerId'])}",)
    for key in ("SourceSecurityGroupId", "DestinationSecurityGroupId"):
        if key in rule:
            name = re.sub(r'[$(){}"?]', "", _with_stack(text(rule[key]), stack))
            yield (f"${{a group.{name}}}",)
    named = {"CidrIp", "CidrIpv6", "SourcePrefixListId", "DestinationPrefixListId", "SourceSecurityGroupId"}
    if not rule.keys() & {*named, "DestinationSecurityGroupId", "SourceSecurityGroupName"}:
        yield EVERYBODY


def _ports(rule: Json, protocol: str) -> tuple[int, int]:
    """Return the ports of a rule; all of them where they are no numbers, or where the protocol has none."""
    first, last = (text(rule.get(key, "-1")) for key in ("FromPort", "ToPort"))
    if protocol == ALL or not (first.isdigit() and last.isdigit()):
        return 0, LAST_PORT
    return int(first), int(last)


@dataclass(frozen=True)
class _Base:
    """State before a resource came or changed.

    Attributes:
        addresses: of all resources.
        has_stack: whether its stack was there: a new environment has an entrance of its own.
    """

    addresses: Set[str]
    has_stack: bool


def exposures(pair: Pair, before: Access, after: Access) -> Iterator[str]:
    """Yield whom a resource newly lets in from the internet or another network, or lets reach it, a line each."""
    if pair.after is None or not (pair.edits or pair.before is None):
        return
    base = _Base(before.addresses, pair.after.stack in before.stacks)
    if found := [*after.traffic_rules_of(pair.after)]:
        new = new_rules(found, before.traffic_rules)
        # What a new stack calls, and the lists that it names, are part of how it is made.
        kept = (
            each
            for each in new
            if base.has_stack or (each.inward and not any(peer.startswith("the addresses of") for peer in each.peers))
        )
        yield from (_short(line, pair.after.stack) for line in said(kept))
    if reader := _READERS.get(pair.after.type):
        known = set(reader(base, pair.before)) if pair.before else set()
        yield from (line for line in dict.fromkeys(reader(base, pair.after)) if line not in known)


def narrows(pair: Pair, before: Access, after: Access) -> bool:
    """Return whether the traffic rules of a changed resource let less pass, and leave out nobody altogether."""
    if pair.before is None or pair.after is None or not pair.edits:
        return False
    # A port that is no number counts as all of them, of which another one would be a part.
    sides = [side for edit in pair.edits for side in (edit.before, edit.after) if "Port" in edit.path]
    sides += [port for edit in pair.edits for side in (edit.before, edit.after) for port in _written_ports(side)]
    if not all(text(side).lstrip("-").isdigit() for side in sides):
        return False
    own = [*before.traffic_rules_of(pair.before)], [*after.traffic_rules_of(pair.after)]
    return all(own) and is_narrower(own, before.traffic_rules, after.traffic_rules)


def _written_ports(rule: Json) -> Iterator[Json]:
    for key in ("FromPort", "ToPort"):
        yield from at(rule, key)


def _route(base: _Base, route: Resource) -> Iterator[str]:
    """Yield where a route leads that its table did not have, where the table was there before."""
    table = text(route.settings.get("RouteTableId", ""))
    address = _bare(table, route.stack)
    if address not in base.addresses:
        return
    ways = {
        "GatewayId": "and from the internet by its gateway",
        "EgressOnlyInternetGatewayId": "by a gateway",
        "NatGatewayId": "by a NAT gateway",
        "VpcPeeringConnectionId": "and from another network",
        "TransitGatewayId": "and from other networks",
    }
    to = next(
        (
            text(route.settings[key])
            for key in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
            if key in route.settings
        ),
        "?",
    )
    for key, way in ways.items():
        if key in route.settings:
            yield f"what stands in the subnets of {_short(address, route.stack)} is led to {to} {way}"


def _bucket(_: _Base, bucket: Resource) -> Iterator[str]:
    for control in at(bucket.settings, "AccessControl"):
        if text(control) in _PUBLIC_LISTS:
            yield f"anybody on the internet may {_PUBLIC_LISTS[text(control)]} objects by {text(control)}"


def _instance(_: _Base, instance: Resource) -> Iterator[str]:
    if any(text(value) == "true" for value in at(instance.settings, "NetworkInterfaces.AssociatePublicIpAddress")):
        yield "it has an address on the internet"


def _load_balancer(base: _Base, balancer: Resource) -> Iterator[str]:
    # Internet-facing is its default (AWS::ElasticLoadBalancingV2::LoadBalancer, CloudFormation documentation).
    if base.has_stack and text(balancer.settings.get("Scheme", "internet-facing")) != "internal":
        yield "the load balancer has addresses on the internet"


def _always(says: str) -> Callable[[_Base, Resource], Iterator[str]]:
    def read(base: _Base, _: Resource) -> Iterator[str]:
        if base.has_stack:
            yield says

    return read


_READERS: Mapping[str, Callable[[_Base, Resource], Iterator[str]]] = {
    "AWS::EC2::Route": _route,
    "AWS::S3::Bucket": _bucket,
    "AWS::EC2::Instance": _instance,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _load_balancer,
    "AWS::ApiGateway::RestApi": _always("the API has an address on the internet"),
    "AWS::ApiGatewayV2::Api": _always("the API has an address on the internet"),
    "AWS::AppSync::GraphQLApi": _always("the API has an address on the internet"),
}
