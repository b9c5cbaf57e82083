"""Names of environments: any that a file may have leads to stacks."""

from pathlib import Path

from environments import Environment, load
from environments.checks import name_is_allowed
from stacks.gcp import add_stacks
from stacks.terraform import application
from tests.gcp.terraform import Assembly


def synthesize(environments: list[Environment], folder: Path) -> list[str]:
    """Write the stacks, and return the ids of all constructs at the top of each."""
    app = application(folder)
    add_stacks(app, environments)
    app.synth()
    return [child.node.id for stack in app.node.children for child in stack.node.children]


def test_an_environment_may_have_the_name_of_any_construct(tmp_path: Path) -> None:
    """Construct ids are unique in a stack, and some are made of environments' names."""
    environments = list(load())
    (tmp_path / "first").mkdir()
    names = {name for name in synthesize(environments, tmp_path / "first") if name_is_allowed(name)}
    assert {"google", "project"} <= names
    for name in sorted(names):
        folder = tmp_path / name
        folder.mkdir()
        synthesize([environments[0].model_copy(update={"name": name})], folder)
        assert f"gcp-{name}" in Assembly.read(folder).stacks
