"""Automatic rollback: a workflow that restores the previous revision when a rollback alarm fires (RBK-1)."""

from cdktf_cdktf_provider_google import eventarc_trigger as eventarc
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel
from cdktf_cdktf_provider_google.project_iam_custom_role import ProjectIamCustomRole
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from cdktf_cdktf_provider_google.pubsub_topic import PubsubTopic
from cdktf_cdktf_provider_google.pubsub_topic_iam_member import PubsubTopicIamMember
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_kubernetes import role_binding_v1, role_v1
from constructs import Construct

from constructs_lib import naming
from constructs_lib.container import NO_RELEASE
from constructs_lib.gcp.base.google_workflows import workflow
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.service.cluster import Cluster
from constructs_lib.gcp.service.service import Service
from constructs_lib.kubernetes.task import LABELS
from constructs_lib.kubernetes.workload import PROGRESS_SECONDS
from constructs_lib.naming import PROJECT
from environments import ServiceSettings

_NAME = f"{PROJECT}-undo"
_RBAC = "rbac.authorization.k8s.io"


class Rollback(Construct):
    """Automatic rollback of the latest rollout when a rollback alarm fires during the bake time.

    The alarms count while the pods start and for the bake time after that. Kubernetes itself stops a rollout whose
    pods do not become ready, but never rolls it back.

    Args:
        settings: bake time of a release.
        cluster: cluster of the service.
        service: service to roll back.
        region: region of the workflow.
        project: project of the workflow.
        key: encryption key of workflow and topic.

    Attributes:
        channel: notification channel of the rollback alarms.
        workflow: workflow that rolls back.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: ServiceSettings,
        cluster: Cluster,
        service: Service,
        region: str,
        project: DataGoogleProject,
        key: Key,
    ) -> None:
        super().__init__(scope, construct_id)
        self._project = project
        topic = self._topic(key)
        account = ServiceAccount(
            self, "account", account_id=naming.service_account("rollback"), display_name="Rolls deployments back"
        )
        self._grant_connect(account)
        self._grant_rollback(account, service)
        steps = workflow(
            self,
            "workflow",
            name=_NAME,
            description="Rolls the service back to its previous revision",
            steps="rollback.yaml",
            region=region,
            account=account,
            variables={
                "CLUSTER": cluster.cluster.name,
                "NAMESPACE": service.namespace,
                "DEPLOYMENT": service.name,
                "SELECTOR": ",".join(f"{name}={value}" for name, value in LABELS.items()),
                "NO_RELEASE": f":{NO_RELEASE}$",
                "JUDGED_SECONDS": str(PROGRESS_SECONDS + settings.bake_minutes * 60),
            },
            logged="LOG_ALL_CALLS",
            key=key,
        )
        eventarc.EventarcTrigger(
            self,
            "trigger",
            name=_NAME,
            location=region,
            matching_criteria=[
                eventarc.EventarcTriggerMatchingCriteria(
                    attribute="type", value="google.cloud.pubsub.topic.v1.messagePublished"
                )
            ],
            transport=eventarc.EventarcTriggerTransport(pubsub=eventarc.EventarcTriggerTransportPubsub(topic=topic.id)),
            destination=eventarc.EventarcTriggerDestination(workflow=steps.id),
            service_account=account.email,
        )
        self.workflow = steps
        self.channel = MonitoringNotificationChannel(
            self, "channel", display_name="Rolls deployments back", type="pubsub", labels={"topic": topic.id}
        )

    def _topic(self, key: Key) -> PubsubTopic:
        topic = PubsubTopic(
            self, "topic", name=_NAME, kms_key_name=key.key.id, depends_on=[key.grant_service_agent("gcp-sa-pubsub")]
        )
        PubsubTopicIamMember(
            self,
            "alarms",
            topic=topic.name,
            role="roles/pubsub.publisher",
            member=f"serviceAccount:service-{self._project.number}"
            "@gcp-sa-monitoring-notification.iam.gserviceaccount.com",
        )
        return topic

    def _grant_connect(self, account: ServiceAccount) -> None:
        role = ProjectIamCustomRole(
            self,
            "role",
            role_id="connectToCluster",
            title="Connect to the cluster",
            permissions=["container.clusters.connect", "container.clusters.get"],
        )
        for name, granted in (
            ("connects", role.id),
            ("starts", "roles/workflows.invoker"),
            ("logs", "roles/logging.logWriter"),
        ):
            ProjectIamMember(self, name, project=self._project.project_id, role=granted, member=account.member)

    def _grant_rollback(self, account: ServiceAccount, service: Service) -> None:
        role = role_v1.RoleV1(
            self,
            "undo",
            metadata=role_v1.RoleV1Metadata(name="undo", namespace=service.namespace),
            rule=[
                role_v1.RoleV1Rule(
                    api_groups=["apps"],
                    resources=["deployments"],
                    resource_names=[service.name],
                    verbs=["get", "update"],
                ),
                role_v1.RoleV1Rule(api_groups=["apps"], resources=["replicasets"], verbs=["list"]),
            ],
        )
        role_binding_v1.RoleBindingV1(
            self,
            "binding",
            metadata=role_binding_v1.RoleBindingV1Metadata(name="undo", namespace=service.namespace),
            role_ref=role_binding_v1.RoleBindingV1RoleRef(api_group=_RBAC, kind="Role", name=role.metadata.name),
            # A cluster calls an identity by its number where the token lacks the scope userinfo.email ("Authorize
            # actions in clusters using RBAC", troubleshooting, GKE documentation).
            subject=[
                role_binding_v1.RoleBindingV1Subject(api_group=_RBAC, kind="User", name=name)
                for name in (account.email, account.unique_id)
            ],
        )
