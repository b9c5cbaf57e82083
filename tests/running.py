"""Fixtures that run something: a test that requests one proves its promise by behaviour (docs/plan-coverage.md).

Not here, because they run nothing that is deployed: a synthesis; the model of a day under the scaling policies; fakes
of command lines, against which programs of ``admin`` are tested.
"""

RUNNING: dict[str, str] = {
    "deployed/conftest.py::deployed": "the embedded cloud, after a deploy of production and its account by the CDK CLI",
    "deployed/conftest.py::served": "the embedded cloud with production and its body, after a release",
    "stories/conftest.py::development": "the embedded cloud with development, its body and requests of a client",
    "stories/conftest.py::production": "the embedded cloud with production, its body and requests of a client",
    "local/conftest.py::cloud": "the embedded cloud",
    "local/conftest.py::own_cloud": "the embedded cloud",
    "local/body/test_databases.py::served": "PostgreSQL servers, as the embedded cloud's body runs them",
    "local/body/test_caches.py::served": "Valkey servers, as the embedded cloud's body runs them",
    "local/body/conftest.py::served": "a real Envoy that is the ingress of the embedded cloud",
    "local/body/test_tasks.py::body": "the embedded cloud, whose tasks are processes",
    "services.py::postgres": "a PostgreSQL server",
    "services.py::redis": "a Redis server",
    "images/conftest.py::run": "a process of the image's entrypoint",
    "images/conftest.py::start": "a process of the image's entrypoint and command, with a server in it",
    "constructs_lib/aws/account/test_reviews_run.py::run_machine": "an interpreter of the state machines",
    "operations/gcp/test_review.py::run": "an interpreter of the synthesized Google workflows",
    "operations/gcp/test_rollback.py::rollback": "an interpreter of the synthesized Google workflow",
}
