"""Bootstrap of Google Cloud: projects, APIs, service agents, the bucket of Terraform's state."""

from collections.abc import Iterator
from pathlib import Path

from admin.accounts import shared_project
from admin.bootstrap.gcp.needs import Needs, read
from admin.bootstrap.gcp.steps import prepare, refuse_examples
from admin.bootstrap.model import Bootstrap, Step
from admin.errors import WrongAccountError
from admin.gcp.connection import Connection, connect, connect_embedded
from assembly import Assembly
from local.gcp.cloud import EmbeddedGoogleCloud

__all__ = ["open_bootstrap", "prepare_embedded"]


def open_bootstrap(project: str | None, stacks: Path) -> Bootstrap:
    """Return where to bootstrap and what, after all that can be refused before anything is made.

    Args:
        project: the shared project, as it was typed; None for the embedded Google Cloud.
        stacks: what ``cdktf synth`` wrote.

    Raises:
        WrongAccountError: another project was typed, or the person's settings name another.
        ApiError: there are no credentials, or the embedded Google Cloud does not run.
    """
    connection, needs = _connect(project, stacks)
    projects = ", ".join(each.id for each in needs.projects)

    def steps(dry: bool) -> Iterator[Step]:
        return prepare(connection, needs, dry=dry)

    following = "`make deploy CLOUD=gcp`" if connection.embedded else "`cdktf deploy gcp-shared`, then an environment"
    return Bootstrap(
        connection=connection,
        place=f"{connection.name}: projects {projects}, state in {needs.location}, as {connection.caller()}",
        change="Make what is missing for the first deploy",
        prepare=steps,
        following=f"State: gs://{needs.bucket}. Next: {following}.",
    )


def prepare_embedded(cloud: EmbeddedGoogleCloud, assembly: Assembly) -> Iterator[Step]:
    """Make what the first deploy to an embedded Google Cloud needs, which runs, and yield each step when it is done."""
    return prepare(connect_embedded(cloud), read(assembly.folder))


def _connect(project: str | None, stacks: Path) -> tuple[Connection, Needs]:
    if project is None:
        return connect(None, shared_project()), read(stacks)
    needs = read(stacks)
    if project != needs.shared.id:
        raise WrongAccountError(
            f"PROJECT={project}: environments/policy.yaml says account.gcp.project: {needs.shared.id}. Both must be the"
            " project of the registry and the state"
        )
    refuse_examples(needs)
    connection = connect(project, needs.shared.id)
    if connection.default_project not in ("", project):
        raise WrongAccountError(
            f"PROJECT={project}: GOOGLE_CLOUD_PROJECT, or gcloud, is set to {connection.default_project}; unset it, or"
            f" run `gcloud config set project {project}`. Nothing was changed."
        )
    return connection, needs
