"""Addresses as sets: two halves are the internet, a narrower range is nothing new, a private one is nobody."""

import pytest

from review.compare.reachability import (
    ALL,
    EVERYBODY,
    TrafficRule,
    covers_networks,
    is_narrower,
    new_rules,
    ports_of,
    public,
    said,
)


def rule(*peers: str, ports: tuple[int, int] = (443, 443), protocol: str = "tcp", thing: str = "*") -> TrafficRule:
    return TrafficRule(peers, protocol, ports, thing)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ([], [rule("0.0.0.0/0")], ["anybody on the internet reaches tcp port 443"]),
        ([], [rule("::/0")], ["anybody on the internet reaches tcp port 443"]),
        ([], [rule("0.0.0.0/1"), rule("128.0.0.0/1")], ["anybody on the internet reaches tcp port 443"]),
        (
            [rule("0.0.0.0/0", ports=(80, 80))],
            [rule("0.0.0.0/0", ports=(80, 90))],
            ["anybody on the internet reaches tcp ports 80 to 90"],
        ),
        ([rule("10.0.0.0/8")], [rule("0.0.0.0/0")], ["anybody on the internet reaches tcp port 443"]),
        ([], [rule("52.0.0.0/11")], ["52.0.0.0/11 on the internet reaches tcp port 443"]),
        ([], [rule("10.0.0.0/7")], ["10.0.0.0/7 on the internet reaches tcp port 443"]),
        ([], [rule("a list of addresses")], ["a list of addresses reaches tcp port 443"]),
        ([], [rule("${Cidr}")], ["${Cidr} reaches tcp port 443"]),
        ([rule("52.0.0.0/11")], [rule("52.0.0.0/10")], ["52.32.0.0/11 on the internet reaches tcp port 443"]),
        ([rule(*EVERYBODY)], [rule(*EVERYBODY, ports=(0, 65535))], ["anybody on the internet reaches tcp every port"]),
        ([rule(*EVERYBODY)], [TrafficRule(EVERYBODY)], ["anybody on the internet reaches every port"]),
        ([rule(*EVERYBODY, thing="a")], [rule(*EVERYBODY)], ["anybody on the internet reaches tcp port 443"]),
        (
            [rule(*EVERYBODY, thing="a")],
            [rule(*EVERYBODY, thing="b")],
            ["anybody on the internet reaches tcp port 443 of b"],
        ),
        ([], [rule("10.0.0.0/8"), rule("172.16.0.0/12"), rule("fd00::/8"), rule("35.191.0.0/16")], []),
        ([], [rule("255.255.255.255/32"), rule("${Network/Vpc.CidrBlock}")], []),
        ([], [rule('${concat(["0.0.0.0/0"], local.a)}')], ['${concat(["0.0.0.0/0"], local.a)} reaches tcp port 443']),
        ([], [rule("${var.office}")], ["${var.office} reaches tcp port 443"]),
        ([rule("0.0.0.0/0")], [rule("0.0.0.0/1"), rule("52.0.0.0/11")], []),
        ([rule("0.0.0.0/1"), rule("128.0.0.0/1")], [rule("0.0.0.0/0")], []),
        ([rule("0.0.0.0/0", ports=(1, 1000))], [rule("0.0.0.0/0", ports=(80, 90))], []),
        (
            [rule("0.0.0.0/0", ports=(80, 84)), rule("0.0.0.0/1", "128.0.0.0/1", ports=(85, 90))],
            [rule("0.0.0.0/0", ports=(80, 90))],
            [],
        ),
        (
            [rule("0.0.0.0/0", ports=(80, 84)), rule("0.0.0.0/0", ports=(86, 90))],
            [rule("0.0.0.0/0", ports=(80, 90))],
            ["anybody on the internet reaches tcp ports 80 to 90"],
        ),
        ([rule("0.0.0.0/0", protocol=ALL, ports=(0, 65535))], [rule("0.0.0.0/0")], []),
    ],
)  # fmt: skip
def test_new_rules_about_the_internet_are_said(
    before: list[TrafficRule], after: list[TrafficRule], says: list[str]
) -> None:
    assert list(said(new_rules(after, before))) == says


