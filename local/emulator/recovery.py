"""What a restart makes of a state that was not left in peace."""

import shutil
from pathlib import Path

from ministack.services import cloudformation, s3

_ENDS = {
    "CREATE": "CREATE_FAILED",
    "ROLLBACK": "ROLLBACK_FAILED",
    "UPDATE": "UPDATE_ROLLBACK_COMPLETE",
    "DELETE": "DELETE_FAILED",
}


def recover() -> None:
    """Make the state that was loaded one that CloudFormation can go on from."""
    _fail_interrupted_stacks()
    _forget_unsaved_buckets()


def _fail_interrupted_stacks() -> None:
    """A stack that was at work stays so for ever: nobody is left to finish it."""
    for stack in cloudformation._stacks._data.values():
        operation, _, rest = stack.get("StackStatus", "").partition("_")
        if rest.endswith("IN_PROGRESS") and operation in _ENDS:
            stack["StackStatus"] = _ENDS[operation]
            stack["StackStatusReason"] = "The embedded cloud ended while this stack was at work"


def _forget_unsaved_buckets() -> None:
    """Remove buckets whose record was lost.

    Objects are on disk at once, the record of their bucket only when saved. After a kill, a bucket that no stack knows
    would stand in the way of the stack that creates it again.
    """
    for (account, bucket), record in list(s3._buckets._data.items()):
        if record.get("region") is None:
            del s3._buckets._data[account, bucket]
            shutil.rmtree(Path(s3.DATA_DIR) / account / bucket, ignore_errors=True)
