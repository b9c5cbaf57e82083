"""Images of the embedded registry: an application and the image's own programs in one layer, without a base.

No base image can be had without a registry of others, so the layer holds the application, the entrypoint and the
migration alone. The Python that runs them, and the libraries that they import, are those of this machine: the layer
names their folders.
"""

import gzip
import hashlib
import io
import json
import os
import re
import shlex
import sys
import tarfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit

from assembly.revisions import CHECKOUT
from local.body.programs import Application
from local.errors import EmbeddedCloudError

REPOSITORY = "goodies/funkygibbon"
_DOCKERFILE = CHECKOUT / "images" / "funkygibbon" / "Dockerfile"
_PROGRAMS = (CHECKOUT / "images" / "funkygibbon" / "entrypoint.py", CHECKOUT / "operations" / "migrate.py")
# PATH of the base image, python:slim ("Dockerfile.template", docker-library/python; Debian's default path).
_BASE_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
_PROGRAM = "org.opencontainers.image.title"
_MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
_PREFIX = "opt/funkygibbon"
_SITE = f"{_PREFIX}/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


@dataclass(frozen=True)
class Image:
    """An image whose files lie in a folder.

    Attributes:
        program: which application it is.
        root: folder of its files.
        entrypoint: program and first arguments.
        command: further arguments, where a container definition names none.
        environment: its own variables, with the paths that they have in a container.
    """

    program: str
    root: Path
    entrypoint: Sequence[str]
    command: Sequence[str]
    environment: Mapping[str, str]

    def here(self, text: str) -> str:
        """Return a text in which each path of the image's own files is the one of this machine."""
        return ":".join(f"{self.root}{part}" if self._has(part) else part for part in text.split(":"))

    def _has(self, path: str) -> bool:
        return path.startswith("/opt/") and os.path.lexists(f"{self.root}{path}")


@dataclass(frozen=True)
class Built:
    """An image in the form that a registry takes.

    Attributes:
        manifest: names the other two by their digests.
        config: entrypoint, command, environment.
        layer: the files.
    """

    manifest: bytes
    config: bytes
    layer: bytes


class Registry:
    """The embedded registry of one account and region.

    Args:
        endpoint: URL of the emulator.
        account: whose registry it is.
        region: where it is.
    """

    def __init__(self, endpoint: str, account: str, region: str) -> None:
        self._endpoint = endpoint
        # The registry's requests are not signed: the host name says whose it is.
        self._host = f"{account}.dkr.ecr.{region}.amazonaws.com"

    def push(self, tag: str, image: Built) -> None:
        """Push an image by the protocol of registries ("OCI Distribution Specification", Pushing manifests).

        Raises:
            EmbeddedCloudError: the registry refuses, such as another image under a tag that it has.
        """
        for blob in (image.config, image.layer):
            place = self._request("POST", f"/v2/{REPOSITORY}/blobs/uploads/").headers["Location"]
            # Not all servers give a path alone.
            path = urlsplit(urljoin(self._endpoint, place)).path
            self._request("PUT", f"{path}?digest={digest(blob)}", blob, "application/octet-stream")
        self._request("PUT", f"/v2/{REPOSITORY}/manifests/{tag}", image.manifest, _MANIFEST_TYPE)

    def blob(self, repository: str, name: str) -> bytes:
        """Return a blob by its digest.

        Raises:
            EmbeddedCloudError: the registry has none, or it has another content.
        """
        found: bytes = self._request("GET", f"/v2/{repository}/blobs/{name}").read()
        if digest(found) != name:
            raise EmbeddedCloudError(f"{name} of {repository} has another content: it is damaged")
        return found

    def _request(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Any:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        headers = {"Host": self._host} | ({"Content-Type": kind} if kind else {})
        request = urllib.request.Request(f"{self._endpoint}{path}", body, headers, method=method)  # noqa: S310
        try:
            return direct.open(request, timeout=60)
        except HTTPError as error:
            answer = error.read().decode(errors="replace")
            raise EmbeddedCloudError(f"The embedded registry refuses {method} {path}: {answer}") from error


def build(application: Application) -> Built:
    """Build the image of an application, with the entrypoint, command and variables of the Dockerfile.

    The same application makes the same bytes.
    """
    layer = _layer(application)
    plain = gzip.decompress(layer)
    instructions = _instructions(_DOCKERFILE.read_text(encoding="utf-8"))
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "Entrypoint": json.loads(instructions["ENTRYPOINT"]),
                "Cmd": json.loads(instructions["CMD"]),
                "Env": _variables(instructions["ENV"]),
                "User": instructions["USER"],
                "Labels": {_PROGRAM: application.name},
            },
            "rootfs": {"type": "layers", "diff_ids": [digest(plain)]},
        }
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST_TYPE,
        "config": {"mediaType": _CONFIG_TYPE, "digest": digest(config), "size": len(config)},
        "layers": [{"mediaType": _LAYER_TYPE, "digest": digest(layer), "size": len(layer)}],
    }
    return Built(_json(manifest), config, layer)


