"""The steps of the bootstrap, each of which finds out first whether it is done already."""

from collections.abc import Generator, Iterator, Sequence

from admin.bootstrap.gcp.methods import METHODS
from admin.bootstrap.gcp.needs import Needs, Project
from admin.bootstrap.gcp.policies import missing_grants, with_grants
from admin.bootstrap.model import Outcome, Step
from admin.errors import ApiError, BootstrapError, ConflictError, DeniedError
from admin.gcp.api import Api
from admin.gcp.connection import Connection
from assembly.values import Json

_EXAMPLE = "example-goodies-"
# As many as one request takes ("services.batchEnable", Service Usage API reference).
_AT_ONCE = 20
# As long as Google asks to wait for an API that was just enabled, or a role that was just granted.
_ATTEMPTS = 10
_COMPUTE = "compute.googleapis.com"
_DEFAULT = "default"
_ENCRYPTS = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
_KEY = "cloudkms.projects.locations.keyRings.cryptoKeys"
_PROJECTS = "cloudresourcemanager.projects"
_RING = "cloudkms.projects.locations.keyRings"


def prepare(connection: Connection, needs: Needs, *, dry: bool = False) -> Iterator[Step]:
    """Make what is missing in Google Cloud, yielding each step when it is done.

    Args:
        connection: where to. Projects that are examples exist on the embedded Google Cloud only.
        needs: of the stacks.
        dry: only methods that read are sent.

    Raises:
        BootstrapError: a step fails, or a project is an example.
        ApiError: Google refuses a request, or does not answer.
    """
    if not connection.embedded:
        refuse_examples(needs)
    # A dry run enables nothing, so waiting would not help.
    yield from _Bootstrap(Api(connection.send, METHODS, attempts=1 if dry else _ATTEMPTS), needs, dry=dry).run()


def refuse_examples(needs: Needs) -> None:
    """Refuse projects that are examples.

    Raises:
        BootstrapError: one is.
    """
    if examples := [each.id for each in needs.projects if each.id.startswith(_EXAMPLE)]:
        raise BootstrapError(f"environments/: {', '.join(examples)} are examples; set projects of your own")


