"""Bootstrap of Azure: resource providers, the storage account of Terraform's state, the caller's roles on data.

A subscription that was typed is the only one that is changed: the state is made where that is the shared one.
"""

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from admin.azure.api import METHODS, Api
from admin.azure.connection import Caller, Connection, connect, connect_embedded, shared_account
from admin.bootstrap.model import Bootstrap, Outcome, Step
from admin.errors import ApiError, BootstrapError, ConflictError, DeniedError, WrongAccountError
from assembly import Assembly, Stack, open_assembly
from assembly.values import Json
from local.azure.cloud import EmbeddedAzure

BLOB_OWNER = "Storage Blob Data Owner"
VAULT_ADMINISTRATOR = "Key Vault Administrator"
REGISTERED = "Registered"
# "Troubleshoot Azure RBAC": a change of role assignments counts after ten minutes at most, through groups later.
_ROLE_MINUTES = 15
_PAUSE_SECONDS = 15
_REGISTRATION_MINUTES = 10
_ATTEMPTS = 10
# Namespace of the names of role assignments, which are UUIDs: the same assignment has the same name each time.
_ASSIGNMENTS = uuid.UUID("0b7c5f0e-51b5-4a56-8d2c-6b0e5f6f2a11")


@dataclass(frozen=True)
class Subscription:
    """A subscription, with what its stacks need before them.

    Attributes:
        id: of the subscription.
        providers: namespaces of the resource providers that must be registered.
        vaults: whether its stacks write keys and secrets.
    """

    id: str
    providers: Sequence[str]
    vaults: bool

    @property
    def scope(self) -> str:
        """Its id as a scope of roles."""
        return f"/subscriptions/{self.id}"


@dataclass(frozen=True)
class State:
    """Storage of Terraform's state, as the shared stack imports it.

    Attributes:
        subscription: id of its subscription.
        group: id of the resource group.
        account: id of the storage account.
        container: id of the container.
        location: name of the group's and the account's region.
        settings: of the account, as the stack has them.
    """

    subscription: str
    group: str
    account: str
    container: str
    location: str
    settings: Json

    @property
    def account_name(self) -> str:
        """Name of the storage account."""
        return self.account.rpartition("/")[2]

    @property
    def container_name(self) -> str:
        """Name of the container."""
        return self.container.rpartition("/")[2]


@dataclass(frozen=True)
class Needs:
    """Prerequisites of a first deploy.

    Attributes:
        subscriptions: the shared one first.
        state: of all stacks.
    """

    subscriptions: Sequence[Subscription]
    state: State


def open_bootstrap(subscription: str | None, stacks: Path) -> Bootstrap:
    """Return where to bootstrap and what, after all that can be refused before anything is made.

    Args:
        subscription: as it was typed; None for all subscriptions, on the embedded Azure.
        stacks: what ``cdktf synth`` wrote.

    Raises:
        WrongAccountError: no stack is in the subscription, or the credentials are of another tenant.
        ApiError: there are no credentials, or the embedded Azure does not run.
    """
    needs = read(open_assembly(stacks))
    selected = [each for each in needs.subscriptions if subscription in (None, each.id)]
    if not selected:
        known = ", ".join(each.id for each in needs.subscriptions)
        raise WrongAccountError(f"SUBSCRIPTION={subscription}: environments/ names {known}. Nobody was asked.")
    connection = connect(subscription, shared_account())
    state = needs.state if needs.state.subscription in {each.id for each in selected} else None
    caller = connection.caller()
    names = ", ".join(each.id for each in selected)
    word = "subscription" if len(selected) == 1 else "subscriptions"
    change = f"Register {', '.join(sorted({name for each in selected for name in each.providers}))}"
    if state:
        change += f"; make the storage account {state.account_name} in {state.location} and its container"
    change += f"; assign to {caller.name} the roles that the deploy needs on what vaults and the state hold"
    deploy = "`make deploy CLOUD=azure`" if connection.embedded else "`cdktf deploy azure-shared`, then an environment"
    return Bootstrap(
        connection=connection,
        place=f"{connection.name}: {word} {names}, state in {needs.state.location}, as {caller.name}",
        change=change,
        prepare=partial(_prepare, connection, caller, selected, state),
        following=f"State: {needs.state.account_name}/{needs.state.container_name}. Next: {deploy}.",
    )


