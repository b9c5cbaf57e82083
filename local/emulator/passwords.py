"""Passwords that services were given and never tell: RDS's master users, and AUTH tokens of ElastiCache."""

from typing import Any

from ministack.core.responses import request_scope

from local.emulator.ministack_internals import CACHES, DATABASES


def of(account: str, region: str) -> dict[str, dict[str, Any]]:
    """Return what the services of a place would accept: a password by database, a list of tokens by cache."""
    with request_scope(account, region):
        return {
            "databases": {name: record.get("_MasterUserPassword", "") for name, record in DATABASES.value.items()},
            "caches": {name: record.get("_auth_tokens") or [] for name, record in CACHES.value.items()},
        }
