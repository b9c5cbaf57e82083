"""Fake GitHub: the API calls that a comment needs, on this machine."""

import io
import json
import threading
import urllib.parse
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from assembly.values import Json
from review.github.limits import MARKER

TEXT = f"{MARKER}\n### ✅ Nothing changes\n"
RUN = {
    "id": 7,
    "head_sha": "5d6e7f8",
    "head_branch": "larger",
    "head_repository": {"owner": {"login": "stranger"}},
    "html_url": "https://github.example/run/7",
    "display_title": "Review of #3",
    "run_started_at": "2026-11-29T10:00:00Z",
}
BOT = "github-actions[bot]"


def packed(**files: bytes) -> bytes:
    return archive({f"{name}.md": content for name, content in files.items()})


def archive(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return buffer.getvalue()


@dataclass
class GitHub:
    """Fake GitHub with the repository of the tests."""

    artifact: bytes | None = field(default_factory=lambda: packed(comment=TEXT.encode()))
    artifacts: list[Json] = field(default_factory=lambda: [{"id": 9, "created_at": "2026-11-29T10:05:00Z"}])
    pull_requests: list[int] = field(default_factory=lambda: [3])
    head_sha: str = "5d6e7f8"
    files: list[str] = field(default_factory=lambda: ["environments/dev.yaml"])
    comments: list[Json] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    storage_tokens: list[str | None] = field(default_factory=list)

    def answer(self, method: str, path: str, query: dict[str, str], body: Json) -> Json:
        match method, path:
            case "GET", "pulls":
                theirs = query == {"state": "open", "head": "stranger:larger"}
                return [{"number": number, "head": {"sha": self.head_sha}} for number in self.pull_requests if theirs]
            case "GET", "actions/runs/7/artifacts":
                return {"artifacts": self.artifacts if self.artifact is not None else []}
            case "GET", "pulls/3/files":
                start = 100 * (int(query["page"]) - 1)
                return [{"filename": name} for name in self.files[:3000][start : start + 100]]
            case "GET", "issues/3/comments":
                start = 100 * (int(query["page"]) - 1)
                return self.comments[start : start + 100]
            case "POST", "issues/3/comments":
                self.comments.append({"id": len(self.comments), "user": {"login": BOT}, **body})
                return {}
            case "PATCH", _ if path.startswith("issues/comments/"):
                self.comments[int(path.rpartition("/")[2])] |= body
                return {}
        return None


def handler(github: GitHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            url = urllib.parse.urlsplit(self.path)
            path = url.path.removeprefix("/repos/goodies/deployment/")
            if path == "actions/artifacts/9/zip":
                self.send_response(302)
                self.send_header("Location", "/storage")
                self.end_headers()
            elif path == "/storage":
                github.storage_tokens.append(self.headers["Authorization"])
                self.reply(200, github.artifact or b"")
            else:
                github.tokens.append(self.headers["Authorization"])
                length = int(self.headers["Content-Length"] or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                query = dict(urllib.parse.parse_qsl(url.query))
                answer = github.answer(self.command, path, query, body)
                self.reply(404 if answer is None else 200, json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = do  # noqa: N815

        def reply(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def served(github: GitHub) -> Iterator[str]:
    """Yield where the API is."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(github))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
