"""The teardown of docs/deploy/gcp.md on the embedded Google Cloud: a part of an environment, to be made again."""

import json
import re
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import pytest

from assembly.values import Json
from local.gcp.rest.calls import Cloud
from local.gcp.rest.data import kinds
from local.proxy import clock
from local.proxy.api import Request
from tests.docs.test_teardown import ORDER, TEXT
from tests.local.gcp.recorded.replay import HTTPS, Replay, ReplayError, Row, recording, request_of
from tests.local.gcp.recorded.values import Bindings, leaves, mapped

PROJECT, STACK = "example-goodies-prod", "gcp-prod"
AFTERWARDS = dict(re.findall(r"^\| `(google_\w+)` \|(?:.*\|)? ([^|]+) \|$", TEXT, re.MULTILINE))
FREE = ("Free at once", "Gone with")
TYPES = {
    "binaryauthorization.policy": "google_binary_authorization_policy",
    "cloudkms.cryptoKeyVersions": "google_kms_crypto_key",
    "cloudkms.cryptoKeys": "google_kms_crypto_key",
    "cloudkms.keyRings": "google_kms_key_ring",
    "container.clusters": "google_container_cluster",
    "dns.managedZones": "google_dns_managed_zone",
    "iam.roles": "google_project_iam_custom_role",
    "logging.buckets": "google_logging_project_bucket_config",
    "redis.instances": "google_redis_instance",
    "secretmanager.secrets": "google_secret_manager_secret",
    "servicenetworking.connections": "google_service_networking_connection",
    "sqladmin.instances": "google_sql_database_instance",
    "storage.b": "google_storage_bucket",
}
# What the bootstrap has made.
_OF_THE_PROJECT = {"cloudbilling", "cloudresourcemanager", "serviceusage"}
# Etag of a policy that was never set, and the placeholder for what it is once it was.
_FIRST_ETAG, _ETAG = "ACAB", "etag"
_DAY = 24 * 60 * 60


def part(*steps: str, stack: str = STACK) -> list[Row]:
    """Return the recorded requests of some steps on a stack."""
    return [row for row in recording() if row.step in steps and row.stack == stack]


def type_of(api: str, name: str) -> str:
    """Return the type of a resource by its name, or the API's kind where the page has no type of it."""
    parts = name.split("/")
    found = f"{api}.{parts[-1] if len(parts) % 2 else parts[-2]}"
    return TYPES.get(found, found)


def deleted(row: Row) -> str:
    """Return the type that a request deletes; empty where it deletes none of the page's."""
    api, *parts = row.url.partition("?")[0].removeprefix(HTTPS).split("/")
    return TYPES.get(f"{api.partition('.')[0]}.{parts[-2]}", "") if row.method == "DELETE" else ""


@dataclass
class Environment:
    """A deployed environment: the cloud that it is on, and what was bound before it was deployed."""

    replay: Replay
    shared: Mapping[str, str]

    def ok(self, method: str, url: str, body: Json = None) -> Any:
        """Return the answer to a request."""
        answer = self.replay.send(request_of(method, url, body, "application/json"))
        assert answer.status == HTTPStatus.OK, (method, url, answer)
        return json.loads(answer.body)

    def destroy(self) -> None:
        """Destroy it, without the keys: what is protected in the page's order, everything else in Terraform's."""
        rows = [row for row in part("destroy") if not re.search(r"cloudkms.*(cryptoKeyVersions|updateMask)", row.url)]
        protected = sorted((row for row in rows if deleted(row) in ORDER), key=lambda row: ORDER.index(deleted(row)))
        first = rows.index(protected[0])
        self.replay.run([row for row in rows[:first] if row not in protected])
        self.replay.run(protected)
        self.replay.run([row for row in rows[first:] if row not in protected])

    def left(self) -> set[str]:
        """Return the types of what is still there, and of what still has its name."""
        store = self.replay.store
        apis = {each.document.partition(".")[0] for each in kinds()} - _OF_THE_PROJECT
        own = re.compile(f"{PROJECT}|{Cloud(store).number(PROJECT)}")
        there = {type_of(api, name) for api in apis for name in store.documents(api).list() if own.search(name)}
        return there | {TYPES[name.partition("/")[0]] for name in store.documents("names of the deleted").list()}

    def again(self) -> Generator[Row]:
        """Yield the requests of the next deploy; what was left is taken over where it would be made."""
        # What was changed before is answered with more: a policy from which all was taken has a list, which is empty.
        self.replay.changed.setdefault("", set())
        etags = {value for row in recording() for path, value in leaves(row.answer) if path and path[-1] == "etag"}
        self.replay.bindings = Bindings(
            {name: each for name, each in self.shared.items() if f"<<{name}>>" not in etags}
        )
        for row in part("apply"):
            take_over = _TAKE_OVER.get(row.resource.partition(".")[0])
            if take_over is None:
                new = replace(row, body=mapped(row.body, _with_etag), answer=mapped(row.answer, _with_etag))
                if new.answer != row.answer:
                    self.replay.bindings.values.pop(_ETAG, None)
                yield new
            elif row.method == "POST":
                request = self.replay.request(row)
                take_over(self, request, f"{HTTPS}{request.host}{request.path}", request.json())


