"""Images of the embedded registry, and the applications that they are built of."""

import json
import subprocess
from pathlib import Path

import pytest

from local.body import images, programs
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError
from tests.images.conftest import exec_form

ACCOUNT = "111122223333"


@pytest.fixture(scope="module")
def registry(cloud: EmbeddedCloud) -> images.Registry:
    cloud.client("ecr").create_repository(repositoryName=images.REPOSITORY, imageTagMutability="IMMUTABLE")
    return images.Registry(cloud.endpoint, ACCOUNT, "us-east-1")


def test_an_image_runs_as_the_dockerfile_says(tmp_path: Path) -> None:
    built = images.build(programs.reference_service())
    image = images.unpack(built.config, built.layer, tmp_path)
    assert (list(image.entrypoint), list(image.command)) == (exec_form("ENTRYPOINT"), exec_form("CMD"))
    assert image.environment["PATH"].startswith("/opt/funkygibbon/bin:/usr/local/bin:")
    python = Path(image.here(image.environment["PATH"]).split(":")[0]) / "python"
    said = subprocess.run(
        [python, "-c", "import funkygibbon.models, sqlalchemy; print(funkygibbon.models.__file__)"],
        env={}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert said.startswith(str(image.root))
    assert Path(image.here("/opt/platform/migrate.py")).is_file()


def test_paths_that_an_image_lacks_stay(tmp_path: Path) -> None:
    built = images.build(programs.reference_service())
    image = images.unpack(built.config, built.layer, tmp_path)
    for text in ("/opt/other", "funkygibbon.main:app", "/usr/bin:/bin", ""):
        assert image.here(text) == text


def test_the_same_application_is_the_same_image() -> None:
    assert images.build(programs.reference_service()) == images.build(programs.reference_service())


def test_what_is_pushed_is_pulled(registry: images.Registry, cloud: EmbeddedCloud) -> None:
    built = images.build(programs.reference_service())
    registry.push("0.0.0-aaaaaaa", built)
    registry.push("0.0.0-aaaaaaa", built)
    (found,) = cloud.client("ecr").batch_get_image(
        repositoryName=images.REPOSITORY, imageIds=[{"imageTag": "0.0.0-aaaaaaa"}]
    )["images"]
    manifest = json.loads(found["imageManifest"])
    assert registry.blob(images.REPOSITORY, manifest["layers"][0]["digest"]) == built.layer


def test_another_image_under_the_same_tag_is_refused(registry: images.Registry) -> None:
    built = images.build(programs.reference_service())
    registry.push("0.0.0-bbbbbbb", built)
    other = images.Built(built.manifest + b" ", built.config, built.layer)
    with pytest.raises(EmbeddedCloudError, match=r"refuses PUT .*immutable"):
        registry.push("0.0.0-bbbbbbb", other)


def test_an_image_of_another_builder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedCloudError, match="was not built by `make release`"):
        images.unpack(b'{"config": {"Env": []}}', b"", tmp_path)


def test_a_folder_without_the_application_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedCloudError, match=r"is no checkout of FunkyGibbon: it has no inbetweenies/pyproject"):
        programs.install(tmp_path, tmp_path / "applications")


def test_a_checkout_that_does_not_install_is_one_clear_line(tmp_path: Path) -> None:
    for name in ("inbetweenies", "funkygibbon"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text("[project\n")
    with pytest.raises(EmbeddedCloudError) as refused:
        programs.find(str(tmp_path), tmp_path / "applications")
    assert str(refused.value).startswith(f"APP={tmp_path} does not install: ")
    assert "\n" not in str(refused.value)
    assert not list((tmp_path / "applications").glob("*/pyvenv.cfg")), "half of it stays"
