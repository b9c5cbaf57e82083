"""Names of an environment's resources on AWS, as commands find them."""

CONTAINER = "funkygibbon"
REPOSITORY = "goodies/funkygibbon"
# Of both records before there is a release.
NO_RELEASE = "none"
# CloudFront and all that belongs to it is in one region.
EDGE_REGION = "us-east-1"


def cluster(environment: str) -> str:
    """Return the name of an environment's ECS cluster."""
    return f"goodies-{environment}"


def prefix(environment: str) -> str:
    """Return the beginning of the names of an environment's stacks and alarms."""
    return f"Goodies{environment.title()}"


def stack(environment: str) -> str:
    """Return the name of an environment's Service stack."""
    return f"{prefix(environment)}-Service"


def edge_stack(environment: str) -> str:
    """Return the name of an environment's Edge stack."""
    return f"{prefix(environment)}-Edge"


def recorded_parameter(environment: str) -> str:
    """Return the name of the parameter that records the release to deploy."""
    return f"/goodies/{environment}/release"


def running_parameter(environment: str) -> str:
    """Return the name of the parameter that records the release that runs."""
    return f"/goodies/{environment}/running"


def urgent_parameter(environment: str) -> str:
    """Return the name of the parameter that marks a release as urgent: its tag, a space, the reason."""
    return f"/goodies/{environment}/urgent"


def refusal_parameter(environment: str) -> str:
    """Return the name of the parameter that says what a check refused last: its tag, a space, the reason."""
    return f"/goodies/{environment}/refusal"