def _with_etag(value: str) -> str:
    return f"<<{_ETAG}>>" if value == _FIRST_ETAG else value


def import_key(environment: Environment, request: Request, url: str, body: Any) -> None:
    """Import a ring, or a key, which is then changed to what the stack says."""
    if key := request.query.get("cryptoKeyId"):
        environment.ok("PATCH", f"{url}/{key}?updateMask=labels,nextRotationTime,rotationPeriod", body)


def undelete_role(environment: Environment, _: Request, url: str, body: Any) -> None:
    """Bring a role back, as the provider does (``resourceGoogleProjectIamCustomRoleCreate``)."""
    role = f"{url}/{body['roleId']}"
    assert environment.ok("GET", role)["deleted"]
    environment.ok("POST", f"{role}:undelete", {})
    environment.ok("PATCH", role, body["role"])


def undelete_bucket(environment: Environment, request: Request, url: str, body: Any) -> None:
    """Bring a log bucket back, import it, and change it to what the stack says.

    It is gone, and made anew, where Terraform's order has it after the database, which waits for longer than a week.
    """
    bucket = f"{url.removesuffix(':createAsync')}/{request.query['bucketId']}"
    if environment.replay.send(request_of("GET", bucket, None, "application/json")).status == HTTPStatus.NOT_FOUND:
        environment.ok("POST", f"{url}?bucketId={request.query['bucketId']}", body)
        return
    environment.ok("POST", f"{bucket}:undelete", {})
    environment.ok("PATCH", f"{bucket}?updateMask=description,retentionDays", body)


def update_connection(environment: Environment, _: Request, url: str, body: Any) -> None:
    """Change an abandoned connection, as the provider does with ``update_on_creation_fail``."""
    assert "Please use UpdateConnection" in environment.ok("POST", url, body)["error"]["message"]
    environment.ok("PATCH", f"{url}/-?updateMask=reservedPeeringRanges&force=true", body)


_TAKE_OVER: Mapping[str, Callable[[Environment, Request, str, Any], None]] = {
    "google_kms_crypto_key": import_key,
    "google_kms_key_ring": import_key,
    "google_logging_project_bucket_config": undelete_bucket,
    "google_project_iam_custom_role": undelete_role,
    "google_service_networking_connection": update_connection,
}


def refused(replay: Replay, rows: Iterable[Row]) -> Row:
    """Return the first request that is refused, for the name of a database."""
    for row in rows:
        try:
            replay.run([row])
        except ReplayError as error:
            assert "you can\\'t reuse the name of the deleted instance until one week" in str(error)  # noqa: PT017
            return row
    raise AssertionError("nothing was refused")


def test_teardown_and_the_next_deploy(synthesized: Mapping[str, Mapping[str, Any]]) -> None:
    replay = Replay(synthesized)
    replay.run([*part("bootstrap", stack=""), *part("apply", stack="gcp-shared")])
    environment = Environment(replay, dict(replay.bindings.values))
    replay.run(part("apply"))
    for row in (each for each in part("destroy") if deleted(each) == "google_sql_database_instance"):
        with pytest.raises(ReplayError, match="The instance is protected"):
            replay.run([row])

    replay.run(part("plan", "update", "replace"))  # the changes take the protections away
    environment.destroy()
    assert environment.left() == {kind for kind, text in AFTERWARDS.items() if not text.startswith(FREE)}

    deploy = environment.again()
    row = refused(replay, deploy)
    assert (row.method, row.resource.partition(".")[0]) == ("POST", "google_sql_database_instance")
    clock.move(replay.store, seconds=6 * _DAY)
    assert refused(replay, [row]) == row
    clock.move(replay.store, seconds=2 * _DAY)
    replay.run([row, *deploy])
