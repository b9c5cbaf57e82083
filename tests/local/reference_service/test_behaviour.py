"""Behaviour of a release: what its image says, and what its clients get."""

import asyncio
import gzip
import io
import tarfile
import time
from collections.abc import Mapping

import httpx
from fastapi import FastAPI

from local.body import images, programs
from local.reference_service.behaviour import FILE, Behaviour, Misbehaviour
from tests.local.body.waiting import wait_for


def answers(behaviour: Behaviour, *paths: str) -> list[int]:
    """Return the statuses of requests that are sent at the same time."""
    app = FastAPI()
    app.middleware("http")(Misbehaviour(behaviour))

    @app.get("/{path:path}")
    async def found() -> Mapping[str, str]:
        return {}

    async def send() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            return [answer.status_code for answer in await asyncio.gather(*map(client.get, paths))]

    return asyncio.run(send())


def test_errors_are_a_share_of_the_requests_and_no_health_check() -> None:
    assert answers(Behaviour(errors_percent=100), "/api/v1/search", "/health") == [500, 200]
    assert answers(Behaviour(errors_percent=50), *["/api/v1/search"] * 100).count(500) == 50
    searches = Behaviour(errors_percent=100, paths="/api/v1/search")
    assert answers(searches, "/api/v1/read", "/api/v1/search") == [200, 500]


def test_with_a_capacity_the_others_wait() -> None:
    began = time.monotonic()
    assert answers(Behaviour(capacity=2, work_seconds=0.2), *["/api/v1/search"] * 6) == [200] * 6
    assert time.monotonic() - began >= 0.6


def test_a_request_is_worked_on_as_it_asks() -> None:
    asks, began = "/api/v1/read?seconds=0.4&memory_mib=1&processor_percent=50", time.monotonic()
    used = time.process_time()
    assert answers(Behaviour(works_as_requested=True), asks, "/health") == [200, 200]
    assert time.monotonic() - began >= 0.4
    wait_for(lambda: time.process_time() - used >= 0.2)


def test_an_image_says_how_it_behaves_and_a_sound_one_nothing() -> None:
    bad, good = Behaviour(forgets=True), Behaviour()
    found = {}
    for behaviour in (bad, good):
        layer = images.build(programs.reference_service(behaviour)).layer
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer))) as archive:
            found[behaviour] = [archive.extractfile(name) for name in archive.getnames() if name.endswith(FILE)]
            texts = [file.read().decode() for file in found[behaviour] if file]
        assert texts == ([behaviour.text()] if behaviour == bad else [])


def test_a_release_is_its_behaviour() -> None:
    tags = {programs.reference_service(each).release for each in (Behaviour(), Behaviour(name="second"))}
    assert len(tags) == 2
    assert programs.reference_service().release == programs.reference_service(Behaviour()).release
