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
    RecoverySettings,
    ServiceSettings,
)
from environments.policy import (
    AccountReceivers,
    AlarmLevel,
    AlarmPolicy,
    BackupPolicy,
    CostPolicy,
    GrowthPolicy,
    ImagePolicy,
    ObjectPolicy,
    Policy,
    Receivers,
    Region,
    Review,
    Reviews,
    ScalingPolicy,
    SecurityPolicy,
    Sizes,
)

__all__ = [
    "AccountReceivers",
    "AlarmLevel",
    "AlarmPolicy",
    "BackupPolicy",
    "CacheSettings",
    "CostPolicy",
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
    "Review",
    "Reviews",
    "ScalingPolicy",
    "SecurityPolicy",
    "ServiceSettings",
    "Sizes",
    "chosen",
    "example_values",
    "load",
]
