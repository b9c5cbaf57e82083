"""Production that answers: what `make deploy` prints works, through each deployed part, and nothing written is lost."""

import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from admin import status
from tests.deployed.served import ENTITIES, Served
from tests.local.body.waiting import wait_for

pytestmark = pytest.mark.xdist_group("deployed")

TIMEOUT = 60
WRITERS = 4


def write(client: requests.Session, url: str, name: str) -> str:
    """Write a room; return its id where the write is acknowledged, and nothing where it is not."""
    body: dict[str, Any] = {
        "entity_type": "room",
        "name": name,
        "content": {},
        "source_type": "manual",
        "user_id": "me",
    }
    try:
        answer = client.post(f"{url}{ENTITIES}", json=body, timeout=TIMEOUT)
    except requests.RequestException:
        return ""
    return str(answer.json()["entity"]["id"]) if answer.ok else ""


def rooms(served: Served) -> set[str]:
    """Return the ids of all rooms, once the service answers."""
    client, found = served.session(), set[str]()

    def answered() -> bool:
        query = {"entity_type": "room", "limit": "100000"}
        answer = client.get(f"{served.url}{ENTITIES}", params=query, timeout=TIMEOUT)
        if answer.ok:
            found.update(entity["id"] for entity in answer.json()["entities"])
        return answer.ok

    wait_for(answered)
    return found


@pytest.mark.plan("ARC-1/cdn", "ARC-1/balancer", "ARC-1/database", "ARC-2/container")
def test_the_printed_lines_log_in_write_and_read(served: Served) -> None:
    served.deploy()
    written, read = map(json.loads, served.copy_and_paste())
    assert written["entity"]["name"] == "Kitchen"
    assert written["entity"]["id"] in {entity["id"] for entity in read["entities"]}


def test_the_deploy_says_first_which_program_answers(served: Served) -> None:
    last = served.printed.strip().splitlines()[-4:]
    assert last[0] == f"The reference service answers at {served.url}. Log in, write, read:"


def test_a_wrong_password_is_refused(served: Served) -> None:
    answer = requests.post(f"{served.url}/api/v1/auth/admin/login", json={"password": "wrong"}, timeout=TIMEOUT)
    assert answer.status_code == 401


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.plan("SEC-2")
def test_a_request_that_skips_the_cdn_is_refused(served: Served) -> None:
    listeners = served.listeners()
    assert listeners
    for address in listeners:
        assert requests.get(f"https://{address}/health", timeout=TIMEOUT, verify=False).status_code == 403


@pytest.mark.plan("AWS-4/multi-az")
def test_a_killed_primary_loses_nothing_that_was_acknowledged(served: Served) -> None:
    primary, _ = served.processes("database-us-east-1-")
    acknowledged: list[str] = []
    over = threading.Event()

    def keep_writing(number: int) -> None:
        client = served.session()
        count = 0
        while not over.is_set():
            count += 1
            if found := write(client, served.url, f"Room {number}-{count}"):
                acknowledged.append(found)

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(keep_writing, number) for number in range(WRITERS)]
        wait_for(lambda: len(acknowledged) > 50)
        os.kill(primary.pid, signal.SIGKILL)
        before = len(acknowledged)
        # The processes of the primary that serve a connection go on for a moment without it.
        wait_for(lambda: any("failed over to the standby" in note for note in served.status().notes))
        wait_for(lambda: len(acknowledged) > before + 50)
        over.set()
        for writer in writers:
            writer.result()
    assert set(acknowledged) - rooms(served) == set()


def test_a_second_deploy_changes_nothing_and_keeps_the_data(served: Served) -> None:
    before = rooms(served)
    tasks = [row.pid for row in served.processes("task-")]
    printed = served.deploy()
    assert "No changes, in" in printed
    assert [row.pid for row in served.processes("task-")] == tasks
    assert rooms(served) >= before > set()


def test_the_status_of_the_environment_has_the_processes(served: Served) -> None:
    ended = served.administer(status.main)
    assert ended.exit_code == 0, ended.output
    assert "instances  2 of 2 run" in ended.output
    for row in served.status().processes:
        assert row.name in ended.output
