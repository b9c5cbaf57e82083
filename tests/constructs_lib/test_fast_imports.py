"""Fast import of providers: the output of the stock import, a fraction of its work, and an error where it fails."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.providers import ProviderPackageError, import_lazily
from tests.constructs_lib.startup import NOTES, STOCK_IMPORT, beginning_with, without
from tests.synthesis import CHECKOUT, cdk_context, run_app, synthesize

PACKAGES = {"gcp": ("google", "helm", "kubernetes"), "azure": ("azurerm",)}
NODE_HALF = CHECKOUT / "constructs_lib" / "providers.cjs"


@pytest.fixture(scope="module", params=["aws", "gcp", "azure"])
def notes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[str], list[str]]:
    """The cloud that one environment was synthesized for, and what Python and node read for it."""
    folder = tmp_path_factory.mktemp("notes")
    context = json.dumps(cdk_context(environments="prod", unchecked="yes"))
    synthesize(
        folder / "assembly",
        request.param,
        CDK_CONTEXT_JSON=context,
        CDK_VALIDATION="false",
        CDKTF_CONTEXT_JSON=context,
        PYTHONPATH=beginning_with(NOTES, folder / "start"),
    )
    read = [(folder / "start" / name).read_text().splitlines() for name in ("python.txt", "node.txt")]
    return request.param, *read


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of an importable package that is laid out as a prebuilt provider."""
    name = "provider_of_this_test"
    (tmp_path / name / "_jsii").mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text("raise AssertionError('the whole package is read')")
    (tmp_path / name / "_jsii" / "__init__.py").write_text("")
    (tmp_path / name / "thing.py").write_text("from . import _jsii\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("NODE_OPTIONS", "--no-warnings")
    yield name
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.mark.parametrize("cloud", PACKAGES)
def test_the_stock_import_writes_the_same_bytes(cloud: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    synthesize(tmp_path / "stock", cloud, PYTHONPATH=beginning_with(STOCK_IMPORT, tmp_path / "start"))
    folders = (request.getfixturevalue(f"{cloud}_folder"), tmp_path / "stock")
    fast, stock = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in folders
    )
    assert sorted(fast) == sorted(stock)
    assert [str(path) for path in fast if fast[path] != stock[path]] == []


def test_neither_python_nor_node_reads_a_whole_provider(notes: tuple[str, list[str], list[str]]) -> None:
    cloud, python, node = notes
    modules = [name for name in python if name.startswith("cdktf_cdktf_provider_")]
    files = [path for path in node if "/@cdktf/provider-" in path]
    assert (len(modules) > 0, len(files) > 0) == (cloud != "aws",) * 2
    assert len(modules) < 300, "google alone has 1,470, azurerm as many"
    assert len(files) < 300, "google alone has 1,470, azurerm as many"


def test_a_cloud_does_not_pay_for_another(notes: tuple[str, list[str], list[str]]) -> None:
    cloud, python, node = notes
    foreign = {
        "aws": ("cdktf", "constructs_lib.gcp", "constructs_lib.azure", "stacks.gcp", "stacks.azure"),
        "gcp": ("aws_cdk", "cdk_nag", "constructs_lib.aws", "constructs_lib.azure", "cdktf_cdktf_provider_azurerm"),
        "azure": ("aws_cdk", "cdk_nag", "constructs_lib.aws", "constructs_lib.gcp", "cdktf_cdktf_provider_google"),
    }
    assert [name for name in python if name.startswith(foreign[cloud])] == []
    packages = {"aws": "/cdktf/", "gcp": "/aws-cdk-lib/", "azure": "/aws-cdk-lib/"}
    assert [path for path in node if packages[cloud] in path] == []


@pytest.mark.parametrize(("cloud", "provider"), [(cloud, name) for cloud in PACKAGES for name in PACKAGES[cloud]])
def test_a_missing_package_is_one_line_and_no_file(cloud: str, provider: str, tmp_path: Path) -> None:
    output, missing = tmp_path / "assembly", f"cdktf_cdktf_provider_{provider}"
    done = run_app(output, cloud, PYTHONPATH=beginning_with(without(missing), tmp_path / "start"))
    assert (done.returncode, done.stderr) == (1, f"{missing} is not installed; run `make setup`\n")
    assert not output.exists()


def test_modules_of_a_package_are_read_one_by_one(package: str) -> None:
    import_lazily(package)
    __import__(f"{package}.thing")
    assert sorted(name for name in sys.modules if name.startswith(package)) == [
        package,
        f"{package}._jsii",
        f"{package}.thing",
    ]


def test_options_that_node_has_already_stay(package: str) -> None:
    import_lazily(package)
    del sys.modules[package]
    import_lazily(package)
    assert os.environ["NODE_OPTIONS"] == f'--no-warnings --require="{NODE_HALF}"'


def test_a_package_that_was_read_already_is_refused(package: str) -> None:
    import_lazily(package)
    with pytest.raises(ProviderPackageError, match="imported already"):
        import_lazily(package)


def test_a_package_that_is_not_there_is_refused() -> None:
    with pytest.raises(ProviderPackageError, match="no_such_provider is not installed; run `make setup`"):
        import_lazily("no_such_provider")


def test_a_package_with_another_layout_is_refused(package: str, tmp_path: Path) -> None:
    (tmp_path / package / "_jsii" / "__init__.py").unlink()
    with pytest.raises(ProviderPackageError, match=f"{package} is no prebuilt provider as known here"):
        import_lazily(package)


def index(folder: Path, source: str) -> Path:
    """Write the index of a provider in node, beside two resource types that tell when they are read."""
    lib = folder / "node_modules" / "@cdktf" / "provider-test" / "lib"
    for name in ("first", "second"):
        (lib / name).mkdir(parents=True)
        (lib / name / "index.js").write_text(f"console.log('{name} is read'); exports.Thing = class {{}};")
    (lib / "index.js").write_text(source)
    return lib / "index.js"


def node(code: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("node")), f"--require={NODE_HALF}", "--eval", code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("line", ['require("./{}")', '__importStar(require("./{}"))'])
def test_node_reads_what_is_named(tmp_path: Path, line: str) -> None:
    lines = [f"exports.{name} = {line.format(name)};" for name in ("first", "second")]
    path = index(tmp_path, "\n".join(["const __importStar = (module) => module;", *lines]))
    done = node(
        f"const all = require('{path}'); console.log(Object.keys(all)); new all.second.Thing(); all.second.Thing"
    )
    assert done.stdout.splitlines() == ["[ 'first', 'second' ]", "second is read"]


@pytest.mark.parametrize(
    "source",
    [
        'exports.first = require("./first");\nexports.second = require("./second").default;\n',
        'exports.first = __toESM(require("./first"));\n',
        'export * as first from "./first";\n',
    ],
)
def test_an_index_with_another_layout_is_refused(source: str, tmp_path: Path) -> None:
    done = node(f"require('{index(tmp_path, source)}')")
    assert done.returncode
    assert "is no index of a prebuilt provider as known here. See constructs_lib/providers.py" in done.stderr
