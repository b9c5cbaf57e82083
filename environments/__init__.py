"""What differs between environments, as data, and the one function that reads it."""

from environments.loading import EnvironmentsError, load
from environments.model import (
    AlarmLevel,
    AlarmPolicy,
    BackupPolicy,
    CacheSettings,
    DatabaseSettings,
    EdgeSettings,
    Environment,
    ImagePolicy,
    NetworkSettings,
    ObjectPolicy,
    Policy,
    Receivers,
    RecoverySettings,
    Region,
    ScalingPolicy,
    SecurityPolicy,
    ServiceSettings,
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
    "load",
]
