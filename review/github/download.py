"""``python3 -m review.github.download``: fetches what the job before has synthesized of a pull request, as one file."""

import os
from pathlib import Path

from errors import exit_on_error
from review.github.artifacts import ArtifactError, artifact_file
from review.github.client import Repository
from review.github.limits import MOST_SYNTHESIZED_BYTES, SYNTHESIZED

_FOLDER = Path("build")


def main() -> None:
    """Write the file of this run's artifact to the folder that it was made in."""
    api, name, token = (os.environ[f"GITHUB_{each}"] for each in ("API_URL", "REPOSITORY", "TOKEN"))
    artifact, file, run = Path(SYNTHESIZED).stem, SYNTHESIZED, int(os.environ["GITHUB_RUN_ID"])
    with exit_on_error():
        repository = Repository(api, name, token)
        content = artifact_file(repository, run, artifact, file, most_bytes=MOST_SYNTHESIZED_BYTES)
        if content is None:
            raise ArtifactError(f"Run {run} has no artifact {artifact}")
        _FOLDER.mkdir(exist_ok=True)
        (_FOLDER / file).write_bytes(content)


if __name__ == "__main__":
    main()
