"""Program that builds a cloud's stacks and prints the settings that nothing has read on the way, as ``Class.field``.

    python -m tests.stacks.read_settings aws

It runs in a process of its own, because it changes how settings are read.
"""

import inspect
import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import environments
from environments.value_types import Settings
from tests.synthesis import cdk_context


def all_settings(model: type[Settings] = Settings) -> Iterator[type[Settings]]:
    """Yield every class of settings."""
    for each in model.__subclasses__():
        yield each
        yield from all_settings(each)


def main(cloud: str) -> None:
    """Print the settings of the model that a cloud's stacks do not read."""
    loaded = environments.load()
    found: set[tuple[type[Settings], str]] = set()
    original = Settings.__getattribute__

    def recorded(self: Settings, name: str) -> object:
        found.add((type(self), name))
        return original(self, name)

    def recorded_items(self: Settings) -> Iterator[tuple[str, object]]:
        return ((name, getattr(self, name)) for name in type(self).__pydantic_fields__)

    Settings.__getattribute__ = recorded  # type: ignore[assignment]
    Settings.__iter__ = recorded_items  # type: ignore[assignment]
    if cloud == "aws":
        from stacks import aws  # noqa: PLC0415 - each cloud takes seconds to import

        aws.build(loaded, context=cdk_context(unchecked="yes"))
    else:
        import_module(f"constructs_lib.{cloud}")  # before jsii, as app.py does
        from stacks.terraform import application  # noqa: PLC0415 - see above

        with TemporaryDirectory() as output:
            import_module(f"stacks.{cloud}").add_stacks(application(Path(output)), loaded)
    # A field belongs to the class that adds it: an environment is its file and the policy.
    names = {
        (next(base for base in reversed(kind.__mro__) if name in inspect.get_annotations(base)), name)
        for kind in all_settings()
        for name in kind.__pydantic_fields__
    }
    read = {(base, name) for kind, name in found for base in kind.__mro__}
    print(json.dumps(sorted(f"{kind.__name__}.{name}" for kind, name in names - read)))


if __name__ == "__main__":
    main(sys.argv[1])