def prepare_embedded(cloud: EmbeddedAzure, assembly: Assembly) -> Iterator[Step]:
    """Make what the first deploy to an embedded Azure needs, which runs, and yield each step when it is done."""
    connection, needs = connect_embedded(cloud), read(assembly)
    return _prepare(connection, connection.caller(), needs.subscriptions, needs.state, dry=False)


def _prepare(
    connection: Connection, caller: Caller, selected: Sequence[Subscription], state: State | None, dry: bool
) -> Iterator[Step]:
    # A dry run makes nothing, so waiting would not help.
    api = Api(connection.send, METHODS, attempts=1 if dry else _ATTEMPTS, embedded=connection.embedded)
    return _Bootstrap(api, caller, dry=dry).run(selected, state)


def read(assembly: Assembly) -> Needs:
    """Return the prerequisites of an assembly's stacks.

    Raises:
        AssemblyError: it has no stack that all environments share.
    """
    shared = assembly.stack("azure-shared")
    stacks = [shared, *(each for each in assembly.stacks.values() if each.cloud == "azure" and each is not shared)]
    imported = {entry["to"].partition(".")[0]: entry for entry in shared.template["import"]}
    account = shared.resources[imported["azurerm_storage_account"]["to"]].properties
    return Needs(
        subscriptions=[
            _subscription(found, [each for each in stacks if each.account == found])
            for found in dict.fromkeys(each.account for each in stacks)
        ],
        state=State(
            subscription=shared.account,
            group=imported["azurerm_resource_group"]["id"],
            account=imported["azurerm_storage_account"]["id"],
            container=imported["azurerm_storage_container"]["id"],
            location=account["location"],
            settings=account,
        ),
    )


def _subscription(found: str, stacks: Sequence[Stack]) -> Subscription:
    named = {
        name
        for stack in stacks
        for provider in stack.template["provider"]["azurerm"]
        for name in provider["resource_providers_to_register"]
    }
    return Subscription(found, sorted(named), any(True for stack in stacks for _ in stack.of("azurerm_key_vault")))


def can_list(api: Api, state: State) -> bool:
    """Return whether the caller may read what the state's container holds.

    Raises:
        ApiError: there is no answer, for another reason than a role.
    """
    try:
        api.call("Container_ListBlobs", account=state.account_name, container=state.container_name)
    except DeniedError:
        return False
    return True


def account_body(state: State) -> Json:
    """Return the storage account of the state as "Storage Accounts - Create" takes it, by the stack's settings."""
    settings = state.settings
    return {
        "location": state.location,
        "kind": settings["account_kind"],
        "sku": {"name": f"{settings['account_tier']}_{settings['account_replication_type']}"},
        "tags": settings["tags"],
        "properties": {
            "allowBlobPublicAccess": settings["allow_nested_items_to_be_public"],
            "allowCrossTenantReplication": settings["cross_tenant_replication_enabled"],
            "allowSharedKeyAccess": settings["shared_access_key_enabled"],
            "defaultToOAuthAuthentication": settings["default_to_oauth_authentication"],
            "isLocalUserEnabled": settings["local_user_enabled"],
            "minimumTlsVersion": settings["min_tls_version"],
            "supportsHttpsTrafficOnly": True,
            "encryption": {
                "keySource": "Microsoft.Storage",
                "requireInfrastructureEncryption": settings["infrastructure_encryption_enabled"],
                "services": {"blob": {"enabled": True, "keyType": "Account"}},
            },
        },
    }


