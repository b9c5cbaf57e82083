"""Pull requests as people make them: a comment that is read in a minute, and few lines to agree with.

Eight are edits of a copy of the checkout that the real programs synthesize, because only these bring along what a
person does not think of: dashboards, pages, a log bucket's policy, tickets of reviews. An update of a library cannot be
synthesized without the library, so what it writes is edited; a revert is a change with its sides exchanged.
"""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from review.model.report import ExitCode, Report
from review.render.comment import comment
from review.report import FolderSide, build_report
from tests.synthesis import cdk_context, copy_sources, synthesize

MOST_LINES = 45
AWS, GCP = "aws", "gcp"


@dataclass(frozen=True)
class PullRequest:
    """Edit of a copy of the checkout.

    Attributes:
        most: lines that the author needs to agree with it.
        clouds: that are synthesized; on the others nothing changes, or the same.
    """

    name: str
    edit: Callable[[Path], None]
    most: int
    clouds: tuple[str, ...] = (AWS, GCP)


def _replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text, f"{file} has changed: this edit no longer fits"
    file.write_text(text.replace(old, new, 1))


def _resize(checkout: Path) -> None:
    prod = checkout / "environments" / "prod.yaml"
    _replaced(prod, "database:\n  size: medium", "database:\n  size: large")
    _replaced(prod, "database_size: medium", "database_size: large")


def _new_alarm(checkout: Path) -> None:
    thresholds = "thresholds={Severity.GROWTH: Threshold(value=value, periods=growth.hours)}"
    more = 'Severity.WARNING: Threshold(value=10 * value, periods=1)} if name == "Evictions" else {}'
    _replaced(checkout / "constructs_lib" / "signals" / "cache.py", thresholds, f"{thresholds} | ({{{more})")


def _new_environment(checkout: Path) -> None:
    folder = checkout / "environments"
    names = {"dev.goodies.example": "demo.goodies.example", "example-goodies-dev": "example-goodies-demo"}
    text = (folder / "dev.yaml").read_text().replace("10.10.", "10.77.")
    for old, new in names.items():
        text = text.replace(old, new)
    (folder / "demo.yaml").write_text(text)


def _renamed_module(checkout: Path) -> None:
    signals = checkout / "constructs_lib" / "signals"
    (signals / "users.py").rename(signals / "clients.py")
    for folder in ("constructs_lib", "stacks"):
        for file in (checkout / folder).rglob("*.py"):
            file.write_text(file.read_text().replace("signals.users", "signals.clients"))


def _rotated_key(checkout: Path) -> None:
    database = "database:\n  size: medium"
    _replaced(checkout / "environments" / "prod.yaml", database, f"{database}\n  password_generation: 2")


def _added_right(checkout: Path) -> None:
    right = 'actions=["s3:GetBucketLocation"], resources=[self.logs.bucket_arn]'
    more = right.replace("]", ', "s3:ListBucket"]', 1)
    _replaced(checkout / "constructs_lib" / "aws" / "data" / "storage.py", right, more)


def _new_bucket(checkout: Path) -> None:
    uploads = "        self.uploads = closed_bucket(\n            self,\n"
    bucket = '        closed_bucket(self, "Exports", lifecycle=[_grow_colder(policy)], key=key, logs=self.logs)\n'
    _replaced(checkout / "constructs_lib" / "aws" / "data" / "storage.py", uploads, bucket + uploads)
    uploads = '        self.uploads = self._bucket("uploads", colder)\n'
    bucket = '        self._bucket("exports", colder)\n'
    _replaced(checkout / "constructs_lib" / "gcp" / "data" / "storage.py", uploads, bucket + uploads)


def _changed_threshold(checkout: Path) -> None:
    policy = checkout / "environments" / "policy.yaml"
    _replaced(policy, "disk_percent: {critical: 90", "disk_percent: {critical: 95")


