"""Client of GitHub's REST API for the requests that a comment takes; it needs the standard library only."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assembly.values import Json
from errors import GoodiesError

_PER_PAGE = 100
_SECONDS = 30


class GitHubError(GoodiesError):
    """A request that GitHub refuses, and its answer."""


@dataclass(frozen=True)
class Repository:
    """A repository of GitHub.

    Its methods raise :class:`GitHubError` where GitHub does not do as asked.

    Attributes:
        api: where the API is: ``https://api.github.com``.
        name: with its owner: ``goodies/deployment``.
        token: authorizes the requests.
    """

    api: str
    name: str
    token: str

    def get(self, path: str, **query: str) -> Json:
        """Return the answer of GET at a path below the repository."""
        return json.loads(self._ask("GET", f"{path}?{urllib.parse.urlencode(query)}"))

    def items(self, path: str) -> Iterator[Json]:
        """Yield every item of a list that comes in pages."""
        number = 1
        while items := self.get(path, per_page=str(_PER_PAGE), page=str(number)):
            yield from items
            number += 1

    def send(self, method: str, path: str, body: Mapping[str, Json]) -> None:
        """Create or change what is at a path."""
        self._ask(method, path, json.dumps(body).encode())

    def download(self, path: str, limit: int) -> bytes:
        """Return at most so many bytes of what a path leads to."""
        return self._ask("GET", path, limit=limit)

    def _ask(self, method: str, path: str, body: bytes | None = None, limit: int = -1) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - the runner says where the API is
            f"{self.api}/repos/{self.name}/{path}",
            method=method,
            data=body,
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
        )
        # A download is redirected to a storage that must not see the token.
        request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
                return bytes(answer.read(limit))
        except urllib.error.HTTPError as error:
            said = error.read(1000).decode(errors="replace")
            raise GitHubError(f"GitHub refuses {method} {path}: {error.code} {error.reason}. {said}") from None