def service_body(state: State) -> Json:
    """Return the blob service of the account as "Blob Services - Set Service Properties" takes it."""
    blobs = state.settings["blob_properties"]

    def kept(policy: str) -> Json:
        return {"enabled": True, "days": blobs[policy]["days"]}

    return {
        "properties": {
            "isVersioningEnabled": blobs["versioning_enabled"],
            "deleteRetentionPolicy": kept("delete_retention_policy"),
            "containerDeleteRetentionPolicy": kept("container_delete_retention_policy"),
        }
    }


class _Bootstrap:
    """Makes what is missing, subscription by subscription."""

    def __init__(self, api: Api, caller: Caller, *, dry: bool) -> None:
        self._api = api
        self._caller = caller
        self._dry = dry
        self._made = Outcome.WOULD if dry else Outcome.MADE

    def run(self, selected: Sequence[Subscription], state: State | None) -> Iterator[Step]:
        """Do the steps in order."""
        for subscription in selected:
            self._require(subscription)
            yield from self._providers(subscription)
            if subscription.vaults:
                yield self._role(subscription.id, VAULT_ADMINISTRATOR, subscription.scope)
        if state:
            yield self._group(state)
            yield from self._account(state)
            yield from self._state_role(state)

    def _require(self, subscription: Subscription) -> None:
        found = self._api.find("Subscriptions_Get", subscription=subscription.id)
        if found is None:
            raise BootstrapError(f"{subscription.id}: there is no such subscription, or you have no role in it")
        if found["state"] != "Enabled":
            raise BootstrapError(f"{subscription.id}: the subscription is {found['state']}: nothing can be made in it")
        if found["tenantId"] != self._caller.tenant:
            raise BootstrapError(
                f"{subscription.id}: the subscription is of the tenant {found['tenantId']}, and you are of"
                f" {self._caller.tenant}"
            )

    def _providers(self, subscription: Subscription) -> Iterator[Step]:
        what = f"{len(subscription.providers)} resource providers"
        missing = [name for name in subscription.providers if not self._registered(subscription, name)]
        if not self._dry:
            for name in missing:
                self._api.call("Providers_Register", {}, subscription=subscription.id, namespace=name)
            waiting = missing
            for pause in range(_REGISTRATION_MINUTES * 60 // _PAUSE_SECONDS):
                waiting = [name for name in waiting if not self._registered(subscription, name)]
                if not waiting:
                    break
                detail = f"{', '.join(waiting)} since {pause * _PAUSE_SECONDS} seconds"
                yield Step(subscription.id, what, Outcome.WAITING, detail)
                time.sleep(_PAUSE_SECONDS)
            else:
                raise BootstrapError(
                    f"{subscription.id}: {', '.join(waiting)} is not registered after {_REGISTRATION_MINUTES} minutes:"
                    " run it again"
                )
        yield self._step(subscription.id, what, missing)

    def _registered(self, subscription: Subscription, namespace: str) -> bool:
        found = self._api.call("Providers_Get", subscription=subscription.id, namespace=namespace)
        return bool(found["registrationState"] == REGISTERED)

    def _group(self, state: State) -> Step:
        what, name = "resource group of the state", state.group.rpartition("/")[2]
        found = self._api.find("ResourceGroups_Get", id=state.group)
        if found:
            if found["location"] != state.location:
                raise BootstrapError(
                    f"{name}: the resource group is in {found['location']}, and must be in {state.location}: a group"
                    " does not move. Delete it where it is empty, and run this again"
                )
            return self._step(state.subscription, what, [])
        body = {"location": state.location, "tags": state.settings["tags"]}
        self._change("ResourceGroups_CreateOrUpdate", body, id=state.group)
        return self._step(state.subscription, what, [name])

    def _account(self, state: State) -> Iterator[Step]:
        what = "storage account of the state"
        if self._find("StorageAccounts_GetProperties", id=state.account):
            yield self._step(state.subscription, what, [])
        else:
            try:
                self._change("StorageAccounts_Create", account_body(state), id=state.account)
            except ConflictError as error:
                raise BootstrapError(
                    f"{state.account_name}: the name of the state's account is taken ({error}). It follows from the"
                    " subscription's id: where the account is yours, in another group, move it; else use another"
                    " subscription"
                ) from None
            yield self._step(state.subscription, what, [state.account_name])
        service = self._find("BlobServices_GetServiceProperties", account=state.account) or {}
        versioned = service.get("properties", {}).get("isVersioningEnabled")
        if not versioned:
            self._change("BlobServices_SetServiceProperties", service_body(state), account=state.account)
        yield self._step(state.subscription, "versions of the state", [] if versioned else [state.account_name])
        missing = [] if self._find("BlobContainers_Get", id=state.container) else [state.container_name]
        if missing:
            self._change("BlobContainers_Create", {"properties": {"publicAccess": "None"}}, id=state.container)
        yield self._step(state.subscription, "container of the state", missing)

    def _state_role(self, state: State) -> Iterator[Step]:
        what = f"role {BLOB_OWNER}"
        if self._dry:
            yield Step(state.subscription, what, Outcome.WOULD, f"to {self._caller.name}, if it is not there")
            return
        if can_list(self._api, state):
            yield self._step(state.subscription, what, [])
            return
        step = self._role(state.subscription, BLOB_OWNER, state.container)
        for pause in range(_ROLE_MINUTES * 60 // _PAUSE_SECONDS):
            if can_list(self._api, state):
                yield step
                return
            detail = f"assigned, counts within {_ROLE_MINUTES} minutes; {pause * _PAUSE_SECONDS} seconds so far"
            yield Step(state.subscription, what, Outcome.WAITING, detail)
            time.sleep(_PAUSE_SECONDS)
        raise BootstrapError(
            f"{state.account_name}: the role {BLOB_OWNER} does not count after {_ROLE_MINUTES} minutes: run it again"
        )

    def _role(self, place: str, role: str, scope: str) -> Step:
        """Assign a role to the caller, where it has not got it there or above."""
        what = f"role {role}"
        definition = self._definition(role, scope)
        held = self._api.pages("RoleAssignments_ListForScope", scope=scope, principal=self._caller.id)
        if any(_same(each["properties"], definition, scope) for each in held):
            return self._step(place, what, [])
        body = {
            "roleDefinitionId": definition,
            "principalId": self._caller.id,
            "principalType": self._caller.principal_type,
        }
        name = str(uuid.uuid5(_ASSIGNMENTS, f"{scope} {definition} {self._caller.id}".lower()))
        try:
            self._change("RoleAssignments_Create", {"properties": body}, scope=scope, name=name)
        except ConflictError:
            # RoleAssignmentExists: under another name, which the list may not show yet.
            return self._step(place, what, [])
        return self._step(place, what, [f"to {self._caller.name}"])

    def _definition(self, role: str, scope: str) -> str:
        found = self._api.pages("RoleDefinitions_List", scope=scope, role=role)
        if not found:
            raise BootstrapError(f"{scope}: there is no role {role}")
        return str(found[0]["id"])

    def _find(self, method: str, **parameters: str) -> Json:
        try:
            return self._api.find(method, **parameters)
        except ApiError:
            # A dry run asks before the provider is registered.
            if not self._dry:
                raise
            return None

    def _change(self, method: str, body: Json, **parameters: str) -> None:
        """Send a changing method, unless this is a dry run."""
        if not self._dry:
            self._api.call(method, body, **parameters)

    def _step(self, place: str, what: str, missing: Sequence[str]) -> Step:
        return Step(place, what, self._made if missing else Outcome.THERE, ", ".join(missing))


def covers(held: str, scope: str) -> bool:
    """Return whether a role on one scope counts on another: the same, what it is in, or a management group above."""
    upper = held.lower().rstrip("/")
    return upper.startswith("/providers/microsoft.management/") or f"{scope.lower()}/".startswith(f"{upper}/")


def _same(assignment: Json, definition: str, scope: str) -> bool:
    """Return whether an assignment gives a role on a scope; one with a condition is another."""
    role = str(assignment["roleDefinitionId"]).rpartition("/")[2].lower() == definition.rpartition("/")[2].lower()
    return role and covers(str(assignment.get("scope", "")), scope) and not assignment.get("condition")
