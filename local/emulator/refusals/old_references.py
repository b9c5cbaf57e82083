"""Refusal of an update whose old template refers to a secret that is gone."""

from collections.abc import Callable, Mapping
from typing import Any

from typing_extensions import override

from local.emulator.ministack_internals import RESOLVE_DYNAMIC_REFERENCE, RESOLVE_DYNAMIC_REFERENCES
from local.emulator.refusals.rule import Refusal

_Resolve = Callable[..., tuple[Any, dict[str, Any]]]


class OldReferences(Refusal):
    """Rule: an update resolves the references of the template that is deployed as well as those of the new one."""

    text = "An update fails where the deployed properties of a resource refer to a secret that is gone."
    source = "aws-cloudformation/cloudformation-coverage-roadmap#1246; aws/aws-cdk#24130"

    @override
    def install(self) -> None:
        RESOLVE_DYNAMIC_REFERENCES.wrap(_resolving_the_old)


def _resolving_the_old(original: _Resolve) -> _Resolve:
    def resolve(
        value: Any, previous: Mapping[str, Any] | None = None, reuse_ssm: bool = False, reuse_secrets: bool = False
    ) -> tuple[Any, dict[str, Any]]:
        if not reuse_secrets:
            for literal in previous or {}:
                if literal.startswith("{{resolve:secretsmanager:"):
                    RESOLVE_DYNAMIC_REFERENCE.value(literal)
        return original(value, previous, reuse_ssm=reuse_ssm, reuse_secrets=reuse_secrets)

    return resolve
