"""Service-linked roles, without which the first resource of a service fails or races."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial

from botocore.exceptions import ClientError

from admin.preflight.aws.account import Account, code_of
from admin.preflight.aws.activations import service_linked_roles
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing
from assembly import Resource

# In the call of a custom resource, whose parameters are JSON within JSON.
_CREATED = re.compile(r"AWSServiceName\W+([\w.-]+)")


def checks(needs: Needs, account: Account) -> Iterator[Check]:
    """Yield a check for each role that the types of the templates need."""
    kinds = {resource.type for stack in needs.stacks for resource in stack.resources.values()}
    created = created_by_stacks(needs)
    for service, role in service_linked_roles(kinds).items():
        yield Check("service-linked roles", role, partial(_role, needs, account, (service, role), created.get(service)))


def created_by_stacks(needs: Needs) -> Mapping[str, Resource]:
    """Return the custom resource that creates the role of a service, by the service."""
    return {
        service: resource
        for resource in needs.resources("Custom::AWS")
        for text in [json.dumps(resource.properties)]
        if "createServiceLinkedRole" in text
        for service in _CREATED.findall(text)
    }


def _role(needs: Needs, account: Account, names: tuple[str, str], creator: Resource | None) -> Answer:
    service, role = names
    try:
        account.client("iam", needs.regions[0]).get_role(RoleName=role)
    except ClientError as error:
        if code_of(error) != "NoSuchEntity":
            raise
        # It calls once, at its own creation.
        if creator and account.physical_id(needs.stack_of(creator), creator.id) is None:
            return fine(f"{creator.stack} creates it")
        return missing("does not exist", f"aws iam create-service-linked-role --aws-service-name {service}")
    return fine("exists")
