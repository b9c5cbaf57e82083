"""Words in the texts of signals that each cloud has its own for."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Words:
    """Names of a cloud's parts in the texts of alarms.

    Attributes:
        instances: instances of the service: ``tasks``, ``pods``.
        orchestrator: what runs them: ``ECS``, ``Kubernetes``.
        full_disk: what happens when an instance's own disk is full.
        database_statements: the tool that lists the database's slowest statements.
    """

    instances: str
    orchestrator: str
    full_disk: str
    database_statements: str

    @property
    def instance(self) -> str:
        """One of the instances."""
        return self.instances.removesuffix("s")
