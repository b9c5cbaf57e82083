"""Environment of a person's tools on the embedded Google Cloud: the CDKTF's CLI, Terraform, kubectl."""

import json
import os
import sys
from pathlib import Path

from local.gcp.cloud import EmbeddedGoogleCloud
from local.gcp.providers import Providers

# A provider listens on a socket in TMPDIR, and the path of one has 107 characters at most (unix(7)).
_SOCKET = 107 - len("/plugin0123456789")
# Programs that tools ask for the caller's token. Google's own look for a person's credentials.
_PROGRAMS = {
    # "client-go credential plugins", Kubernetes documentation.
    "gke-gcloud-auth-plugin": """\
#!/bin/sh
printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"%s"}}\\n' \
"$GOOGLE_OAUTH_ACCESS_TOKEN"
""",
    # "Credential helper protocol", docker login; the name of the user is Artifact Registry's for an access token.
    "docker-credential-embedded": """\
#!/bin/sh
printf '{"Username":"oauth2accesstoken","Secret":"%s"}\\n' "$GOOGLE_OAUTH_ACCESS_TOKEN"
""",
}


def tools_environment(cloud: EmbeddedGoogleCloud) -> dict[str, str]:
    """Return the environment of tools that see this cloud, which was started, and no other."""
    variables = cloud.environment()
    if len(variables["TMPDIR"].encode()) > _SOCKET:
        del variables["TMPDIR"]
    return variables | {
        "PATH": f"{_programs(cloud.directory / 'home')}{os.pathsep}{variables['PATH']}",
        "TF_CLI_CONFIG_FILE": str(Providers(cloud).settings),
        "CDKTF_HOME": str(cloud.directory / "home" / ".cdktf"),  # it would look the home up, whatever HOME says
        "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "1",  # the settings name the cache
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(Path(sys.prefix) / "jsii"),
    }


def deploy_environment(cloud: EmbeddedGoogleCloud) -> dict[str, str]:
    """Return the same, where no person answers questions."""
    return tools_environment(cloud) | {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}


def _programs(home: Path) -> Path:
    """Return the folder of the programs, which Helm and docker are told to ask, too."""
    folder = home / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    for name, script in _PROGRAMS.items():
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    settings = home / ".docker" / "config.json"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(json.dumps({"credsStore": "embedded"}))
    return folder