def unpack(config: bytes, layer: bytes, folder: Path) -> Image:
    """Write the files of an image, where that has not been done yet.

    Args:
        config: of the image.
        layer: its only one.
        folder: of unpacked images.

    Raises:
        EmbeddedCloudError: it was not built by :func:`build`.
    """
    known = json.loads(config)["config"]
    program = (known.get("Labels") or {}).get(_PROGRAM)
    if program is None:
        raise EmbeddedCloudError(
            "it was not built by `make release`; the embedded cloud has no container engine and runs no other images"
        )
    root = folder / digest(layer).partition(":")[2][:16]
    if not root.is_dir():
        unfinished = root.with_suffix(".new")
        with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
            # Its link to this machine's Python is one that stricter filters refuse; the files are those of `build`.
            archive.extractall(unfinished, filter="fully_trusted")  # noqa: S202
        unfinished.rename(root)
    variables = dict(pair.partition("=")[::2] for pair in known["Env"])
    return Image(program, root, known["Entrypoint"], known["Cmd"], variables)


def digest(content: bytes) -> str:
    """Return the name that registries give to a content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _layer(application: Application) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for name, content in sorted(_files(application)):
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755 if "/bin/" in name else 0o644
            if isinstance(content, Path):
                entry.type, entry.linkname = tarfile.SYMTYPE, str(content)
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _files(application: Application) -> Iterator[tuple[str, bytes | Path]]:
    """Yield the names of the layer's files, each with its content or with the file that it is a link to.

    The application's folder is a virtual environment ("venv", Python's documentation): it has its own packages, and
    those of this machine by a path file.
    """
    # What a virtual environment's links lead to in the end.
    python = Path(sys.executable).resolve()
    yield f"{_PREFIX}/pyvenv.cfg", f"home = {python.parent}\ninclude-system-site-packages = false\n".encode()
    yield f"{_PREFIX}/bin/python", python
    yield f"{_PREFIX}/bin/uvicorn", b"#!/usr/bin/env python\nfrom uvicorn.main import main\n\nmain()\n"
    yield f"{_SITE}/machine.pth", f"{application.libraries}\n".encode()
    for name, folder in application.packages.items():
        for file in folder.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield f"{_SITE}/{name}/{file.relative_to(folder)}", file.read_bytes()
    for name, text in application.files.items():
        yield f"{_SITE}/{name}", text.encode()
    for program in _PROGRAMS:
        yield f"opt/platform/{program.name}", program.read_bytes()


def _instructions(dockerfile: str) -> dict[str, str]:
    """Return the last of each instruction, with its arguments in one line."""
    lines = re.sub(r"\\\n\s*", "", dockerfile).splitlines()
    pairs = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {name: arguments.strip() for name, _, arguments in pairs}


def _variables(instruction: str) -> list[str]:
    return [pair.replace("$PATH", _BASE_PATH) for pair in shlex.split(instruction)]


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
