"""Base class of the settings, and the types of single values.

A type's description says what is allowed; it is part of the error message and of the editor's help. Every text has a
pattern and every number both bounds, because names, programs and policies of each cloud are made of them.
"""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"({_LABEL}[.])+[a-z]{{2,63}}"
# A mailbox's part before the @ ("Local-part", RFC 5321).
_LONGEST_MAILBOX = 64


def _mailbox_is_short(address: str) -> str:
    if address.index("@") > _LONGEST_MAILBOX:
        raise ValueError(f"an e-mail address with at most {_LONGEST_MAILBOX} characters before the @")
    return address


def _no_boolean(value: object) -> object:
    # Python takes true for 1 and 30.0 for 30 when it looks for a value among others.
    if isinstance(value, bool | float):
        raise ValueError("a whole number")  # noqa: TRY004 (pydantic makes an error of the setting of this one only)
    return value


def _with_prefix_length(value: object) -> object:
    # IPv4Network also reads netmasks, and leading zeros.
    prefix = value.rpartition("/")[2] if isinstance(value, str) else ""
    if not isinstance(value, str) or prefix not in map(str, range(33)):
        raise ValueError("an address range with its prefix length, such as 10.10.0.0/16")
    return value


AwsAccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$", description="twelve digits, in quotes")]
AwsRegionName = Annotated[
    str,
    Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", max_length=25, description="the name of a region, such as us-east-1"),
]
# The checks say which there are.
AwsZoneName = Annotated[
    str,
    Field(
        pattern=r"^[a-z]+(-[a-z0-9]+)*$",
        max_length=25,
        description="the name of an availability zone, such as us-east-1a",
    ),
]
PrefixListId = Annotated[
    str, Field(pattern=r"^pl-[0-9a-f]{8,17}$", description="the id of a prefix list, such as pl-3b927c52")
]
AddressRange = Annotated[IPv4Network, BeforeValidator(_with_prefix_length)]
# The longest name in a certificate has 64 characters (RequestCertificate, ACM API reference); that of the load balancer
# begins with "origin.".
DomainName = Annotated[
    str,
    Field(
        pattern=f"^{_DOMAIN}$",
        max_length=57,
        description="a domain in lower case of at most 57 characters, such as goodies.example",
    ),
]
# Narrower than the standard; a complete parser would cost more to import than everything else here.
EmailAddress = Annotated[
    str,
    Field(
        pattern=f"^[A-Za-z0-9_+-]+([.][A-Za-z0-9_+-]+)*@{_DOMAIN}$",
        max_length=254,
        description="an e-mail address such as team@goodies.example, its domain in lower case",
    ),
    AfterValidator(_mailbox_is_short),
]
EndpointName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$",
        max_length=50,
        description="the last part of an endpoint's name, such as ecr.api",
    ),
]
ENVIRONMENT_NAME_PATTERN = r"^[a-z][a-z0-9]{0,15}$"
EnvironmentName = Annotated[
    str, Field(pattern=ENVIRONMENT_NAME_PATTERN, description="a lower-case word of up to 16 letters and digits")
]
GcpProjectId = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$",
        description="the id of a project: 6 to 30 lower-case letters, digits and hyphens",
    ),
]
GcpRegionName = Annotated[
    str,
    Field(
        pattern=r"^[a-z]+-[a-z]+[1-9][0-9]?$",
        max_length=30,
        description="the name of a region, such as us-central1",
    ),
]
GcpZoneName = Annotated[
    str,
    Field(pattern=r"^[a-z]+(-[a-z0-9]+)*$", max_length=32, description="the name of a zone, such as us-central1-a"),
]
Uuid = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="an id such as 01ab23cd-4567-89ef-0123-456789abcdef, in lower case",
    ),
]
BillingAccountId = Annotated[
    str, Field(pattern=r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", description="an id such as 01ABCD-23EF45-678901")
]
OrganizationNumber = Annotated[str, Field(pattern=r"^[1-9][0-9]{5,19}$", description="a number, in quotes")]
# "About repository names" and "Username considerations", GitHub documentation.
RepositoryName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*/[A-Za-z0-9_-][A-Za-z0-9._-]*$",
        max_length=140,
        description="owner/name, such as example/the-goodies",
    ),
]
PostgresVersion = Annotated[str, Field(pattern=r"^[1-9][0-9]$", description='a major version, in quotes: "18"')]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="a code of ISO 4217, such as EUR")]
DatabaseName = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_]{0,62}$",
        description="a lower-case letter, then up to 62 lower-case letters, digits and underscores",
    ),
]
# Names of sizes in a cloud; the checks say which it offers.
InstanceClass = Annotated[
    str, Field(pattern=r"^[a-z0-9]+([.][a-z0-9]+)*$", max_length=30, description="a class such as db.m7g.large")
]
NodeType = Annotated[
    str, Field(pattern=r"^[a-z0-9]+([.][a-z0-9]+)*$", max_length=30, description="a type such as cache.m7g.large")
]
CloudSqlTier = Annotated[
    str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=30, description="a tier such as db-custom-2-8192")
]
BurstableSize = Annotated[
    str, Field(pattern=r"^B[1-9][0-9]?[a-z]{1,3}$", description="a size of burstable machines such as B2s")
]
GeneralPurposeSize = Annotated[
    str, Field(pattern=r"^D[1-9][0-9]?[a-z]{1,3}$", description="a size of machines, without generation, such as D2ds")
]
SizeName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9]{0,15}$", description="the name of a size in policy.yaml, such as medium")
]
TimeUtc = Annotated[
    str,
    Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description='hours and minutes, in quotes: "03:00"'),
]
VariableName = Annotated[
    str,
    Field(
        pattern=r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$",
        max_length=64,
        description="the name of a variable: capital letters, digits and single underscores, such as LOG_LEVEL",
    ),
]
# Becomes a part of programs, descriptions and subjects as it stands.
Title = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9]+([ -][A-Za-z0-9]+)*$",
        max_length=60,
        description="up to 60 unaccented letters and digits, with single spaces or hyphens between them",
    ),
]
# Control characters, line separators and marks that turn the direction of writing hide what a line says.
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff"
# Nothing that templates read: {{resolve:…}} of CloudFormation, ${…} and %{…} of Terraform, $(…) of Kubernetes.
VariableText = Annotated[
    str,
    Field(
        pattern=rf"^[^${{}}{_UNSEEN}]+$",
        max_length=1024,
        description="one line of up to 1024 characters, none of them $, { or }",
    ),
]
# Free text: whatever writes it into a program escapes it.
Line = Annotated[
    str,
    Field(
        pattern=rf"^[^ {_UNSEEN}]([^{_UNSEEN}]*[^ {_UNSEEN}])?$",
        max_length=300,
        description="a line of up to 300 visible characters that neither begins nor ends with a space",
    ),
]

