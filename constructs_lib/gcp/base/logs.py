"""Log buckets with encryption and a retention."""

from collections.abc import Mapping

from cdktf_cdktf_provider_google.data_google_logging_project_cmek_settings import DataGoogleLoggingProjectCmekSettings
from cdktf_cdktf_provider_google.logging_project_bucket_config import (
    LoggingProjectBucketConfig,
    LoggingProjectBucketConfigCmekSettings,
)
from cdktf_cdktf_provider_google.logging_project_exclusion import LoggingProjectExclusion
from cdktf_cdktf_provider_google.logging_project_sink import LoggingProjectSink
from constructs import Construct

from constructs_lib.gcp.base.keys import Key
from constructs_lib.naming import PROJECT

# Audit logs go to another bucket with another retention.
_NO_AUDIT = '-logName:"cloudaudit.googleapis.com"'
# Filters of each component's entries ("Monitored resources and services", Cloud Logging documentation).
_FILTERS = {
    "network": " OR ".join(f'log_id("compute.googleapis.com/{log}")' for log in ("vpc_flows", "firewall", "nat_flows")),
    "database": f'resource.type="cloudsql_database" {_NO_AUDIT}',
    "cache": f'resource.type=("redis_instance" OR "memorystore.googleapis.com/Instance") {_NO_AUDIT}',
    "service": f'resource.type="k8s_container" resource.labels.namespace_name="{PROJECT}"',
    "edge": 'resource.type="http_load_balancer"',
}


class Logs(Construct):
    """Log bucket of each component with its own retention. Other logs stay for 30 days, Google's default.

    Args:
        days: retention by component: network, database, cache, service, edge.
        region: region of the buckets.
        project: id of the project.
        key: encryption key.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, days: Mapping[str, int], region: str, project: str, key: Key
    ) -> None:
        super().__init__(scope, construct_id)
        agent = DataGoogleLoggingProjectCmekSettings(self, "agent", project=project)
        grant = key.grant_use("logging", f"serviceAccount:{agent.service_account_id}")
        for component, kept in days.items():
            bucket = LoggingProjectBucketConfig(
                self,
                component,
                project=project,
                location=region,
                bucket_id=component,
                retention_days=kept,
                cmek_settings=LoggingProjectBucketConfigCmekSettings(kms_key_name=key.key.id),
                depends_on=[grant],
            )
            sink = LoggingProjectSink(
                self,
                f"{component}-sink",
                name=component,
                destination=f"logging.googleapis.com/{bucket.id}",
                filter=_FILTERS[component],
                unique_writer_identity=True,
            )
            # Without this exclusion every entry would be stored and billed twice.
            LoggingProjectExclusion(
                self,
                f"{component}-once",
                name=component,
                description="Stored in the component's own log bucket",
                filter=_FILTERS[component],
                depends_on=[sink],
            )
