"""Commands that a document tells its reader to type, and what in them does not exist."""

import re
import shlex
from collections.abc import Container, Iterator

import botocore.session

from tests.gcp import gcloud
from tests.synthesis import CHECKOUT
from tools.make_arguments import targets

QUOTED = re.compile(r"`([^`]+)`")
_PLACEHOLDER = re.compile(r"<[^<>=]*>")
_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
# What the command does by itself, without an operation of a service.
_OF_THE_CLI = {"cloudtrail validate-logs", "configure list-profiles", "s3 cp", "s3 sync", "sso login"}
# Services that the command calls otherwise than their models.
_ALIASES = {"configservice": "config"}
_PROGRAMS = ("aws ", "make ", "cdk ", "cdktf ", "gcloud ", "kubectl ", "python ")
# Of kubectl ("kubectl reference", Kubernetes documentation), with the options that are used here.
_KUBECTL = {
    "annotate": ("--overwrite",),
    "describe": (),
    "get": ("--output",),
    "logs": ("--container", "--previous"),
    "rollout history": (),
    "rollout restart": (),
    "rollout status": (),
    "rollout undo": (),
    "set image": (),
    "top pods": (),
}
# Options of the command itself, not of an operation.
_OF_AWS = {"--region", "--query", "--output"}
# Options that the command adds to those of an operation ("create-invalidation", AWS CLI command reference).
_ADDED_BY_AWS = {("cloudfront", "create-invalidation"): {"--paths"}}


def commands(text: str) -> Iterator[str]:
    """Return what a reader would type."""
    lines = [line for block in _BLOCK.findall(text) for line in block.replace("\\\n", "").splitlines()]
    yield from (item for item in [*lines, *QUOTED.findall(text)] if item.startswith(_PROGRAMS))


def unknown(command: str, stacks: Container[str]) -> str | None:
    """Return what in a command does not exist."""
    program, *words = shlex.split(_PLACEHOLDER.sub("given", command), comments=True)
    if program == "make":
        return _unknown_to_make(words)
    if program == "cdk":
        names = [word for word in words[1:] if not word.startswith("-")]
        return next((name for name in names if name not in stacks), None)
    if program == "cdktf":
        known = {f"gcp-{name}" for name in ("dev", "staging", "prod", "shared")}
        return next((word for word in words[1:] if not word.startswith("-") and word not in known), None)
    judge = {"aws": _unknown_to_aws, "gcloud": gcloud.unknown, "kubectl": _unknown_to_kubectl}.get(program)
    return judge(words) if judge else program


def _unknown_to_make(words: list[str]) -> str | None:
    """Return a target that there is not, a variable that a target does not take, or one that it needs."""
    known = targets((CHECKOUT / "Makefile").read_text())
    given = {word.partition("=")[0] for word in words if "=" in word}
    for target in (word for word in words if "=" not in word):
        if target not in known:
            return target
        required = {name for name, needed in known[target].items() if needed}
        if wrong := sorted((given - known[target].keys()) | (required - given)):
            return f"{target} {wrong[0]}="
    return None


def _unknown_to_kubectl(words: list[str]) -> str | None:
    if "--namespace" in words:
        place = words.index("--namespace")
        words = [*words[:place], *words[place + 2 :]]
    known = [name for name in (" ".join(words[:2]), words[0]) if name in _KUBECTL]
    if not known:
        return words[0]
    return next((word for word in words if word.startswith("--") and word not in _KUBECTL[known[0]]), None)


def _unknown_to_aws(words: list[str]) -> str | None:
    service, operation, *options = words
    if f"{service} {operation}" in _OF_THE_CLI:
        return None
    service = _ALIASES.get(service, service)
    session = botocore.session.get_session()
    if service not in session.get_available_services():
        return service
    model = session.get_service_model(service)
    if operation == "wait":
        waiters = {_dashed(name) for name in session.get_waiter_model(service).waiter_names}
        return None if options[0] in waiters else f"{service} wait {options[0]}"
    called = {_dashed(name): name for name in model.operation_names}
    if operation not in called:
        return f"{service} {operation}"
    shape = model.operation_model(called[operation]).input_shape
    known = {f"--{_dashed(name)}" for name in (shape.members if shape else {})} | _OF_AWS
    known |= _ADDED_BY_AWS.get((service, operation), set())
    flags = {f"--no-{name[2:]}" for name in known}
    return next((word for word in options if word.startswith("--") and word not in known | flags), None)


def _dashed(name: str) -> str:
    return str(botocore.xform_name(name, "-"))
