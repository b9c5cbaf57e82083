"""Small stacks are deployed and updated on the embedded cloud; what must not happen is found."""

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from assembly import open_assembly
from local.cloud import EmbeddedCloud
from review.compare.clouds import compare
from review.model.change import Change, Kind
from review.model.danger import Allowance, Approval, Danger, JudgedDanger
from review.model.resource import Resource
from review.try_upgrade.mismatches import mismatches
from review.try_upgrade.problems import problems
from review.try_upgrade.report import show
from review.try_upgrade.run import StackUpgrade, upgrade
from tests.synthesis import CHECKOUT

pytestmark = pytest.mark.xdist_group("upgrade")

Json = dict[str, Any]

ACCOUNTS = itertools.count(111122223333)
DATABASE = {
    "DBInstanceClass": "db.t4g.micro",
    "Engine": "postgres",
    "AllocatedStorage": "20",
    "MasterUsername": "goodies",
    "ManageMasterUserPassword": True,
    "DBName": "goodies",
}


def database(**settings: Any) -> Json:
    return {"Type": "AWS::RDS::DBInstance", "Properties": {**DATABASE, **settings}, "DeletionPolicy": "Retain"}


def parameter(value: Any, **settings: Any) -> Json:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value, **settings}}


def stack(outputs: Json | None = None, **resources: Json) -> Json:
    return {"Resources": resources, "Outputs": {name: {"Value": value} for name, value in (outputs or {}).items()}}


def output(stack_name: str, name: str) -> Json:
    return {"Fn::GetStackOutput": {"StackName": stack_name, "OutputName": name}}


def written(folder: Path, templates: dict[str, Json], account: str) -> Path:
    """An assembly of these stacks, each of which needs those that it mentions."""
    folder.mkdir()
    artifacts = {}
    for name, template in templates.items():
        text = json.dumps(template)
        (folder / f"{name}.template.json").write_text(text)
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/us-east-1",
            "properties": {"templateFile": f"{name}.template.json", "tags": {"environment": "dev"}},
            "dependencies": [other for other in templates if other != name and other in text],
        }
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": artifacts}))
    return folder


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    shared = EmbeddedCloud(tmp_path_factory.mktemp("upgrades"))
    shared.start()
    yield shared
    shared.wipe()


@dataclass(frozen=True)
class Trial:
    upgrades: dict[str, StackUpgrade]
    found: list[str]

    def about(self, beginning: str) -> list[str]:
        return [line for line in self.found if line.startswith(beginning)]

    @property
    def shown(self) -> str:
        console = Console(width=140)
        with console.capture() as captured:
            show(list(self.upgrades.values()), self.found, console)
        return captured.get()

    def row(self, name: str) -> list[str]:
        (line,) = (line for line in self.shown.splitlines() if line.startswith(f" {name} "))
        return line.split()


def tried(cloud: EmbeddedCloud, folder: Path, base: dict[str, Json], head: dict[str, Json]) -> Trial:
    """Upgrade from base to head, in an account that nobody else has."""
    account = str(next(ACCOUNTS))
    folders = [written(folder / name, side, account) for name, side in (("base", base), ("head", head))]
    difference = compare(*folders)
    old, new = map(open_assembly, folders)
    upgrades = upgrade(cloud, old, new, {**base, **head}, scratch=folder, console=Console(quiet=True))
    resources = {
        (name, key): resource
        for side in (difference.before, difference.after)
        for name, each in side.items()
        for key, resource in each.resources.items()
    }
    return Trial({each.name: each for each in upgrades}, problems(upgrades, resources, difference.changes))


