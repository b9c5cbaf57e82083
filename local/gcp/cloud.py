"""The embedded Google Cloud as a command sees it: its process, its directory, and the environment of its children."""

import json
import shlex
from collections.abc import Iterable, Mapping

from typing_extensions import override

from assembly import Stack
from assembly.values import Json
from local.gcp.authorization import REGISTRY_USER
from local.gcp.kubeconfig import kubeconfig
from local.gcp.state import GcsState
from local.proxy.files import write
from local.terraform.cloud import CERTIFICATES, TOKEN, TerraformCloud

_HELPER = "embedded"
# Programs that tools ask for the caller's token, and what each answers. Google's own look for a person's credentials.
_PROGRAMS = {
    # "client-go credential plugins", Kubernetes documentation.
    "gke-gcloud-auth-plugin": (
        '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"%s"}}'
    ),
    # "Credential helper protocol", docker login.
    f"docker-credential-{_HELPER}": f'{{"Username":"{REGISTRY_USER}","Secret":"%s"}}',
}


class EmbeddedGoogleCloud(TerraformCloud):
    """A Google Cloud on this machine. Its state survives a restart or a kill, until :meth:`wipe`.

    Its owner may send it the commands ``pid``, ``caller``, ``clock`` and ``switch``.
    """

    name = "The embedded Google Cloud"
    destroy = "make destroy CLOUD=gcp"
    key = "gcp"
    provider = "google_"
    account_word = "Project"
    domains = ("googleapis.com", "pkg.dev", "gke.goog")
    module = "local.gcp"
    folders = ("logs", "home/.docker", "tmp", "bin", CERTIFICATES)

    @override
    def state(self, stack: Stack) -> GcsState:
        return GcsState(self, stack)

    @override
    def kubeconfig(self, stacks: Iterable[Stack]) -> Json:
        return kubeconfig({stack.name: self.state(stack).read() for stack in stacks})

    @override
    def credentials(self) -> Mapping[str, str]:
        return {
            "GOOGLE_OAUTH_ACCESS_TOKEN": self.access_token,
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(self.directory / TOKEN),
        }

    @override
    def log_in(self) -> None:
        """Log kubectl in to clusters, helm and docker to registries, as gcloud does: by programs that they ask."""
        token = shlex.quote(str(self.directory / TOKEN))
        for name, answer in _PROGRAMS.items():
            program = self.directory / "bin" / name
            write(program, f'#!/bin/sh\nprintf {shlex.quote(answer)} "$(cat {token})"\n'.encode())
            program.chmod(0o700)
        (self.directory / "home" / ".docker" / "config.json").write_text(json.dumps({"credsStore": _HELPER}))
