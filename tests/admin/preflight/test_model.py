"""Rows, exit codes and the table, which each cloud shares."""

import io

import pytest
from rich.console import Console

from admin.errors import AwsError, WriteRefusedError
from admin.preflight.model import Answer, Check, ExitCode, Row, State, exit_code, fine, missing, run, unknown
from admin.preflight.table import show


def row(answer: Answer) -> Row:
    return Row(Check("quotas", "VPCs", lambda: answer), answer)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([fine("")], ExitCode.FINE),
        ([fine(""), unknown("")], ExitCode.UNKNOWN),
        ([fine(""), missing(""), unknown("")], ExitCode.MISSING),
        ([], ExitCode.UNKNOWN),
    ],
)
def test_exit_codes(answers: list[Answer], code: ExitCode) -> None:
    assert exit_code(map(row, answers)) is code


def test_rows_keep_the_order_and_an_error_is_unknown() -> None:
    def fails() -> Answer:
        raise AwsError("denied")

    checks = [Check("a", str(number), lambda: fine("")) for number in range(20)] + [Check("b", "last", fails)]
    rows = run(checks)
    assert [each.check for each in rows] == checks
    assert rows[-1].answer == unknown("denied")


def test_a_fault_of_the_command_is_no_answer() -> None:
    def writes() -> Answer:
        raise WriteRefusedError("it was not sent")

    with pytest.raises(WriteRefusedError):
        run([Check("a", "b", writes)])


def test_the_table_says_what_to_type_on_lines_of_their_own() -> None:
    console = Console(file=io.StringIO(), width=60)
    command = "aws cloudformation delete-stack --stack-name GoodiesProd-Recovery --region us-west-2"
    show([row(fine("3 in use [of 5]")), row(missing("none", command)), row(unknown("denied"))], console)
    written = console.file.getvalue()  # type: ignore[attr-defined]
    assert "[of 5]" in written
    assert f"2. VPCs\n   {command}\n" in written
    assert written.endswith("1 fine, 1 missing, 1 unknown\n")
    assert all(state in written for state in State)
