"""Mutations of the embedded Google Cloud: each makes the replay, or the draw of damaged requests, fail."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.gcp.iam.caller import Caller
from local.gcp.rest import calls, checks, forms, operations, policies, resources, verbs
from local.kubernetes import controllers
from local.kubernetes.schemas import Schemas
from local.proxy import values
from tests.local.gcp.recorded.replay import Replay, ReplayError, recording
from tests.local.gcp.recorded.test_damage import Draw

Patch = pytest.MonkeyPatch


def drop_check(name: str) -> Callable[[Patch], None]:
    """Return a mutation that drops one of the checks of a body."""

    def mutate(patch: Patch) -> None:
        patch.setattr(checks, "CHECKS", tuple(each for each in checks.CHECKS if each.__name__ != name))

    return mutate


def leave_out_an_output_only_value(patch: Patch) -> None:
    patch.delitem(resources._COMPUTED, "compute.globalAddresses")


def leave_out_a_default(patch: Patch) -> None:
    usual = values.with_defaults

    def with_defaults(defaults: Mapping[str, Any], value: Mapping[str, Any]) -> Any:
        return usual({key: below for key, below in defaults.items() if key != "softDeletePolicy"}, value)

    patch.setattr(resources, "with_defaults", with_defaults)


def never_end_an_operation(patch: Patch) -> None:
    patch.setattr(operations, "start", lambda call, result, **kinds: operations._pending(_start(call, result, **kinds)))


_start = operations.start


def keep_what_is_deleted(patch: Patch) -> None:
    patch.setattr(verbs, "remove", lambda _: None)


def take_any_etag(patch: Patch) -> None:
    patch.setattr(policies, "check_etag", lambda _sent, _before: None)


def keep_the_etag_of_a_policy(patch: Patch) -> None:
    usual = policies.keep
    patch.setattr(policies, "keep", lambda call, policy: usual(call, policy) | {"etag": "BwX"})


def answer_references_as_they_were_sent(patch: Patch) -> None:
    patch.setattr(resources, "_REWRITTEN", {})


def answer_for_what_is_not_there(patch: Patch) -> None:
    def read(call: calls.Call) -> dict[str, Any]:
        stored = call.documents.get(call.name) or {"body": {}, "outputs": {}}
        return resources.view(call, stored)

    for module in (resources, verbs):
        patch.setattr(module, "read", read)


def give_every_project_another_number(patch: Patch) -> None:
    patch.setattr(calls.Cloud, "number", lambda _, project: str(len(project)))


def refuse_in_another_form(patch: Patch) -> None:
    other = {name: forms.Form(**{**vars(form), "style": "status"}) for name, form in forms.forms().items()}
    patch.setattr("local.gcp.rest.apis.forms", lambda: other)


def let_any_caller_do_everything(patch: Patch) -> None:
    patch.setattr(Caller, "may", lambda *_: True)


def refuse_nothing_that_is_in_use(patch: Patch) -> None:
    patch.setattr("local.gcp.__main__.answer", lambda call, run: run(call))


def roll_no_deployment_out(patch: Patch) -> None:
    patch.delitem(controllers._CONTROLLERS, "Deployment")


def take_any_field_of_kubernetes(patch: Patch) -> None:
    usual = Schemas.clean

    def clean(schemas: Schemas, *given: Any) -> Any:
        item, faults = usual(schemas, *given)
        faults.unknown.clear()
        return item, faults

    patch.setattr(Schemas, "clean", clean)


@pytest.mark.parametrize(
    "mutate",
    [
        pytest.param(drop_check("check_type"), id="drop_check_type"),
        pytest.param(drop_check("check_enum"), id="drop_check_enum"),
        pytest.param(drop_check("check_names"), id="drop_check_names"),
        pytest.param(drop_check("check_required"), id="drop_check_required"),
        leave_out_an_output_only_value,
        leave_out_a_default,
        never_end_an_operation,
        keep_what_is_deleted,
        take_any_etag,
        keep_the_etag_of_a_policy,
        answer_references_as_they_were_sent,
        answer_for_what_is_not_there,
        give_every_project_another_number,
        refuse_in_another_form,
        let_any_caller_do_everything,
        refuse_nothing_that_is_in_use,
        roll_no_deployment_out,
        take_any_field_of_kubernetes,
    ],
)
def test_each_mutation_is_found(
    mutate: Callable[[Patch], None], synthesized: Mapping[str, Mapping[str, Any]], monkeypatch: Patch
) -> None:
    mutate(monkeypatch)
    draw = Draw(Replay(synthesized), stop=True)
    with pytest.raises(ReplayError):
        draw.replay.run(recording(), before=draw.before)
