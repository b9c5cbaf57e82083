"""Environment variables of processes that must not reach a real account."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

# Credentials, profiles, endpoints, regions; and proxies, which would carry requests elsewhere. Prefixes, so that a
# variable which AWS adds tomorrow counts as well.
_LEADS_ELSEWHERE = ("aws_", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
# Certificates, credentials and the home; those of an embedded cloud lie in its folder.
_FILES = (
    "ssl_cert_file",
    "ssl_cert_dir",
    "requests_ca_bundle",
    "curl_ca_bundle",
    "cloudsdk_auth_access_token_file",
    "home",
)
_EMBEDDED = ".embedded"
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


def leading_to_embedded(endpoint: str, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the variables of an environment that lead to an embedded cloud: its proxy, its certificate, its home.

    Args:
        endpoint: URL of the embedded cloud of this checkout; the files of another checkout's are found as well.
        environment: that of this process, where it is left out.
    """
    proxy = urlsplit(endpoint).netloc
    return sorted(
        name
        for name, value in environment.items()
        if (name.lower() in _PROXIES and proxy in (value, urlsplit(value).netloc))
        or (name.lower() in _FILES and _EMBEDDED in Path(value).parts)
    )
