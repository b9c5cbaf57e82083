"""Terraform stack of the project, and the location that all environments share."""

from cdktf import App, GcsBackend, TerraformStack
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.provider import GoogleProvider

from constructs_lib import naming
from constructs_lib.gcp.data.storage import continent_of
from constructs_lib.tags import tags
from environments import GcpRegions


class GoodiesTerraformStack(TerraformStack):
    """A stack with the project's labels, its state in the bucket that `make bootstrap CLOUD=gcp` makes.

    Args:
        name: of the stack, and of its state in the bucket: ``gcp-prod``.
        environment: the label that costs are split by first: ``prod``, or ``shared``.
        component: the label that costs are split by next.
        project: the id of the project that it lives in.
        region: where resources are that name no region.
        state_project: the id of the project that holds the state of all stacks.

    Attributes:
        project_id: the id of the project that it lives in.
        project: the same project as a data source, which knows its number.
    """

    def __init__(
        self,
        app: App,
        name: str,
        *,
        environment: str,
        component: str,
        project: str,
        region: str,
        state_project: str,
    ) -> None:
        super().__init__(app, name)
        # The bucket is versioned and encrypted; the backend locks the state by itself.
        GcsBackend(self, bucket=naming.state_bucket(state_project), prefix=name)
        GoogleProvider(
            self,
            "google",
            project=project,
            region=region,
            # Some APIs count calls against a project and refuse a person's login that names none.
            user_project_override=True,
            billing_project=project,
            default_labels=tags(environment=environment, component=component, managed_by="cdktf"),
            add_terraform_attribution_label=False,
        )
        self.project_id = project
        self.project = DataGoogleProject(self, "project", project_id=project)


def continent(regions: GcpRegions) -> str:
    """Return the multi-region of both regions, such as ``us``: it holds the images of all environments."""
    return continent_of(regions.primary.name)
