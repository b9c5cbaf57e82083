"""Pinned versions: each that is in use stands in the table with its end, and the end is announced in time."""

import datetime
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from tests.aws.assembly import Assembly
from tests.synthesis import CHECKOUT
from tools.pins import Pin, pins, warnings

# Properties of the templates that name a version which AWS withdraws.
PINNED = (
    ("AWS::CodeBuild::Project", "Environment.Image"),
    ("AWS::ElastiCache::ParameterGroup", "CacheParameterGroupFamily"),
    ("AWS::ElastiCache::ReplicationGroup", "EngineVersion"),
    ("AWS::Lambda::Function", "Runtime"),
    ("AWS::RDS::DBInstance", "CACertificateIdentifier"),
    ("AWS::RDS::DBInstance", "EngineVersion"),
    ("AWS::RDS::DBParameterGroup", "Family"),
    ("AWS::Synthetics::Canary", "RuntimeVersion"),
)


def in_use(assembly: Assembly) -> Iterator[tuple[str, str]]:
    for stack in assembly.stacks.values():
        for resource in stack.resources.values():
            for kind, path in PINNED:
                value = resource.body.get("Properties", {}) if resource.type == kind else {}
                for name in path.split("."):
                    value = value.get(name, {}) if isinstance(value, dict) else {}
                if value:
                    yield f"{kind}.{path}", str(value)
    dockerfile = (CHECKOUT / "images/funkygibbon/Dockerfile").read_text()
    yield from (("Dockerfile", image) for image in re.findall(r"^FROM (?:.*/)?(\S+?)\$\{", dockerfile, re.MULTILINE))


def test_every_version_in_use_is_in_the_table_and_no_other(assembly: Assembly) -> None:
    assert {(pin.what, pin.value) for pin in pins()} == set(in_use(assembly))


def test_every_version_has_an_end_or_a_day_on_which_none_was_announced() -> None:
    assert [pin for pin in pins() if (pin.end is None) == (pin.read is None)] == []


@pytest.mark.parametrize("pin", [pin for pin in pins() if pin.what.endswith(".Runtime")], ids=lambda pin: pin.value)
def test_the_ends_of_runtimes_are_those_that_aws_publishes(pin: Pin) -> None:
    spec = importlib.util.find_spec("cfnlint")
    assert spec
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    published = json.loads((folder / "data/AdditionalSpecs/LmbdRuntimeLifecycle.json").read_text())
    assert str(pin.end) == published[pin.value]["deprecated"]


def test_the_end_of_the_authority_is_that_of_its_first_certificate_to_end() -> None:
    certificates = x509.load_pem_x509_certificates((CHECKOUT / "operations/rds_authorities.pem").read_bytes())
    (pin,) = (pin for pin in pins() if pin.value == "rds-ca-rsa2048-g1")
    assert pin.end == min(certificate.not_valid_after_utc for certificate in certificates).date()


@pytest.mark.parametrize(
    ("day", "said"),
    [("2027-10-02", 0), ("2027-10-04", 1), ("2028-06-01", 1)],
)
def test_an_end_is_announced_ninety_days_before(day: str, said: int) -> None:
    pin = Pin(what="T", value="1", source="s", end=datetime.date(2028, 1, 1))
    assert len(list(warnings([pin], datetime.date.fromisoformat(day)))) == said


@pytest.mark.parametrize(("day", "said"), [("2027-11-29", 0), ("2027-12-01", 1)])
def test_a_source_without_an_end_is_read_again_after_a_year(day: str, said: int) -> None:
    pin = Pin(what="T", value="1", source="s", read=datetime.date(2026, 11, 29))
    assert len(list(warnings([pin], datetime.date.fromisoformat(day)))) == said


@pytest.mark.xdist_group("workers")
def test_pytest_tells_xdist_the_group_of_a_test(request: pytest.FixtureRequest) -> None:
    # What is deployed once for a group would be deployed in each worker.
    grouped = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@workers") == grouped