@pytest.fixture(scope="module")
def lossy(cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """An upgrade that goes through, and loses what it must not."""
    reader = stack(It=parameter(output("Data", "ExportsOutputRefNamed")))
    url = {"Url": "https://goodies.example"}
    base = {
        "Old": stack(Database=database()),
        "Data": stack(
            {**url, "ExportsOutputRefNamed": {"Ref": "Named"}},
            Named=parameter("1", Name="one"),
            Database=database(),
            Uploads={"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
        ),
        "Reader": reader,
        "Service": stack(url, Size=parameter("small"), Same=parameter("1")),
    }
    head = {
        "Data": stack(
            {"ExportsOutputRefNamed": {"Ref": "Named"}},
            Named=parameter("1", Name="two"),
            Database=database(DBName="other"),
        ),
        "Reader": reader,
        "Service": stack(url, Size=parameter("large"), Same=parameter("1"), New=parameter("1")),
    }
    return tried(cloud, tmp_path_factory.mktemp("lossy"), base, head)


def test_a_harmless_change_goes_through_and_rolls_back(lossy: Trial) -> None:
    assert lossy.about("Service") == []
    assert lossy.row("Service") == [
        "Service",
        "updated",
        "yes",
        "1",
        "kept,",
        "1",
        "changed,",
        "1",
        "added",
        "1",
        "kept",
    ]


def test_a_replaced_database_is_found(lossy: Trial) -> None:
    (line,) = lossy.about("Data/Database")
    assert re.match(r"Data/Database \(AWS::RDS::DBInstance\) is replaced: data-database-\w+ -> data-database-", line)


def test_a_removed_bucket_is_found(lossy: Trial) -> None:
    (line,) = lossy.about("Data/Uploads")
    assert line.startswith("Data/Uploads (AWS::S3::Bucket) is removed: data-uploads-")


def test_what_is_left_in_a_stack_that_nobody_deploys_any_more_is_found(lossy: Trial) -> None:
    (line,) = lossy.about("Old/Database")
    assert "is left in a stack that the application no longer has" in line
    assert lossy.row("Old")[1:3] == ["left", "behind"]


def test_an_output_that_goes_is_found(lossy: Trial) -> None:
    assert lossy.about("Data:") == ["Data: the output Url is gone; it was https://goodies.example"]


def test_a_reader_that_no_deploy_tells_is_found(lossy: Trial) -> None:
    assert lossy.about("Reader") == [
        "Reader: still has one of Data.ExportsOutputRefNamed, which is now two. Its own template is as before, so no "
        "deploy tells it: follow with `cdk deploy --force Reader`"
    ]


def test_what_happened_is_what_the_diff_says(lossy: Trial) -> None:
    assert not [line for line in lossy.found if "the diff says" in line]


def test_what_happened_and_was_not_said_is_found(lossy: Trial) -> None:
    assert list(mismatches(lossy.upgrades["Data"], {}, [])) == [
        "Data/Database (AWS::RDS::DBInstance) is replaced; the diff says nothing",
        "Data/Named (AWS::SSM::Parameter) is replaced; the diff says nothing",
        "Data/Uploads (AWS::S3::Bucket) is removed; the diff says nothing",
    ]


def test_what_may_be_lost_is_no_problem(lossy: Trial) -> None:
    database = Resource("aws", "dev", "Data", "Database", "AWS::RDS::DBInstance", "Database", {})
    danger = Danger(Allowance.REPLACE, Change(Kind.REPLACED, database, database), ("the database is replaced",))
    approval = Approval(danger.allowance, danger.thing, danger.digest, "Nils", "it is empty", "1a2b3c4")
    resources, data = {("Data", "Database"): database}, lossy.upgrades["Data"]
    lost = [line for line in problems([data], resources, []) if "is replaced:" in line]
    assert lost == lossy.about("Data/Database")
    for given, shown in ((None, lost), (approval, [])):
        found = problems([data], resources, [], [JudgedDanger(danger, given)])
        assert [line for line in found if "is replaced:" in line] == shown


@pytest.fixture(scope="module")
def failing(cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """An upgrade in which an export is to change that somebody imports."""

    def producer(name: str) -> Json:
        made = stack(It=parameter(name))
        return {**made, "Outputs": {name: {"Value": {"Ref": "It"}, "Export": {"Name": f"Data-{name}"}}}}

    base = {"Data": producer("First"), "Service": stack(It=parameter({"Fn::ImportValue": "Data-First"}))}
    head = {"Data": producer("Second"), "Service": stack(It=parameter({"Fn::ImportValue": "Data-Second"}))}
    return tried(cloud, tmp_path_factory.mktemp("failing"), base, head)


def test_a_deadlock_of_exports_is_found(failing: Trial) -> None:
    assert failing.about("Data") == [
        "Data: the update fails. Data (AWS::CloudFormation::Stack): Export Data-First cannot be deleted as it is in "
        "use by Service"
    ]
    assert failing.row("Data")[1] == "failed"


def test_what_is_not_reached_is_named(failing: Trial) -> None:
    assert failing.about("Service") == ["Service: not reached, because an update before it fails"]


def test_what_fails_stays_as_it_was(failing: Trial) -> None:
    data = failing.upgrades["Data"]
    assert data.after == replace(data.before, status="UPDATE_ROLLBACK_COMPLETE")


def test_an_update_that_does_not_roll_back_is_found(lossy: Trial) -> None:
    service = lossy.upgrades["Service"]
    stuck = replace(service, rolled_back=replace(service.after, status="UPDATE_ROLLBACK_FAILED"))
    assert problems([stuck], {}, [])[:2] == [
        "Service: an update that fails does not roll back; it leaves the stack UPDATE_ROLLBACK_FAILED",
        "Service: an update that fails leaves other resources than before: New",
    ]


def test_an_unknown_base_could_not_be_tried() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "review.try_upgrade", "--base", "nonsense"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "BASE=nonsense: git knows no such commit here" in done.stderr
