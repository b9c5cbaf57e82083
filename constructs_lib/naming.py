"""How things are called, in every cloud."""

PROJECT = "goodies"
# What operators and pipelines start to have an image built.
IMAGE_BUILD = f"{PROJECT}-image"
# The registry through which images of ghcr.io are pulled.
GHCR = "ghcr"


def path_prefix(environment: str) -> str:
    """Return the prefix of an environment's secrets and parameters: ``goodies/prod``."""
    return f"{PROJECT}/{environment}"


def release_parameter(environment: str) -> str:
    """Return the name of the parameter that records which release an environment runs."""
    return f"/{path_prefix(environment)}/release"


def cluster(environment: str) -> str:
    """Return the name of an environment's cluster, which operators type: ``goodies-prod``."""
    return f"{PROJECT}-{environment}"


def canary(environment: str) -> str:
    """Return the name of what calls an environment from outside: ``goodies-prod``."""
    return f"{PROJECT}-{environment}"


def repository(component: str) -> str:
    """Return the name of a component's image repository: ``goodies/funkygibbon``."""
    return f"{PROJECT}/{component}"


def gcp_registry(project: str, location: str) -> str:
    """Return where Artifact Registry keeps a project's images: ``us-docker.pkg.dev/acme-shared``."""
    return f"{location}-docker.pkg.dev/{project}"


def terraform_stack(cloud: str, environment: str) -> str:
    """Return the name of an environment's stack in a cloud: ``gcp-prod``."""
    return f"{cloud}-{environment}"


def state_bucket(project: str) -> str:
    """Return the name of the bucket that holds the state of all Terraform stacks."""
    return f"{project}-terraform-state"


def bucket(project: str, purpose: str) -> str:
    """Return the name of a project's bucket, which nobody else in the world has: ``acme-prod-uploads``."""
    return f"{project}-{purpose}"


def stack(environment: str, part: str = "") -> str:
    """Return a stack's name: ``GoodiesProd``, or ``GoodiesProd-Data`` for a part of it."""
    whole = f"{PROJECT}-{environment}".title().replace("-", "")
    return f"{whole}-{part}" if part else whole
