"""Runs commands of the AWS CLI against the embedded cloud, as far as they are flags and values."""

import shlex
from typing import Any

import botocore.session
from botocore import xform_name

from local.cloud import EmbeddedCloud

_models = botocore.session.get_session()


def run(cloud: EmbeddedCloud, line: str) -> None:
    """Run one line; boto3 refuses what the API does not know.

    Raises:
        ValueError: an option that the operation does not have.
        ClientError: the service refuses.
    """
    program, service, operation, *words = shlex.split(line)
    assert program == "aws", line
    options = _options(words)
    region = options.pop("region")[0]
    api = cloud.client(service, region)
    method = operation.replace("-", "_")
    shape = api.meta.service_model.operation_model(api.meta.method_to_api_mapping[method]).input_shape
    members = {xform_name(name, "-"): name for name in shape.members}
    parameters: dict[str, Any] = {}
    for option, values in options.items():
        name = option.removeprefix("no-") if option not in members else option
        if name not in members:
            raise ValueError(f"aws {service} {operation} has no option --{option}")
        parameters[members[name]] = _value(shape.members[members[name]].type_name, values, name == option)
    getattr(api, method)(**parameters)


def _options(words: list[str]) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            options[word[2:]] = []
        else:
            options[list(options)[-1]].append(word)
    return options


def _value(kind: str, values: list[str], wanted: bool) -> Any:
    if kind == "boolean":
        return wanted
    if kind == "list":
        return [dict(pair.split("=", 1) for pair in value.split(",")) for value in values]
    return values[0]