class _Bootstrap:
    """Makes what is missing, project by project."""

    def __init__(self, api: Api, needs: Needs, *, dry: bool) -> None:
        self._api = api
        self._needs = needs
        self._dry = dry
        self._made = Outcome.WOULD if dry else Outcome.MADE

    def run(self) -> Iterator[Step]:
        """Do the steps in order."""
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

    def _change(self, method: str, body: Json = None, **parameters: str) -> Json:
        """Send a changing method, unless this is a dry run."""
        return None if self._dry else self._api.call(method, body, **parameters)

    def _project(self, project: Project) -> Generator[Step, None, bool]:
        what, denied = "project", ""
        try:
            found = self._api.find(f"{_PROJECTS}.get", name=f"projects/{project.id}")
        except DeniedError as error:
            # Google says the same of a project that is somebody else's and of one that is not there.
            found, denied = None, f"{error}; "
        if found:
            if found["state"] != "ACTIVE":
                raise BootstrapError(
                    f"{project.id}: the project is {found['state']}; run `gcloud projects undelete {project.id}`, or"
                    " choose another id"
                )
            yield Step(project.id, what, Outcome.THERE)
            return True
        organization = self._needs.organization
        parent = {"parent": f"organizations/{organization}"} if organization else {}
        try:
            self._change(f"{_PROJECTS}.create", {"projectId": project.id, "displayName": project.id, **parent})
        except ApiError as error:
            raise BootstrapError(
                f"{project.id}: the project is not yours, or cannot be made ({denied}{error}). Choose another id in"
                " environments/, or let an owner add you to it"
            ) from None
        yield Step(project.id, what, self._made)
        return not self._dry

    def _billing(self, project: Project) -> Step:
        what, account = "billing", self._needs.billing_account
        name = f"projects/{project.id}"
        if self._api.call("cloudbilling.projects.getBillingInfo", name=name).get("billingEnabled"):
            return Step(project.id, what, Outcome.THERE)
        try:
            self._change(
                "cloudbilling.projects.updateBillingInfo",
                {"billingAccountName": f"billingAccounts/{account}"},
                name=name,
            )
        except ApiError as error:
            raise BootstrapError(
                f"{project.id}: nothing pays for it, and account.gcp.billing_account of environments/policy.yaml,"
                f" {account}, cannot be linked: {error}"
            ) from None
        return Step(project.id, what, self._made, account)

    def _apis(self, project: Project) -> Step:
        parent = f"projects/{project.id}"
        found = self._api.pages(
            "serviceusage.services.list", "services", parent=parent, filter="state:ENABLED", pageSize=200
        )
        # Named projects/<number>/services/<API>.
        enabled = {str(each["name"]).rpartition("/")[2] for each in found}
        missing = [name for name in project.apis if name not in enabled]
        for first in range(0, len(missing), _AT_ONCE):
            batch = missing[first : first + _AT_ONCE]
            ended = self._change("serviceusage.services.batchEnable", {"serviceIds": batch}, parent=parent)
            if failures := (ended or {}).get("failures"):
                reasons = "; ".join(f"{each.get('serviceId')}: {each.get('errorMessage')}" for each in failures)
                raise BootstrapError(f"{project.id}: not enabled: {reasons}")
        return self._step(project, f"{len(project.apis)} APIs", [name.partition(".")[0] for name in missing])

    def _agents(self, project: Project) -> Step:
        # Google does not tell which are there; making one that is there changes nothing.
        name = f"projects/{project.id}"
        number = str(self._api.call(f"{_PROJECTS}.get", name=name)["name"]).rpartition("/")[2]
        for agent in project.agents:
            self._change("serviceusage.services.generateServiceIdentity", parent=f"{name}/services/{agent.api}")
        granted = self._grant(
            _PROJECTS,
            name,
            [(agent.role, agent.member(number)) for agent in project.agents if agent.role],
        )
        if project.storage and not self._dry:
            self._storage_agent(project)
        count = len(project.agents) + project.storage
        outcome = Outcome.WOULD if self._dry else Outcome.ENSURED
        return Step(project.id, f"{count} service agents and their roles", outcome, ", ".join(granted))

    def _storage_agent(self, project: Project) -> str:
        """Return the address of Cloud Storage's agent, which asking for it makes."""
        return str(self._api.call("storage.projects.serviceAccount.get", projectId=project.id)["email_address"])

    def _grant(self, collection: str, resource: str, grants: Sequence[tuple[str, str]]) -> Sequence[str]:
        """Grant roles to members where they have not got them, and return the roles that were missing.

        Raises:
            BootstrapError: somebody else changes the policy all the time.
        """
        for _ in range(_ATTEMPTS):
            policy = self._policy(collection, resource)
            missing = missing_grants(policy, grants)
            try:
                if missing:
                    self._change(
                        f"{collection}.setIamPolicy", {"policy": with_grants(policy, missing)}, resource=resource
                    )
            except ConflictError:
                # Changed since it was read ("Concurrency control", reference of Policy.etag).
                continue
            return sorted({role for role, _ in missing})
        raise BootstrapError(f"{resource}: its IAM policy is changed by somebody else all the time: run it again")

    def _policy(self, collection: str, resource: str) -> Json:
        # Of version 3, or its conditions are lost ("Specify a policy version", IAM documentation).
        if METHODS[f"{collection}.getIamPolicy"].verb == "GET":
            return self._api.call(
                f"{collection}.getIamPolicy", resource=resource, **{"options.requestedPolicyVersion": 3}
            )
        body = {"options": {"requestedPolicyVersion": 3}}
        return self._api.call(f"{collection}.getIamPolicy", body, resource=resource)

    def _default_network(self, project: Project) -> Step:
        """Delete the network that Google makes in a new project, with SSH and RDP open to the internet.

        Source: "VPC networks", default network and its firewall rules, VPC documentation.
        """
        what, where = "default network", project.id
        try:
            if not self._api.find("compute.networks.get", project=where, network=_DEFAULT):
                return Step(project.id, what, Outcome.REMOVED)
            zones = self._api.pages("compute.instances.aggregatedList", "items", project=where)
            if any(zone.get("instances") for zone in zones):
                return Step(project.id, what, Outcome.KEPT, "the project has virtual machines; delete it by hand")
            rules = self._api.pages("compute.firewalls.list", "items", project=where)
        except ApiError:
            # A dry run asks before the API is enabled.
            if not self._dry:
                raise
            return Step(project.id, what, Outcome.WOULD, "deleted, if the project has one")
        names = [str(rule["name"]) for rule in rules if str(rule["network"]).endswith(f"/networks/{_DEFAULT}")]
        for name in names:
            self._change("compute.firewalls.delete", project=where, firewall=name)
        self._change("compute.networks.delete", project=where, network=_DEFAULT)
        outcome = Outcome.WOULD if self._dry else Outcome.REMOVED
        return Step(project.id, what, outcome, ", ".join([*names, _DEFAULT]))

    def _state(self) -> Iterator[Step]:
        needs = self._needs
        location = f"projects/{needs.shared.id}/locations/{needs.key_location}"
        ring = f"{location}/keyRings/{needs.ring}"
        if self._absent(f"{_RING}.get", name=ring):
            self._change(f"{_RING}.create", {}, parent=location, keyRingId=needs.ring)
            yield self._step(needs.shared, "ring of keys", [needs.ring])
        else:
            yield self._step(needs.shared, "ring of keys", [])
        if self._absent(f"{_KEY}.get", name=needs.key):
            self._change(f"{_KEY}.create", {"purpose": "ENCRYPT_DECRYPT"}, parent=ring, cryptoKeyId=needs.ring)
            yield self._step(needs.shared, "key of the state", [needs.ring])
        else:
            yield self._step(needs.shared, "key of the state", [])
        if not self._dry:
            agent = self._storage_agent(needs.shared)
            self._grant(_KEY, needs.key, [(_ENCRYPTS, f"serviceAccount:{agent}")])
        yield from self._bucket()

    def _bucket(self) -> Iterator[Step]:
        needs, shared = self._needs, self._needs.shared
        url = f"gs://{needs.bucket}"
        bucket, versions = "bucket of the state", "versions of the state"
        versioning = {"versioning": {"enabled": True}}
        if found := self._find_bucket():
            yield self._step(shared, bucket, [])
            if found.get("versioning", {}).get("enabled"):
                yield self._step(shared, versions, [])
            else:
                self._change("storage.buckets.patch", versioning, bucket=needs.bucket)
                yield self._step(shared, versions, [url])
            return
        access = {"uniformBucketLevelAccess": {"enabled": True}, "publicAccessPrevention": "enforced"}
        try:
            self._change(
                "storage.buckets.insert",
                {
                    "name": needs.bucket,
                    "location": needs.location,
                    "iamConfiguration": access,
                    "encryption": {"defaultKmsKeyName": needs.key},
                    **versioning,
                },
                project=shared.id,
            )
        except ConflictError as error:
            raise BootstrapError(
                f"{needs.bucket}: the bucket of the state is in another project ({error}). Choose another id of the"
                " shared project in environments/policy.yaml"
            ) from None
        yield self._step(shared, bucket, [url])
        yield self._step(shared, versions, [url])

    def _find_bucket(self) -> Json:
        """Return the bucket, or None where the project has none of the name; it may be somebody else's."""
        name = self._needs.bucket
        try:
            found = self._api.pages("storage.buckets.list", "items", project=self._needs.shared.id, prefix=name)
        except ApiError:
            # A dry run asks before the API is enabled.
            if not self._dry:
                raise
            return None
        return next((each for each in found if each["name"] == name), None)

    def _absent(self, method: str, **parameters: str) -> bool:
        try:
            return not self._api.find(method, **parameters)
        except ApiError:
            # A dry run asks before the APIs are enabled.
            if not self._dry:
                raise
            return True

    def _step(self, project: Project, what: str, missing: Sequence[str]) -> Step:
        outcome = self._made if missing else Outcome.THERE
        return Step(project.id, what, outcome, ", ".join(missing))
