"""Singletons: what an account has once, per region or at all, and what may be there already without our stacks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from admin.preflight.aws.account import Account
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing
from assembly import Resource
from assembly.values import at

_GROUP = "singletons"
# Of a registry that nobody has set up ("PutRegistryScanningConfiguration", Amazon ECR API reference).
_DEFAULT_SCAN = "BASIC"


@dataclass(frozen=True)
class Singleton:
    """A type of which there is one.

    Attributes:
        name: for the table.
        existing: lists the physical ids of those that exist in the region, as CloudFormation names them.
        remove: command that removes one; ``{id}`` and ``{region}`` stand in it.
    """

    name: str
    existing: Callable[[Account, Resource], list[str]]
    remove: str


def _detectors(account: Account, resource: Resource) -> list[str]:
    return account.pages("guardduty", resource.region, "list_detectors", "DetectorIds")


def _recorders(account: Account, resource: Resource) -> list[str]:
    client = account.client("config", resource.region)
    return list(at(client.describe_configuration_recorders(), "ConfigurationRecorders.name"))


def _channels(account: Account, resource: Resource) -> list[str]:
    return list(at(account.client("config", resource.region).describe_delivery_channels(), "DeliveryChannels.name"))


def _analyzers(account: Account, resource: Resource) -> list[str]:
    kind = str(resource.properties["Type"])
    return [
        str(each["arn"])
        for each in account.pages("accessanalyzer", resource.region, "list_analyzers", "analyzers", type=kind)
    ]


def _replication(account: Account, resource: Resource) -> list[str]:
    found = account.client("ecr", resource.region).describe_registry()
    rules = list(at(found, "replicationConfiguration.rules"))
    return [str(found["registryId"])] if rules else []


def _scanning(account: Account, resource: Resource) -> list[str]:
    found = account.client("ecr", resource.region).get_registry_scanning_configuration()
    scanning = found["scanningConfiguration"]
    is_default = scanning["scanType"] == _DEFAULT_SCAN and not scanning.get("rules")
    return [] if is_default else [str(found["registryId"])]


SINGLETONS = {
    "AWS::GuardDuty::Detector": Singleton(
        "GuardDuty detector", _detectors, "aws guardduty delete-detector --detector-id {id} --region {region}"
    ),
    "AWS::Config::ConfigurationRecorder": Singleton(
        "Config recorder",
        _recorders,
        "aws configservice delete-configuration-recorder --configuration-recorder-name {id} --region {region}",
    ),
    "AWS::Config::DeliveryChannel": Singleton(
        "Config delivery channel",
        _channels,
        "aws configservice delete-delivery-channel --delivery-channel-name {id} --region {region}",
    ),
    # One external access analyzer per account and region ("Quotas for IAM Access Analyzer").
    "AWS::AccessAnalyzer::Analyzer": Singleton(
        "Access Analyzer", _analyzers, "aws accessanalyzer delete-analyzer --analyzer-name {name} --region {region}"
    ),
    "AWS::ECR::ReplicationConfiguration": Singleton(
        "Registry replication",
        _replication,
        "The deploy overwrites these rules. Look at them first: aws ecr describe-registry --region {region}",
    ),
    "AWS::ECR::RegistryScanningConfiguration": Singleton(
        "Registry scanning",
        _scanning,
        "The deploy overwrites these rules. Look at them first:"
        " aws ecr get-registry-scanning-configuration --region {region}",
    ),
}


def checks(needs: Needs, account: Account) -> Iterator[Check]:
    """Yield a check for each singleton that a template creates."""
    for resource in needs.resources(*SINGLETONS):
        kind = resource.properties.get("Type", "")
        subject = f"{SINGLETONS[resource.type].name}{f' {kind}' if kind else ''}, {resource.region}"
        yield Check(_GROUP, subject, partial(_singleton, needs, account, resource))


def _singleton(needs: Needs, account: Account, resource: Resource) -> Answer:
    singleton = SINGLETONS[resource.type]
    stack = needs.stack_of(resource)
    own = account.physical_ids([stack], resource.type)
    others = [each for each in singleton.existing(account, resource) if each not in own]
    if not others:
        return fine(f"of {stack.name}" if own else "none yet")
    steps = [singleton.remove.format(id=each, name=each.rpartition("/")[2], region=resource.region) for each in others]
    return missing(
        f"{', '.join(others)} exists, and not of {stack.name}",
        *steps,
        "Where the organization runs it, keep it: in environments/policy.yaml, account.aws_organization.runs",
    )
