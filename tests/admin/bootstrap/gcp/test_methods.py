"""Methods of the bootstrap: each is one of Google's, and its permissions are those that a preflight asks for."""

from pathlib import Path
from urllib.parse import urlsplit

from admin.bootstrap.gcp.methods import METHODS
from admin.bootstrap.gcp.needs import read
from admin.bootstrap.gcp.steps import prepare
from local.gcp.rest.apis import find
from local.proxy.api import Request
from tests.admin.bootstrap.gcp.world import World


def called(call: str) -> str:
    """Return the id that Google's discovery documents give the method of a call."""
    verb, _, url = call.partition(" ")
    address = urlsplit(url)
    found = find(Request(method=verb, host=address.netloc, path=address.path))
    assert found, call
    return found[0].id


def test_each_is_one_of_google(world: World, stacks: Path) -> None:
    """A bootstrap of nothing, and another after versions of the state were switched off, send each of them."""
    needs = read(stacks)
    list(prepare(world.connection, needs))
    world.ask(
        "PATCH", f"https://storage.googleapis.com/storage/v1/b/{needs.bucket}", {"versioning": {"enabled": False}}
    )
    list(prepare(world.connection, needs))
    sent = {called(call) for call in world.calls}
    assert sent <= METHODS.keys()
    # Whether an operation is asked for depends on how soon it is done.
    assert METHODS.keys() - sent <= {each.operation for each in METHODS.values()}


def test_each_that_is_about_a_resource_names_its_permissions() -> None:
    operations = {each.operation for each in METHODS.values()}
    assert {name for name, each in METHODS.items() if not each.permissions} <= operations
