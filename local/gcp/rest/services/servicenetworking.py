"""Service Networking: private service access of a network, which belongs to no project in its name."""

from dataclasses import replace

from assembly.values import Json
from local.gcp.rest import operations
from local.gcp.rest.calls import Call, handles
from local.gcp.rest.verbs import page

_NAME = "servicenetworking.v1:services.connections"


@handles(f"{_NAME}.create")
def create(call: Call) -> Json:
    """Connect a network with a service of Google.

    A connection that was abandoned is not made again but changed (terraform-provider-google issue 3294).
    """
    if call.documents.get(_key(call)):
        message = "Cannot modify allocated ranges in CreateConnection. Please use UpdateConnection."
        return operations.fail(call, message)
    return _keep(call)


@handles(f"{_NAME}.patch")
def patch(call: Call) -> Json:
    """Change the ranges of a connection."""
    return _keep(call)


def _keep(call: Call) -> Json:
    service = call.name.partition("/connections")[0]
    peering = service.partition("/")[2].replace(".", "-")
    connection = {**call.body, "peering": peering, "service": service}
    call.documents.put(_key(call), connection)
    return operations.start(call, connection)


@handles(f"{_NAME}.list")
def list_connections(call: Call) -> Json:
    """Answer the connections of a network."""
    found = list(call.documents.list(f"{call.name}/").values())
    network = call.parameters.get("network")
    return page(call, [each for each in found if network in (None, each["network"])])


@handles(f"{_NAME}.deleteConnection")
def delete(call: Call) -> Json:
    """Disconnect a network."""
    found = call.at(call.name.rpartition("/")[0])
    call.documents.delete(_key(replace(found, body={"network": call.body["consumerNetwork"]})))
    return operations.start(call, {}, deleted=True)


def _key(call: Call) -> str:
    collection = call.name.partition("/connections")[0] + "/connections"
    return f"{collection}/{call.body['network'].replace('/', '~')}"
