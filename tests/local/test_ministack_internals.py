"""The private names of MiniStack that the emulator uses: all there, and none used past the list."""

import ast
from importlib import import_module, metadata
from pathlib import Path

import pytest
from ministack.services.cloudformation import changesets, engine

from local.emulator import __main__ as emulator
from local.emulator import ministack_internals
from local.emulator.ministack_internals import PRIVATE_NAMES, STACKS, MissingInternalError, PrivateName

FOLDER = Path(ministack_internals.__file__).parent


@pytest.mark.parametrize("private", PRIVATE_NAMES, ids=str)
def test_ministack_has_the_private_name(private: PrivateName) -> None:
    assert private.exists, f"MiniStack {metadata.version('ministack')} does not have {private}"


@pytest.mark.parametrize("missing", [STACKS, PrivateName("ministack.services.nothing", "_it")], ids=str)
def test_the_emulator_does_not_start_without_one_and_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: PrivateName
) -> None:
    if missing is STACKS:
        monkeypatch.delattr(import_module(missing.module), missing.name)
    else:
        monkeypatch.setattr(ministack_internals, "PRIVATE_NAMES", (missing,))
    with pytest.raises(SystemExit):
        emulator.main()
    message = capsys.readouterr().err
    assert f"MiniStack {metadata.version('ministack')}" in message
    assert f"does not have {missing}." in message
    with pytest.raises(MissingInternalError, match=missing.name):
        _ = missing.value


def test_a_wrapped_function_is_wrapped_wherever_it_was_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    def original() -> str:
        return "original"

    for module in (changesets, engine):
        monkeypatch.setattr(module, "_to_wrap", original, raising=False)
    PrivateName(engine.__name__, "_to_wrap").wrap(lambda inner: lambda: f"wrapped {inner()}")
    assert (changesets._to_wrap(), engine._to_wrap()) == ("wrapped original", "wrapped original")


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.py")), ids=lambda file: str(file.relative_to(FOLDER)))
def test_no_other_file_reaches_into_ministack(file: Path) -> None:
    tree = ast.parse(file.read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {
        alias.asname or alias.name: alias.name
        for node in imports
        if str(node.module).startswith("ministack")
        for alias in node.names
    }
    assert [name for name in names.values() if name.startswith("_")] == []
    assert [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr.startswith("_")
        if isinstance(node.value, ast.Name) and node.value.id in names
    ] == []
