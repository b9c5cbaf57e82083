"""docs/embedded-cloud.md lists the support of each type that the application uses."""

from collections import Counter
from pathlib import Path

from assembly import open_assembly
from local.cloud import EmbeddedCloud
from local.documentation import FILE, only_aws, render, types_of
from reports.coverage.plan import promises
from tests.synthesis import CHECKOUT


def test_the_document_is_current(cloud: EmbeddedCloud, assembly_folder: Path) -> None:
    document = render(types_of(open_assembly(assembly_folder)), cloud.control("support"), cloud.control("refusals"))
    assert FILE.read_text() == document, "run `python -m local types-doc`"


def test_each_type_says_what_is_behind_it(cloud: EmbeddedCloud) -> None:
    types = ["AWS::SecretsManager::Secret", "AWS::EC2::NatGateway", "AWS::WAFv2::LoggingConfiguration", "Custom::It"]
    rows = [line for line in render(types, cloud.control("support"), []).splitlines() if line.startswith("| `")]
    assert rows == [
        "| `AWS::EC2::NatGateway` | service, called from here |  |",
        "| `AWS::SecretsManager::Secret` | service | `Ref` is the ARN, and a generated value obeys every rule. |",
        "| `AWS::WAFv2::LoggingConfiguration` | **nothing** |  |",
    ]


def test_of_each_promise_it_is_said_what_only_aws_can_prove() -> None:
    listed = Counter(promise for row in only_aws() for promise in row["promises"])
    made = [promise.id for promise in promises(CHECKOUT / "docs") if "aws" in promise.clouds]
    assert listed == Counter(made)
    assert [row for row in only_aws() if not row["text"]] == []
