"""Environment variables of processes that must not reach a real account."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

# Credentials, profiles, endpoints, regions; and proxies, which would carry requests elsewhere. Prefixes, so that a
# variable which AWS adds tomorrow counts as well.
_LEADS_ELSEWHERE = ("aws_", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
_CHANGES_TOOLS = ("cdk_", "cdktf_", "jsii_", "node_options", "node_path", "python")


def without_user_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment without the user's AWS settings, that finds this Python's own tools first."""
    left_out = _LEADS_ELSEWHERE + _CHANGES_TOOLS
    kept = {name: value for name, value in environment.items() if not name.lower().startswith(left_out)}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}",
        # In the home, jsii refuses a cache that it cannot write or that belongs to another user.
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(Path(sys.prefix) / "jsii"),
    }


def leading_elsewhere(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the variables of an environment that could lead to a real account, or through a proxy."""
    return sorted(name for name in environment if name.lower().startswith(_LEADS_ELSEWHERE))
