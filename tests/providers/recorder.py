"""Process of an embedded Google Cloud that writes down what it is asked and what it answers, for tests.

    python -m tests.providers.recorder

The header that holds the access token is left out.
"""

import base64
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import local.gcp.__main__ as emulator
from local.proxy.api import Api, Request, Response
from local.proxy.store import Store

FILE = "requests.jsonl"


@dataclass(frozen=True)
class Recorder:
    """An API whose requests and answers are written to a file, one a line.

    Attributes:
        api: answers.
        file: where to write.
    """

    api: Api
    file: Path

    def serves(self, host: str) -> bool:
        """Return whether the API answers for a name."""
        return self.api.serves(host)

    def answer(self, request: Request) -> Response:
        """Answer a request."""
        began = time.time()
        response = self.api.answer(request)
        row = {
            "time": began,
            "method": request.method,
            "host": request.host,
            "path": request.path,
            "query": dict(request.query),
            "type": request.headers.get("content-type", ""),
            "headers": {name: value for name, value in request.headers.items() if name != "authorization"},
            "body": base64.b64encode(request.body).decode(),
            "status": response.status,
            "answered": dict(response.headers),
            "answer": base64.b64encode(response.body).decode(),
        }
        with self.file.open("a") as file:
            file.write(json.dumps(row) + "\n")
        return response


def main() -> None:
    """Serve as the embedded Google Cloud does, and write down."""
    file = Path(os.environ["EMBEDDED_DIRECTORY"]) / "logs" / FILE
    served = emulator.apis

    def recorded(store: Store) -> Sequence[Api]:
        return [Recorder(api, file) for api in served(store)]

    emulator.apis = recorded
    emulator.main()


if __name__ == "__main__":
    main()
