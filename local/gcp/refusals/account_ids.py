"""Refusal of service accounts whose id has another form than IAM takes."""

import re

from typing_extensions import override

from local.gcp.refusals.rule import Operation, Rule
from local.gcp.rest.errors import Refusal

_ID = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])")
_LENGTHS = range(6, 31)


class AccountIds(Rule):
    """Rule: the id is 6 to 30 characters long, begins with a letter and has small letters, digits and dashes."""

    text = "A service account whose id is shorter than 6 or longer than 30 characters, or of another form, is refused."
    source = "accountId of CreateServiceAccountRequest, IAM API reference; google/litmus issue 107"

    @override
    def check(self, operation: Operation) -> None:
        if operation.kind != "iam.serviceAccounts" or not operation.creates:
            return
        given = operation.call.body.get("accountId", "")
        if len(given) not in _LENGTHS:
            raise Refusal("INVALID_ARGUMENT", f'The account ID "{given}" does not have a length between 6 and 30.')
        if not _ID.fullmatch(given):
            raise Refusal(
                "INVALID_ARGUMENT",
                f'The account ID "{given}" is not valid: it must match the regular expression '
                "[a-z]([-a-z0-9]*[a-z0-9]).",
            )
