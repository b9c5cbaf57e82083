"""Repairs the emulator's saved state after an unclean shutdown."""

import shutil
from pathlib import Path

from ministack.services import s3

from local.emulator.ministack_internals import BUCKETS, STACKS

_STATUS_AFTER = {
    "CREATE": "CREATE_FAILED",
    "ROLLBACK": "ROLLBACK_FAILED",
    "UPDATE": "UPDATE_ROLLBACK_COMPLETE",
    "DELETE": "DELETE_FAILED",
}


def recover() -> None:
    """Repair the loaded state so that CloudFormation can continue from it."""
    _fail_interrupted_stacks()
    _forget_unsaved_buckets()


def _fail_interrupted_stacks() -> None:
    """End the operation of each stack in progress: no thread is left to finish it."""
    for stack in STACKS.value.to_dict().values():
        operation, _, rest = stack.get("StackStatus", "").partition("_")
        if rest.endswith("IN_PROGRESS") and operation in _STATUS_AFTER:
            stack["StackStatus"] = _STATUS_AFTER[operation]
            stack["StackStatusReason"] = "The embedded cloud ended while this stack was at work"


def _forget_unsaved_buckets() -> None:
    """Remove buckets whose record was lost.

    Objects are on disk at once, the record of their bucket only when saved. After a kill, a bucket that no stack knows
    would stand in the way of the stack that creates it again.
    """
    for (account, bucket), record in BUCKETS.value.to_dict().items():
        if record.get("region") is None:
            BUCKETS.value.pop_scoped(account, None, bucket)
            shutil.rmtree(Path(s3.DATA_DIR) / account / bucket, ignore_errors=True)
