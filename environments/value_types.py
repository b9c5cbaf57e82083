"""Base class of the settings, and the types of single values.

A type's description says what is allowed; it is part of the error message and of the editor's help.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_DOMAIN = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]{2,63}"

AwsAccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$", description="twelve digits, in quotes")]
AwsRegionName = Annotated[
    str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", description="the name of a region, such as us-east-1")
]
DomainName = Annotated[
    str, Field(pattern=f"^{_DOMAIN}$", max_length=253, description="a domain in lower case, such as goodies.example")
]
# Narrower than the standard; a complete parser would cost more to import than everything else here.
EmailAddress = Annotated[
    str,
    Field(
        pattern=f"^[A-Za-z0-9_+-]+([.][A-Za-z0-9_+-]+)*@{_DOMAIN}$",
        max_length=254,
        description="an e-mail address such as team@goodies.example, its domain in lower case",
    ),
]
EndpointName = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", description="the last part of an endpoint's name, such as ecr.api"),
]
GcpProjectId = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$",
        description="the id of a project: 6 to 30 lower-case letters, digits and hyphens",
    ),
]
GcpRegionName = Annotated[
    str, Field(pattern=r"^[a-z]+-[a-z]+[0-9]+$", description="the name of a region, such as us-central1")
]
SizeName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9]{0,15}$", description="the name of a size in policy.yaml, such as medium")
]
TimeUtc = Annotated[
    str,
    Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description='hours and minutes, in quotes: "03:00"'),
]
# Nothing that templates read: {{resolve:…}} of CloudFormation, ${…} and %{…} of Terraform, $(…) of Kubernetes.
VariableText = Annotated[
    str,
    Field(
        pattern=r"^[^\x00-\x1f\x7f${}]+$",
        max_length=1024,
        description="one line of up to 1024 characters, none of them $, { or }",
    ),
]
VariableName = Annotated[
    str,
    Field(
        pattern=r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$",
        max_length=64,
        description="the name of a variable: capital letters, digits and single underscores, such as LOG_LEVEL",
    ),
]
Percent = Annotated[int, Field(ge=1, le=100)]
Days = Annotated[int, Field(ge=1, le=36500)]
# The only retentions that CloudWatch Logs knows (PutRetentionPolicy, API reference).
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


# Who may delete a backup before its time: anybody with the permission, a privileged person, nobody. The last cannot be
# taken back.
VaultLock = Literal["none", "governance", "compliance"]


class Settings(BaseModel):
    """Base of all settings: unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)
