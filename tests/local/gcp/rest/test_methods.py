"""Every method that is served has a handler, and every kind its row."""

from typing import Any

import pytest

from admin.bootstrap.gcp import methods as bootstrap
from admin.bootstrap.gcp.needs import find_api
from admin.preflight.gcp import methods as preflight
from local.gcp.rest import calls, operations
from local.gcp.rest.data import DISCOVERY, kinds
from local.gcp.rest.discovery import Method, methods, methods_of
from tests.local.gcp.rest.conftest import Google


def _all() -> list[Method]:
    return [method for rows in methods().values() for method in rows]


@pytest.mark.parametrize("method", _all(), ids=lambda method: f"{method.document.name}:{method.id}")
def test_every_method_has_a_handler(method: Any) -> None:
    assert calls.find_handler(method) is not None


def test_every_handler_has_a_method() -> None:
    known = {f"{method.document.name}:{method.kind.resource}.{method.action}" for method in _all()}

    assert [name for name in calls.HANDLERS if ":" in name and name not in known] == []


def test_the_documents_hold_what_the_kinds_name_and_no_more() -> None:
    assert {path.stem for path in DISCOVERY.glob("*.json")} == {kind.document for kind in kinds()}
    for method in _all():
        wanted = {*method.kind.methods, *method.kind.also, *method.kind.actions}
        assert wanted <= methods_of(method.document, method.kind).keys()


@pytest.mark.parametrize("name", sorted({*bootstrap.METHODS, *preflight.METHODS}))
def test_what_bootstrap_and_preflight_ask_is_served(name: str) -> None:
    wanted = {**preflight.METHODS, **bootstrap.METHODS}[name]
    served = [method for method in _all() if method.id == name and method.verb == wanted.verb]

    beginnings = {f"https://{method.document.host}/{method.document.prefix}" for method in served}
    assert wanted.url.startswith(tuple(beginnings))


def test_every_form_with_operations_writes_them() -> None:
    starting = {method.kind.form for method in _all() if method.starts_operation}

    assert starting == set(operations.FORMS)


def test_every_document_says_its_revision() -> None:
    assert all(method.document.content["revision"] >= "2025" for method in _all())


def test_hosts_that_no_document_names_are_not_served(google: Google) -> None:
    assert google.apis.serves("compute.googleapis.com")
    assert not google.apis.serves("vision.googleapis.com")


def test_every_api_of_the_stacks_is_served(google: Google, gcp: Any) -> None:
    types = {
        kind
        for stack in gcp.stacks.values()
        for kind in stack.source.template["resource"]
        if kind.startswith("google_")
    }

    assert {find_api(kind) for kind in types if not google.apis.serves(find_api(kind))} == set()