Percent = Annotated[int, Field(ge=1, le=100)]
Days = Annotated[int, Field(ge=1, le=36500)]
# Wide enough for any deployment, narrow enough that no unit, product or format of a cloud overflows.
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Milliseconds = Annotated[int, Field(ge=1, le=3_600_000)]
# Units of a currency for a US dollar.
Rate = Annotated[float, Field(ge=0.001, le=1_000_000, allow_inf_nan=False)]
Dollars = Annotated[int, Field(ge=1, le=10_000_000)]
# Cloud Monitoring runs an uptime check every 1, 5, 10 or 15 minutes ("Method: projects.uptimeCheckConfigs.create").
CheckMinutes = Annotated[Literal[1, 5, 10, 15], BeforeValidator(_no_boolean)]
# The only retentions that CloudWatch Logs knows (PutRetentionPolicy, API reference).
LogDays = Annotated[
    Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
    BeforeValidator(_no_boolean),
]
# A week, a month or two years (PerformanceInsightsRetentionPeriod, RDS API reference).
InsightsDays = Annotated[Literal[7, 31, 731], BeforeValidator(_no_boolean)]


# Who may delete a backup before its time: anybody with the permission, a privileged person, nobody. The last cannot be
# taken back.
VaultLock = Literal["none", "governance", "compliance"]


class Settings(BaseModel):
    """Base of all settings: unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Place(Settings):
    """Place on a cloud, of an environment or of what belongs to none.

    ``examples`` is what the repository's example values begin with, by their keys; the first is the id of the place.
    """

    examples: ClassVar[Mapping[str, str]]

    @property
    def id_key(self) -> str:
        """Key of the id."""
        return next(iter(self.examples))

    @property
    def example_keys(self) -> tuple[str, ...]:
        """Keys that hold example values."""
        return tuple(key for key, example in self.examples.items() if self._holds(key, example))

    def _holds(self, key: str, example: str) -> bool:
        value = getattr(self, key)
        return any(str(item).startswith(example) for item in (value if isinstance(value, tuple) else (value,)))
