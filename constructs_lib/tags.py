"""Tags (labels) of resources in every cloud (CST-6)."""

from constructs_lib.naming import PROJECT


def tags(*, environment: str, component: str, managed_by: str = "cdk") -> dict[str, str]:
    """Return the tags that costs are split by: project, environment, component, and manager of the resource."""
    return {"project": PROJECT, "environment": environment, "component": component, "managed-by": managed_by}
