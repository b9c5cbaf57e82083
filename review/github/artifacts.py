"""Artifacts of a workflow's run: one file of limited size, as bytes and nothing else.

A pull request's code may have made them. Needs the standard library only.
"""

import io
import zipfile
import zlib

from assembly.values import Json
from errors import GoodiesError
from review.github.client import Repository


class ArtifactError(GoodiesError):
    """An artifact that is not what the workflow leaves, and why."""


def artifact_file(
    repository: Repository, run: int, artifact: str, name: str, *, most_bytes: int, since: str = ""
) -> bytes | None:
    """Return the content of a file in the latest artifact of a run; None where there is no artifact.

    Args:
        repository: whose run it is.
        run: its id.
        artifact: name of the artifact.
        name: of the file in it.
        most_bytes: limit of the artifact's size, packed, and of the file's.
        since: when the attempt began that must have left it, as GitHub writes a time; any attempt where empty.

    Raises:
        GitHubError: GitHub does not do as asked.
        ArtifactError: the artifact is too large, or holds no such file.
    """
    found = repository.get(f"actions/runs/{run}/artifacts", name=artifact)["artifacts"]
    latest = max((each for each in found if each["created_at"] >= since), key=_created, default=None)
    if latest is None:
        return None
    packed = repository.download(f"actions/artifacts/{latest['id']}/zip", most_bytes + 1)
    if len(packed) > most_bytes:
        raise ArtifactError(f"The artifact {artifact} is larger than {most_bytes} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive, archive.open(name) as file:
            content = file.read(most_bytes + 1)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, zlib.error, EOFError) as error:
        raise ArtifactError(f"The artifact {artifact} holds no readable {name}: {error}") from None
    if len(content) > most_bytes:
        raise ArtifactError(f"{name} of the artifact {artifact} is larger than {most_bytes} bytes")
    return content


def _created(artifact: Json) -> tuple[str, int]:
    return artifact["created_at"], artifact["id"]
