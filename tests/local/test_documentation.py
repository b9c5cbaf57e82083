"""docs/embedded-cloud.md says what is behind each type that the application uses."""

from pathlib import Path

from local.assembly import Assembly
from local.cloud import EmbeddedCloud
from local.documentation import FILE, render, types_of


def test_the_page_is_current(cloud: EmbeddedCloud, assembly_folder: Path) -> None:
    page = render(types_of(Assembly(assembly_folder)), cloud.ask("support"))
    assert FILE.read_text() == page, "run `python -m local types-doc`"


def test_each_type_says_what_is_behind_it(cloud: EmbeddedCloud) -> None:
    types = ["AWS::S3::Bucket", "AWS::EC2::NatGateway", "AWS::WAFv2::LoggingConfiguration", "Custom::Thing"]
    rows = [line for line in render(types, cloud.ask("support")).splitlines() if line.startswith("| `")]
    assert rows == [
        "| `AWS::EC2::NatGateway` | a service of MiniStack, through a call added in `local/emulator` |  |",
        "| `AWS::S3::Bucket` | a service of MiniStack, through its own CloudFormation "
        "| BucketEncryption, LifecycleConfiguration, ReplicationConfiguration, LoggingConfiguration, OwnershipControls, "
        "Tags |",
        "| `AWS::WAFv2::LoggingConfiguration` | nothing: recorded only |  |",
    ]
