"""Synthesized output of commits in one file, for a review on another machine that takes it for data."""

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from assembly.files import files_below
from review.errors import ReviewError

# Folders of a commit's output, by cloud.
Folders = Mapping[str, Path]
_INDEX = "index.json"
# What a side of a hundred environments takes, with room.
_MOST_BYTES = 500 * 1024**2
_MOST_FILES = 20_000
_MOST_AT_ONCE = 1024**2
# What another file raises that is no archive, has a damaged or encrypted entry, or whose index is something else.
_NOT_OURS = (
    *(OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError),
    *(ValueError, TypeError, AttributeError),
)


def pack(commits: Mapping[str, Folders], file: Path) -> None:
    """Write the output of some commits into a file; a folder that several have is written once.

    Raises:
        AssemblyError: there is a link in a folder.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    index = {commit: {cloud: folder.name for cloud, folder in folders.items()} for commit, folders in commits.items()}
    unique = {folder.name: folder for folders in commits.values() for folder in folders.values()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_INDEX, json.dumps(index))
        for name, folder in sorted(unique.items()):
            for path in files_below(folder):
                archive.write(path, f"{name}/{path.relative_to(folder).as_posix()}")


def unpack(file: Path, folder: Path) -> Mapping[str, Folders]:
    """Return the output of each commit, unpacked into an empty folder.

    Only regular files are written, below the folder, and not more than a review needs.

    Raises:
        ReviewError: the file is not what :func:`pack` writes.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            _unpack(archive, folder)
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        return {
            str(commit): {str(cloud): _below(folder, name) for cloud, name in folders.items()}
            for commit, folders in index.items()
        }
    except _NOT_OURS as error:
        raise ReviewError(
            f"{file} holds no synthesized output: {error}. `python -m review.synthesize` makes it"
        ) from None


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    entries = archive.infolist()
    if len(entries) > _MOST_FILES:
        raise ReviewError(f"{archive.filename} holds {len(entries)} files; a review reads at most {_MOST_FILES}")
    rest = _MOST_BYTES
    for entry in entries:
        target = _below(folder, entry.filename)
        target.parent.mkdir(parents=True, exist_ok=True)
        # The size that an entry names is what its maker says; what is read counts.
        with archive.open(entry) as packed, target.open("xb") as unpacked:
            while content := packed.read(_MOST_AT_ONCE):
                rest -= len(content)
                if rest < 0:
                    raise ReviewError(f"{archive.filename} unpacks to more than {_MOST_BYTES} bytes")
                unpacked.write(content)


def _below(folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise ReviewError(f"A name that leads elsewhere: {name!r}")
    return folder.joinpath(*parts)
