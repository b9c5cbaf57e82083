"""Progress of a deployment: the CDK CLI's output as one line for each stack."""

import io

from rich.console import Console

from local.progress import CdkProgress

OUTPUT = """\
Goodies-Data: creating CloudFormation changeset...
Goodies-Data: deploying... [1/2]
Goodies-Data |  0/25 | 7:39:36 PM | CREATE_IN_PROGRESS      | AWS::EC2::SecurityGroup | AppSg (AppSg898BCA4E)
Goodies-Data | 11/25 | 7:39:37 PM | CREATE_COMPLETE         | AWS::RDS::DBInstance    | Db/Resource (Db898)

 ✅  Goodies-Network (no changes)
"""


def test_a_deploy_is_followed() -> None:
    console = Console(file=io.StringIO(), width=100)
    progress = CdkProgress(["Goodies-Network", "Goodies-Data", "Goodies"], console)
    with progress.shown():
        for line in OUTPUT.splitlines():
            progress.follow(line)
    data = progress.stacks["Goodies-Data"]
    assert (data.state, data.done, data.total, data.current) == ("deploying", 11, 25, "RDS::DBInstance Db/Resource")
    assert progress.stacks["Goodies-Network"].state == "unchanged"
    assert progress.stacks["Goodies"].state == "waiting"
    progress.follow("✅  Goodies-Data")
    progress.follow("❌  Goodies failed to deploy")
    assert [stack.state for stack in progress.stacks.values()] == ["unchanged", "done", "failed"]


def test_a_terminal_shows_each_stack() -> None:
    screen = io.StringIO()
    progress = CdkProgress(["Goodies-Data", "Goodies"], Console(file=screen, width=100, force_terminal=True))
    with progress.shown():
        for line in OUTPUT.splitlines():
            progress.follow(line)
    assert "Goodies-Data" in screen.getvalue()
    assert "RDS::DBInstance Db/Resource" in screen.getvalue()
