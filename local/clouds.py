"""Embedded clouds that Terraform deploys to, by the value of ``CLOUD`` in commands: one for each package with one."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from local.terraform.cloud import TerraformCloud


def _found() -> Iterator[type[TerraformCloud]]:
    """Yield the class that the module ``cloud`` of each package defines, in the order in which the clouds came."""
    for file in sorted(Path(__file__).parent.glob("*/cloud.py"), reverse=True):
        module = import_module(f"local.{file.parent.name}.cloud")
        for value in vars(module).values():
            own = isinstance(value, type) and value.__module__ == module.__name__
            if own and issubclass(value, TerraformCloud) and value is not TerraformCloud:
                yield value


TERRAFORM: Mapping[str, type[TerraformCloud]] = {cloud.key: cloud for cloud in _found()}
