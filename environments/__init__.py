"""What differs between environments, as data, and the one function that reads it."""

from environments.checks.examples import example_values
from environments.choice import chosen
from environments.findings import EnvironmentsError, Finding
from environments.loading import load
from environments.model import (
    CacheSettings,
    DatabaseSettings,
    EdgeSettings,
    Environment,
    NetworkSettings,
    Receivers,
    RecoverySettings,
    ServiceSettings,
)
from environments.policy import (
    AlarmLevel,
    AlarmPolicy,
    BackupPolicy,
    GrowthPolicy,
    ImagePolicy,
    ObjectPolicy,
    Policy,
    Region,
    ScalingPolicy,
    SecurityPolicy,
    Sizes,
)

__all__ = [
    "AlarmLevel",
    "AlarmPolicy",
    "BackupPolicy",
    "CacheSettings",
    "DatabaseSettings",
    "EdgeSettings",
    "Environment",
    "EnvironmentsError",
    "Finding",
    "GrowthPolicy",
    "ImagePolicy",
    "NetworkSettings",
    "ObjectPolicy",
    "Policy",
    "Receivers",
    "RecoverySettings",
    "Region",
    "ScalingPolicy",
    "SecurityPolicy",
    "ServiceSettings",
    "Sizes",
    "chosen",
    "example_values",
    "load",
]
