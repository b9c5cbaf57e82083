"""Process of an embedded Azure that writes down what it is asked and what it answers, for tests.

python -m tests.providers.azure_recorder
"""

import os
from collections.abc import Sequence
from pathlib import Path

import local.azure.__main__ as emulator
from local.azure.tokens import Tokens
from local.proxy.api import Api
from local.proxy.store import Store
from tests.providers.recorder import FILE, Recorder


def main() -> None:
    """Serve as the embedded Azure does, and write down."""
    file = Path(os.environ["EMBEDDED_DIRECTORY"]) / "logs" / FILE
    served = emulator.apis

    def recorded(store: Store, tokens: Tokens) -> Sequence[Api]:
        return [Recorder(api, file) for api in served(store, tokens)]

    emulator.apis = recorded
    emulator.main()


if __name__ == "__main__":
    main()