DENIED = TrafficRule(EVERYBODY, thing="*", opens=False)


@pytest.mark.parametrize(
    ("before", "after", "narrower"),
    [
        ([rule("10.0.0.0/8")], [rule("10.1.0.0/16")], True),
        ([rule("10.0.0.0/8")], [rule("10.0.0.0/9"), rule("10.128.0.0/9")], True),
        ([rule("10.0.0.0/8", ports=(80, 90))], [rule("10.0.0.0/8", ports=(80, 84))], True),
        (
            [rule("10.0.0.0/8", ports=(80, 84)), rule("10.0.0.0/8", ports=(85, 90))],
            [rule("10.0.0.0/8", ports=(80, 90))],
            True,
        ),
        ([rule("${A.Id}"), rule("${A.Id}", ports=(80, 80))], [rule("${A.Id}")], True),
        ([rule(*EVERYBODY, protocol=ALL)], [rule(*EVERYBODY, protocol=ALL)], True),
        ([rule("10.0.0.0/16")], [rule("10.0.0.0/8")], False),
        ([rule("10.0.0.0/16")], [rule("10.1.0.0/16")], False),
        ([rule("10.0.0.0/16"), rule("192.168.0.0/16")], [rule("10.0.0.0/16")], False),
        ([rule("${A.Id}")], [rule("${B.Id}")], False),
        ([rule("${A.Id}"), rule("${B.Id}")], [rule("${A.Id}")], False),
        ([rule(*EVERYBODY)], [rule("52.0.0.0/8")], False),
        ([rule(*EVERYBODY, ports=(80, 443))], [rule(*EVERYBODY)], False),
        ([rule("10.0.0.0/8")], [rule("10.0.0.0/8"), DENIED], False),
        ([rule("10.0.0.0/8"), DENIED], [rule("10.0.0.0/8")], False),
        ([rule("10.0.0.0/8")], [], False),
        ([rule()], [rule()], False),
    ],
)
def test_rules_are_narrower_where_nobody_is_left_out(
    before: list[TrafficRule], after: list[TrafficRule], narrower: bool
) -> None:
    assert is_narrower((before, after), before, after) is narrower


def test_what_is_called_and_what_is_no_longer_refused_are_said() -> None:
    called = TrafficRule(("0.0.0.0/0",), "tcp", (443, 443), "nodes", inward=False)
    refused = TrafficRule(EVERYBODY, thing="*", opens=False)
    assert list(said([called])) == ["nodes reaches all of the internet on tcp port 443"]
    assert list(said([refused])) == ["no longer refused: anybody on the internet reaches every port"]


def test_many_ranges_are_counted() -> None:
    ranges = tuple(f"52.{number}.0.0/16" for number in range(0, 10, 2))
    assert list(said([rule(*ranges)])) == [
        "52.0.0.0/16, 52.2.0.0/16, 52.4.0.0/16 and 2 more ranges on the internet reaches tcp port 443"
    ]


@pytest.mark.parametrize(
    ("wide", "narrow", "covers"),
    [
        (["10.0.0.0/8"], ["10.1.0.0/16"], True),
        (["10.0.0.0/9", "10.128.0.0/9"], ["10.0.0.0/8"], True),
        (["10.0.0.0/9"], ["10.0.0.0/8"], False),
        (["0.0.0.0/0"], ["::/0"], False),
        (["0.0.0.0/0"], ["${Cidr}"], False),
    ],
)
def test_ranges_cover_others_together(wide: list[str], narrow: list[str], covers: bool) -> None:
    assert covers_networks(wide, narrow) is covers


def test_the_private_part_of_a_range_makes_it_no_less_public() -> None:
    assert public(["10.0.0.0/8", "8.0.0.0/5", "fc00::/7"]) == ["8.0.0.0/5"]


@pytest.mark.parametrize(
    ("written", "ports"), [("80", (80, 80)), ("8000-9000", (8000, 9000)), ("http", None), ("", None)]
)
def test_ports_are_numbers(written: str, ports: tuple[int, int] | None) -> None:
    assert ports_of(written) == ports
