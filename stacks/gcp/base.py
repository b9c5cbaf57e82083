"""What every stack on Google Cloud has in common."""

from cdktf import App, GcsBackend, TerraformStack
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.provider import GoogleProvider

from constructs_lib import naming
from constructs_lib.tags import tags


class GoodiesTerraformStack(TerraformStack):
    """A stack with the project's labels, its state in the bucket that `make bootstrap CLOUD=gcp` makes.

    Args:
        component: what its costs are split by.
        project: the id of the project that it lives in.
        state_project: the id of the project that holds the state of all stacks.

    Attributes:
        project: the same, as Google Cloud knows it.
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
        self.project = DataGoogleProject(self, "project", project_id=project)
