"""Pages that revert drift: never of a stack in which another controller moves what the template says."""

import re

from tests.aws.assembly import Assembly
from tests.synthesis import CHECKOUT

RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
_COMMAND = re.compile(r"cdk deploy(?:\s+(?:--revert-drift|(Goodies\w+(?:-\w+)?)))+")


def test_no_page_reverts_the_drift_of_a_stack_with_rules_that_ecs_moves(assembly: Assembly) -> None:
    """It would write the weights of the template back (aws/aws-cdk#36649)."""
    moved = {name for name, stack in assembly.stacks.items() if any(stack.of(RULE))}
    reverted = {
        (str(page.relative_to(CHECKOUT)), found[1])
        for page in (CHECKOUT / "docs").rglob("*.md")
        for found in _COMMAND.finditer(page.read_text())
        if "--revert-drift" in found[0] and found[1]
    }
    assert {stack for _, stack in reverted} >= {"GoodiesProd-Network", "GoodiesProd-Standby", "GoodiesProd-Data"}
    assert [page for page, stack in sorted(reverted) if stack in moved] == []
