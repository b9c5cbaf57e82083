"""Delegation: Route 53's name servers, and what a resolver finds; the resolver's server runs here."""

import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from admin.errors import PreflightError
from admin.preflight import domains
from admin.preflight.aws import delegation, translated
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, State, run
from assembly.values import Json
from tests.admin.preflight.aws.answers import NO_STACK, Answers, Given, summaries

ZONE = "Z0123456789"
SERVERS = ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"]
Reply = Callable[[dns.message.QueryMessage], dns.message.Message | None]


def zones(*identities: str, name: str = "goodies.example.", private: bool = False) -> Json:
    return {
        "HostedZones": [
            {"Id": f"/hostedzone/{each}", "Name": name, "CallerReference": "it", "Config": {"PrivateZone": private}}
            for each in identities
        ]
        + [{"Id": "/hostedzone/Z9", "Name": "other.example.", "CallerReference": "it"}],
        "IsTruncated": False,
        "MaxItems": "100",
    }


def answer(needs: Needs, *, listed: Given, deployed: bool, found: Callable[[str], frozenset[str]]) -> Answer:
    (zone,) = needs.resources("AWS::Route53::HostedZone")
    given = {
        "route53:ListHostedZonesByName": listed,
        "route53:GetHostedZone": {
            "HostedZone": {"Id": ZONE, "Name": "goodies.example.", "CallerReference": "it"},
            "DelegationSet": {"NameServers": [each.upper() + "." for each in SERVERS]},
        },
        "cloudformation:ListStackResources": summaries([(zone.id, zone.type, ZONE)]) if deployed else NO_STACK,
    }
    return run(map(translated, delegation.checks(needs, Answers(given).account(), found)))[0].answer


@pytest.mark.parametrize(
    ("found", "state", "said"),
    [
        (SERVERS, State.FINE, "delegated to ns-1"),
        ([], State.MISSING, "not delegated"),
        (SERVERS[:1], State.MISSING, "delegated to ns-1"),
        (["ns.registrar.example"], State.MISSING, "delegated to ns.registrar.example"),
    ],
)
def test_what_the_resolver_finds(needs: Needs, found: list[str], state: State, said: str) -> None:
    given = answer(needs, listed=zones(ZONE), deployed=True, found=lambda _: frozenset(found))
    assert given.state is state
    assert said in given.found
    assert all(server in given.next_steps[0] for server in SERVERS) if given.next_steps else state is State.FINE


@pytest.mark.parametrize(
    ("listed", "deployed", "said"),
    [
        (zones(), False, "has not created the zone"),
        (zones(), True, "has not created the zone"),
        (zones(ZONE, private=True), False, "has not created the zone"),
        (zones("Z1"), False, "Z1 has the same name"),
        (zones("Z1", ZONE), True, "Z1 has the same name"),
    ],
)
def test_zones_that_are_absent_or_too_many(needs: Needs, listed: Json, said: str, *, deployed: bool) -> None:
    def nothing(_: str) -> frozenset[str]:
        raise AssertionError("nobody asks")

    given = answer(needs, listed=listed, deployed=deployed, found=nothing)
    assert given.state is State.MISSING
    assert said in given.found


@pytest.fixture
def serve() -> Iterator[Callable[[Reply], dns.resolver.Resolver]]:
    """Serve DNS on loopback; returns a resolver that asks there."""
    sockets = []

    def start(reply: Reply) -> dns.resolver.Resolver:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        sockets.append(server)
        threading.Thread(target=partial(_serve, server, reply), daemon=True).start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
        return resolver

    yield start
    for server in sockets:
        server.close()


def _serve(server: socket.socket, reply: Reply) -> None:
    while True:
        try:
            wire, client = server.recvfrom(4096)
        except OSError:
            return
        query = dns.message.from_wire(wire)
        assert isinstance(query, dns.message.QueryMessage)
        if response := reply(query):
            server.sendto(response.to_wire(), client)


def refusing(code: dns.rcode.Rcode) -> Reply:
    def reply(query: dns.message.QueryMessage) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.set_rcode(code)
        return response

    return reply


def delegating(query: dns.message.QueryMessage) -> dns.message.Message:
    response = dns.message.make_response(query)
    question = query.question[0]
    assert question.to_text() == "goodies.example. IN NS"
    response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "NS", *(f"{each}." for each in SERVERS)))
    return response


def test_a_delegation_is_found(serve: Callable[[Reply], dns.resolver.Resolver]) -> None:
    assert domains.name_servers("goodies.example.", serve(delegating)) == set(SERVERS)


@pytest.mark.parametrize("code", [dns.rcode.NXDOMAIN, dns.rcode.NOERROR])
def test_no_delegation_is_found(serve: Callable[[Reply], dns.resolver.Resolver], code: dns.rcode.Rcode) -> None:
    assert domains.name_servers("goodies.example", serve(refusing(code))) == frozenset()


@pytest.mark.parametrize("reply", [refusing(dns.rcode.SERVFAIL), refusing(dns.rcode.REFUSED), lambda _: None])
def test_a_resolver_that_does_not_tell(
    monkeypatch: pytest.MonkeyPatch, serve: Callable[[Reply], dns.resolver.Resolver], reply: Reply
) -> None:
    monkeypatch.setattr(domains, "_SECONDS", 0.5)
    with pytest.raises(PreflightError, match="no resolver tells the name servers of"):
        domains.name_servers("goodies.example", serve(reply))
