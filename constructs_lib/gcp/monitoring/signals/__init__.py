"""Signals of an environment, one file per part; each function returns a section of the dashboard and its alarms."""

from constructs_lib.gcp.monitoring.signals.cache import cache
from constructs_lib.gcp.monitoring.signals.database import database, replica
from constructs_lib.gcp.monitoring.signals.edge import cdn, certificates
from constructs_lib.gcp.monitoring.signals.service import service
from constructs_lib.gcp.monitoring.signals.users import users

__all__ = ["cache", "cdn", "certificates", "database", "replica", "service", "users"]
