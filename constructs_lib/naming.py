"""Names of stacks, resources and parameters in every cloud."""

import hashlib

PROJECT = "goodies"
# The image build that operators and pipelines start.
IMAGE_BUILD = f"{PROJECT}-image"
# The registry through which images of ghcr.io are pulled.
GHCR = "ghcr"
# The registry of Helm charts of third parties.
CHARTS = "charts"


def path_prefix(environment: str) -> str:
    """Return the prefix of an environment's secrets and parameters: ``goodies/prod``."""
    return f"{PROJECT}/{environment}"


def application_secret(variable: str) -> str:
    """Return the last part of the name of a secret of the application: ``mail-token`` for ``MAIL_TOKEN``."""
    return variable.lower().replace("_", "-")


def release_parameter(environment: str) -> str:
    """Return the name of the parameter that records which release an environment shall run."""
    return f"/{path_prefix(environment)}/release"


def running_parameter(environment: str) -> str:
    """Return the name of the parameter that records which release was deployed with success."""
    return f"/{path_prefix(environment)}/running"


def urgent_parameter(environment: str) -> str:
    """Return the name of the parameter that says which release is urgent, and why: ``<tag> <reason>``."""
    return f"/{path_prefix(environment)}/urgent"


def refusal_parameter(environment: str) -> str:
    """Return the name of the parameter that says which release was refused last, and why: ``<tag> <reason>``."""
    return f"/{path_prefix(environment)}/refusal"


def cluster(environment: str) -> str:
    """Return the name of an environment's cluster, which operators type: ``goodies-prod``."""
    return f"{PROJECT}-{environment}"


def database(environment: str) -> str:
    """Return the identifier of an environment's database on AWS, in both regions: ``goodies-prod``."""
    return f"{PROJECT}-{environment}"


def restore_test(environment: str) -> str:
    """Return the name of an environment's restore testing plan, which takes no hyphens: ``goodies_prod``."""
    return f"{PROJECT}_{environment}"


def canary(environment: str) -> str:
    """Return the name of an environment's synthetic check (canary, uptime check): ``goodies-prod``."""
    return f"{PROJECT}-{environment}"


def repository(component: str) -> str:
    """Return the name of a component's image repository: ``goodies/funkygibbon``."""
    return f"{PROJECT}/{component}"


def gcp_registry(project: str, location: str) -> str:
    """Return the path of a project's images in Artifact Registry: ``us-docker.pkg.dev/acme-shared``."""
    return f"{location}-docker.pkg.dev/{project}"


def terraform_stack(cloud: str, environment: str) -> str:
    """Return the name of an environment's stack in a cloud: ``gcp-prod``."""
    return f"{cloud}-{environment}"


def state_bucket(project: str) -> str:
    """Return the name of the bucket that holds the state of all Terraform stacks."""
    return f"{project}-terraform-state"


def bucket(project: str, purpose: str) -> str:
    """Return the globally unique name of a project's bucket: ``acme-prod-uploads``."""
    return f"{project}-{purpose}"


def service_account(purpose: str) -> str:
    """Return the id of a service account of Google Cloud, which has 6 characters at least: ``goodies-nodes``."""
    return f"{PROJECT}-{purpose}"


def stack(environment: str, part: str = "") -> str:
    """Return a stack's name: ``GoodiesProd``, or ``GoodiesProd-Data`` for a part of it."""
    whole = f"{PROJECT}-{environment}".title().replace("-", "")
    return f"{whole}-{part}" if part else whole


def review(key: str) -> str:
    """Return the name of a review by its key in ``policy.yaml``: ``access-review``. Its title is free text."""
    return f"{key.replace('_', '-')}-review"


def fingerprint(*parts: str) -> str:
    """Return eight characters that stand for some texts, in names that must be the only ones of a whole cloud."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:8]


def resource_group(environment: str, place: str) -> str:
    """Return the name of an environment's resource group: ``goodies-prod-eastus``."""
    return f"{PROJECT}-{environment}-{place}"


def vault(environment: str, generation: int, mark: str) -> str:
    """Return the name of a vault, which has 24 characters at most: ``prod-1-0a1b2c3d``."""
    return f"{environment}-{generation}-{mark}"


def server(environment: str, generation: int, mark: str) -> str:
    """Return the name of a database's server: ``goodies-prod-1-0a1b2c3d``."""
    return f"{PROJECT}-{environment}-{generation}-{mark}"


def cache(environment: str, mark: str) -> str:
    """Return the name of a cache: ``goodies-prod-0a1b2c3d``."""
    return f"{PROJECT}-{environment}-{mark}"


def storage_account(purpose: str, mark: str) -> str:
    """Return the name of a storage account, 24 letters and digits at most: ``goodiesstate0a1b2c3d``."""
    return f"{PROJECT}{purpose}{mark}"


def container_registry(mark: str) -> str:
    """Return the name of a container registry, letters and digits alone: ``goodies0a1b2c3d``."""
    return f"{PROJECT}{mark}"