SYNTHESIZED = [
    PullRequest("resize", _resize, 2),
    PullRequest("new alarm", _new_alarm, 0),
    PullRequest("new environment", _new_environment, 2),
    PullRequest("renamed module", _renamed_module, 0),
    PullRequest("rotated key", _rotated_key, 2, (GCP,)),
    PullRequest("added right", _added_right, 2, (AWS,)),
    PullRequest("new bucket", _new_bucket, 2),
    PullRequest("changed threshold", _changed_threshold, 2),
]


@pytest.fixture(scope="module")
def base(assembly_folder: Path, gcp_folder: Path) -> Mapping[str, Path]:
    return {AWS: assembly_folder, GCP: gcp_folder}


def _synthesized(pull_request: PullRequest, folder: Path) -> Mapping[str, Path]:
    checkout = copy_sources(folder / "checkout")
    pull_request.edit(checkout)
    context = json.dumps(cdk_context(checkout, unchecked="yes"))
    unchecked = {"CDK_CONTEXT_JSON": context, "CDKTF_CONTEXT_JSON": context, "CDK_VALIDATION": "false"}
    for cloud in pull_request.clouds:
        synthesize(folder / cloud, cloud, checkout=checkout, PYTHONOPTIMIZE="1", **unchecked)
    return {cloud: folder / cloud for cloud in pull_request.clouds}


def _report(before: Mapping[str, Path], after: Mapping[str, Path]) -> Report:
    old = {cloud: folder for cloud, folder in before.items() if cloud in after}
    return build_report(FolderSide("main at 1a2b3c4", old), FolderSide("5d6e7f8", after))


def rendered_lines(written: str) -> list[str]:
    """Return the lines that GitHub shows of a comment while nothing is unfolded."""
    folded = re.sub(r"<details>(<summary>.*?</summary>).*?</details>", r"\1", written, flags=re.DOTALL)
    no_lines = r"\s*|<!--.*-->|\|[-:|]+\|"
    return [line for line in folded.splitlines() if not re.fullmatch(no_lines, line)]


def _judge(report: Report, most: int) -> None:
    written = comment(report, "https://goodies.example/report.html")
    lines = rendered_lines(written)
    assert len(lines) <= MOST_LINES, written
    assert len(report.trailers) <= most, report.trailers
    # What needs a line is named, and its line stands there to be copied.
    shown = "\n".join(lines)
    assert [trailer for trailer in report.trailers if f"To allow: `{trailer}`" not in shown] == []
    assert [each.danger.thing for each in report.open if f"`{each.danger.thing}`" not in shown] == []
    assert [each.change.resource.address for each in report.unjudged if each.change.resource.address not in shown] == []


@pytest.mark.parametrize("pull_request", SYNTHESIZED, ids=lambda each: str(each.name))
def test_a_synthesized_pull_request_is_read_in_a_minute(
    pull_request: PullRequest, base: Mapping[str, Path], tmp_path: Path
) -> None:
    _judge(_report(base, _synthesized(pull_request, tmp_path)), pull_request.most)


def test_the_update_of_a_provider_needs_no_yes(base: Mapping[str, Path], tmp_path: Path) -> None:
    updated = tmp_path / GCP
    shutil.copytree(base[GCP], updated)
    for file in updated.rglob("*.tf.json"):
        content = json.loads(file.read_text())
        content["terraform"]["required_providers"]["google"]["version"] += "1"
        file.write_text(json.dumps(content))
    report = _report(base, {GCP: updated})
    assert report.environments
    _judge(report, 0)


def test_a_revert_of_an_added_right_needs_no_yes(base: Mapping[str, Path], tmp_path: Path) -> None:
    added = next(each for each in SYNTHESIZED if each.name == "added right")
    report = _report(_synthesized(added, tmp_path), {AWS: base[AWS]})
    assert report.environments
    _judge(report, 0)


def test_one_folder_on_both_sides_is_not_compared_and_has_its_costs(
    base: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides have one where they are synthesized from the same sources."""
    monkeypatch.delattr("review.report.compare")
    report = _report(base, base)
    assert (report.exit_code, report.headline) == (ExitCode.NOTHING, "Nothing changes")
    assert {(cost.environment, cost.difference) for cost in report.costs} >= {("prod", 0)}
