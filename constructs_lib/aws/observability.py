"""What an operator looks at (AWS-11)."""

import cdk_monitoring_constructs as monitoring
from constructs import Construct

from constructs_lib.aws.cache import Cache
from constructs_lib.aws.database import Database
from constructs_lib.aws.edge import Edge
from constructs_lib.aws.findings import acknowledge
from constructs_lib.aws.load_balancer import LoadBalancer
from constructs_lib.aws.service import Service


class Observability(Construct):
    """One dashboard per environment, from the edge down to the data.

    Attributes:
        dashboard_name: what to open in CloudWatch.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        edge: Edge,
        entrance: LoadBalancer,
        service: Service,
        database: Database,
        cache: Cache,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dashboard_name = name
        facade = monitoring.MonitoringFacade(
            self,
            "Monitoring",
            metric_factory_defaults=monitoring.MetricFactoryDefaults(namespace=name),
            alarm_factory_defaults=monitoring.AlarmFactoryDefaults(actions_enabled=True, alarm_name_prefix=name),
            dashboard_factory=monitoring.DefaultDashboardFactory(
                self, "Dashboards", dashboard_name_prefix=name, create_summary_dashboard=False
            ),
        )
        facade.add_large_header(name)
        facade.monitor_cloud_front_distribution(
            distribution=edge.distribution, human_readable_name="CDN", additional_metrics_enabled=True
        )
        facade.monitor_fargate_application_load_balancer(
            fargate_service=service.service,
            application_load_balancer=entrance.load_balancer,
            application_target_group=entrance.blue,
            human_readable_name="Service",
        )
        facade.monitor_rds_instance(instance=database.instance, human_readable_name="Database")
        facade.monitor_elasti_cache_cluster(
            cluster_id=cache.first_node_id,
            cluster_type=monitoring.ElastiCacheClusterType.REDIS,
            human_readable_name="Cache",
            alarm_friendly_name="Cache",
        )
        dashboard = facade.created_dashboard()
        if dashboard:
            acknowledge(dashboard, "E1022", because="cfn-lint does not know Fn::GetStackOutput inside Fn::Split")
