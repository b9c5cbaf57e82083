"""The steps of the bootstrap, each of which finds out first whether it is done already."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from admin.bootstrap.gcloud import Gcloud, GcloudError
from admin.bootstrap.needs import Needs, Project
from admin.errors import BootstrapError

# As many as one request takes ("services.batchEnable", Service Usage API reference).
_AT_ONCE = 20
_COMPUTE = "compute.googleapis.com"
_DEFAULT = "default"


class Outcome(StrEnum):
    """Result of a step."""

    THERE = "there"
    ENSURED = "ensured"
    MADE = "made"
    WOULD = "would be made"
    REMOVED = "removed"
    KEPT = "kept"


@dataclass(frozen=True)
class Step:
    """One line of the report.

    Attributes:
        project: where.
        what: it is about.
        outcome: what was done.
        detail: what was missing.
    """

    project: str
    what: str
    outcome: Outcome
    detail: str = ""


class Bootstrap:
    """Makes what is missing, project by project."""

    def __init__(self, gcloud: Gcloud, needs: Needs) -> None:
        self._gcloud = gcloud
        self._needs = needs
        self._made = Outcome.WOULD if gcloud.dry else Outcome.MADE

    def run(self) -> Iterator[Step]:
        """Do the steps in order, yielding each when it is done.

        Raises:
            BootstrapError: a step fails.
        """
        for project in self._needs.projects:
            exists = yield from self._project(project)
            if exists:
                yield self._billing(project)
                yield self._apis(project)
                yield self._agents(project)
                if _COMPUTE in project.apis:
                    yield self._default_network(project)
            else:
                yield Step(project.id, "billing, APIs, service agents", self._made, "once the project is there")
        yield from self._state()

    def _project(self, project: Project) -> Generator[Step, None, bool]:
        what = "project"
        try:
            found = self._gcloud.find("projects", "describe", project.id)
        except GcloudError as error:
            if not error.hidden:
                raise
            # Google says the same of a project that is somebody else's and of one that is not there.
            found = None
        if found:
            if found["lifecycleState"] != "ACTIVE":
                raise BootstrapError(
                    f"{project.id}: the project is {found['lifecycleState']}; run"
                    f" `gcloud projects undelete {project.id}`, or choose another id"
                )
            yield Step(project.id, what, Outcome.THERE)
            return True
        parent = [f"--organization={self._needs.organization}"] if self._needs.organization else []
        try:
            self._gcloud.change("projects", "create", project.id, *parent)
        except GcloudError as error:
            raise BootstrapError(
                f"{project.id}: the project is not yours, or cannot be made ({error}). Choose another id in"
                " environments/, or let an owner add you to it"
            ) from None
        yield Step(project.id, what, self._made)
        return not self._gcloud.dry

    def _billing(self, project: Project) -> Step:
        what, account = "billing", self._needs.billing_account
        info = self._gcloud.read("billing", "projects", "describe", project.id)
        if info and info.get("billingEnabled"):
            return Step(project.id, what, Outcome.THERE)
        try:
            self._gcloud.change("billing", "projects", "link", project.id, f"--billing-account={account}")
        except GcloudError as error:
            raise BootstrapError(
                f"{project.id}: nothing pays for it, and account.gcp.billing_account of environments/policy.yaml,"
                f" {account}, cannot be linked: {error}"
            ) from None
        return Step(project.id, what, self._made, account)

    def _apis(self, project: Project) -> Step:
        enabled = self._gcloud.read("services", "list", "--enabled", f"--project={project.id}")
        names = {service["config"]["name"] for service in enabled}
        missing = [name for name in project.apis if name not in names]
        for first in range(0, len(missing), _AT_ONCE):
            batch = missing[first : first + _AT_ONCE]
            self._gcloud.change("services", "enable", *batch, f"--project={project.id}")
        return self._step(project, f"{len(project.apis)} APIs", [name.partition(".")[0] for name in missing])

    def _agents(self, project: Project) -> Step:
        # gcloud does not tell which are there; making one that is there, or granting again, changes nothing.
        number = self._gcloud.read("projects", "describe", project.id)["projectNumber"]
        for agent in project.agents:
            self._gcloud.change(
                "beta", "services", "identity", "create", f"--service={agent.api}", f"--project={project.id}"
            )
            if agent.role:
                self._gcloud.change(
                    "projects",
                    "add-iam-policy-binding",
                    project.id,
                    f"--member={agent.member(number)}",
                    f"--role={agent.role}",
                    "--condition=None",
                )
        if project.storage:
            self._gcloud.change("storage", "service-agent", f"--project={project.id}")
        count = len(project.agents) + project.storage
        outcome = Outcome.WOULD if self._gcloud.dry else Outcome.ENSURED
        return Step(project.id, f"{count} service agents and their roles", outcome)

    def _default_network(self, project: Project) -> Step:
        """Delete the network that Google makes in a new project, with SSH and RDP open to the internet.

        Source: "VPC networks", default network and its firewall rules, VPC documentation.
        """
        what, where = "default network", f"--project={project.id}"
        try:
            if not self._gcloud.read("compute", "networks", "list", f"--filter=name={_DEFAULT}", where):
                return Step(project.id, what, Outcome.REMOVED)
            if self._gcloud.read("compute", "instances", "list", where):
                return Step(project.id, what, Outcome.KEPT, "the project has virtual machines; delete it by hand")
            rules = self._gcloud.read("compute", "firewall-rules", "list", f"--filter=network~/{_DEFAULT}$", where)
        except GcloudError:
            # A dry run asks before the API is enabled.
            if not self._gcloud.dry:
                raise
            return Step(project.id, what, Outcome.WOULD, "deleted, if the project has one")
        names = [rule["name"] for rule in rules]
        if names:
            self._gcloud.change("compute", "firewall-rules", "delete", *names, where)
        self._gcloud.change("compute", "networks", "delete", _DEFAULT, where)
        outcome = Outcome.WOULD if self._gcloud.dry else Outcome.REMOVED
        return Step(project.id, what, outcome, ", ".join([*names, _DEFAULT]))

    def _state(self) -> Iterator[Step]:
        needs, shared = self._needs, self._needs.shared
        place = [f"--location={needs.location}", f"--project={shared.id}"]
        ring = f"--keyring={needs.ring}"
        yield self._ensure(
            "ring of keys",
            ["kms", "keyrings", "describe", needs.ring, *place],
            ["kms", "keyrings", "create", needs.ring, *place],
        )
        yield self._ensure(
            "key of the state",
            ["kms", "keys", "describe", needs.ring, ring, *place],
            ["kms", "keys", "create", needs.ring, ring, "--purpose=encryption", *place],
        )
        # Granting what is granted changes nothing.
        self._gcloud.change("storage", "service-agent", f"--project={shared.id}", f"--authorize-cmek={needs.key}")
        url = f"gs://{needs.bucket}"
        yield self._ensure(
            "bucket of the state",
            ["storage", "buckets", "describe", url],
            [
                "storage",
                "buckets",
                "create",
                url,
                f"--project={shared.id}",
                f"--location={needs.location}",
                "--uniform-bucket-level-access",
                "--public-access-prevention",
                f"--default-encryption-key={needs.key}",
            ],
        )
        yield self._versions(url)

    def _versions(self, url: str) -> Step:
        shared = self._needs.shared
        found = self._gcloud.find("storage", "buckets", "describe", url)
        if found and found.get("versioning_enabled"):
            return self._step(shared, "versions of the state", [])
        self._gcloud.change("storage", "buckets", "update", url, "--versioning")
        return self._step(shared, "versions of the state", [url])

    def _ensure(self, what: str, find: Sequence[str], make: Sequence[str]) -> Step:
        shared = self._needs.shared
        try:
            found = self._gcloud.find(*find)
        except GcloudError:
            # A dry run asks before the APIs are enabled.
            if not self._gcloud.dry:
                raise
            found = None
        if found:
            return self._step(shared, what, [])
        self._gcloud.change(*make)
        return self._step(shared, what, [make[3]])

    def _step(self, project: Project, what: str, missing: Sequence[str]) -> Step:
        outcome = self._made if missing else Outcome.THERE
        return Step(project.id, what, outcome, ", ".join(missing))
