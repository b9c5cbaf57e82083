"""Environment of a person's tools on an embedded cloud: the CDKTF's CLI, Terraform, kubectl."""

import sys
from pathlib import Path

from local.terraform.cloud import TerraformCloud
from local.terraform.providers import Providers

# A provider listens on a socket in TMPDIR, and the path of one has 107 characters at most (unix(7)).
_SOCKET = 107 - len("/plugin0123456789")


def tools_environment(cloud: TerraformCloud) -> dict[str, str]:
    """Return the environment of tools that see this cloud, which was started, and no other."""
    variables = cloud.environment()
    if len(variables["TMPDIR"].encode()) > _SOCKET:
        del variables["TMPDIR"]
    return variables | {
        "TF_CLI_CONFIG_FILE": str(Providers(cloud).settings),
        "CDKTF_HOME": str(cloud.directory / "home" / ".cdktf"),  # it would look the home up, whatever HOME says
        "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "1",  # the settings name the cache
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(Path(sys.prefix) / "jsii"),
    }


def deploy_environment(cloud: TerraformCloud) -> dict[str, str]:
    """Return the same, where no person answers questions."""
    return tools_environment(cloud) | {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
