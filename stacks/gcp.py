"""The environments on Google Cloud (ARC-1, GCP-1, ENV-4).

An environment is one stack, complete, so that ``cdktf deploy gcp-staging`` deploys all of it. What holds state in it
refuses to be destroyed.
"""

from collections.abc import Sequence

from cdktf import App

import constructs_lib.gcp  # noqa: F401 - before any provider is imported
from constructs_lib import naming
from constructs_lib.gcp.security import Key
from environments import Environment, Policy, RecoverySettings, chosen
from environments.findings import EnvironmentsError, Finding
from stacks.gcp_stack import GoodiesTerraformStack


class SharedStack(GoodiesTerraformStack):
    """``gcp-shared``: what belongs to no environment."""

    def __init__(self, app: App, policy: Policy, *, project: str) -> None:
        super().__init__(
            app,
            naming.terraform_stack("gcp", "shared"),
            environment="shared",
            component="delivery",
            project=project,
            region=policy.regions.gcp.primary.name,
            state_project=project,
        )


class EnvironmentStack(GoodiesTerraformStack):
    """``gcp-<name>``: an environment, in both regions."""

    def __init__(self, app: App, environment: Environment, *, project: str, shared_project: str) -> None:
        policy = environment.policy
        super().__init__(
            app,
            naming.terraform_stack("gcp", environment.name),
            environment=environment.name,
            component="environment",
            project=project,
            region=policy.regions.gcp.primary.name,
            state_project=shared_project,
        )
        self._keep_data(environment)
        if environment.recovery:
            self._recover(environment, environment.recovery)

    def _keep_data(self, environment: Environment) -> None:
        policy = environment.policy
        self.key = Key(
            self, "Key", policy=policy.security, location=policy.regions.gcp.primary.name, project=self.project
        )

    def _recover(self, environment: Environment, settings: RecoverySettings) -> None:
        pass


def build(environments: Sequence[Environment]) -> App:
    """Return the application with every environment and what they share.

    ``CDKTF_CONTEXT_JSON='{"environments": "prod"}'`` takes that environment only, without what they share.

    Raises:
        EnvironmentsError: when a file names no project of Google Cloud.
    """
    policy = environments[0].policy
    shared = policy.account.gcp
    findings = [
        Finding(f"environments/{name}.yaml", None, "account.gcp.project", "nothing", "the project to deploy to")
        for name, account in [("policy", shared), *((item.name, item.account.gcp) for item in environments)]
        if account is None
    ]
    if shared is None or findings:
        raise EnvironmentsError(findings)
    app = App()
    only = app.node.try_get_context("environments")
    if not only:
        SharedStack(app, policy, project=shared.project)
    for environment in chosen(environments, only):
        if environment.account.gcp:
            EnvironmentStack(app, environment, project=environment.account.gcp.project, shared_project=shared.project)
    return app
