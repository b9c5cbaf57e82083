"""Preflight of AWS: a module for each group of checks."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from admin.preflight.aws import (
    billing,
    bootstrap,
    delegation,
    leftovers,
    quotas,
    receivers,
    rights,
    service_roles,
    singletons,
    source,
)
from admin.preflight.aws.account import Account, answered
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check

_GROUPS = (rights, bootstrap, leftovers, service_roles, singletons, quotas, billing, source, delegation, receivers)


def checks(needs: Needs, account: Account) -> Iterator[Check]:
    """Yield all checks of a deploy, in the order in which a person clears them."""
    for group in _GROUPS:
        yield from map(translated, group.checks(needs, account))


def translated(check: Check) -> Check:
    """Return a check whose errors of boto3 are translated."""
    return replace(check, ask=partial(_ask, check))


def _ask(check: Check) -> Answer:
    with answered():
        return check.ask()
