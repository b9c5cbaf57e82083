"""The reviews of an account, and what each asks AWS (SEC-12, IMP-5, IMP-6, IMP-7, CST-2, CST-4, CST-7, CST-8)."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.aws.review import Fact, Review, Tickets
from environments import Reviews as ReviewPolicies

_LAST_MONTH = {"Start": "{% $start %}", "End": "{% $end %}"}
# What can be paid for in advance here, as Cost Explorer calls it.
RESERVED = {
    "database": "Amazon Relational Database Service",
    "cache": "Amazon ElastiCache",
}
# Answers stay below what a state may hold, 256 KiB ("Service quotas", Step Functions developer guide).
_ROLES_PER_PAGE = 20
_FINDINGS_PER_PAGE = 50


class Reviews(Construct):
    """Everything that is looked at regularly, with the answers at hand when the ticket opens."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policies: ReviewPolicies,
        tickets: Tickets,
        external_access: str,
        unused_access: str,
    ) -> None:
        super().__init__(scope, construct_id)
        access = [*_identities(), *_findings_of_access(external=external_access, unused=unused_access)]
        Review(self, "Access", policy=policies.access, tickets=tickets, category="Security", facts=access)
        Review(self, "PenetrationTest", policy=policies.penetration_test, tickets=tickets, category="Security")
        Review(self, "Security", policy=policies.security, tickets=tickets, category="Security")
        Review(
            self,
            "Vulnerabilities",
            policy=policies.vulnerabilities,
            tickets=tickets,
            category="Security",
            facts=[_vulnerabilities()],
            only_with_figures=True,
        )
        Review(self, "Cost", policy=policies.cost, tickets=tickets, category="Cost", facts=_spent())
        Review(self, "Purchases", policy=policies.purchases, tickets=tickets, category="Cost", facts=_purchases())
        sizes = Review(
            self, "RightSizing", policy=policies.right_sizing, tickets=tickets, category="Cost", facts=_sizes()
        )
        _let_enroll(sizes)
        Review(
            self,
            "Unused",
            policy=policies.unused,
            tickets=tickets,
            category="Cost",
            facts=_unused(Stack.of(self)),
            only_with_figures=True,
        )


def _identities() -> list[Fact]:
    return [
        Fact(
            name="CredentialReportIsWritten",
            service="iam",
            action="generateCredentialReport",
            permission="iam:GenerateCredentialReport",
        ),
        Fact(name="People", service="iam", action="getCredentialReport", permission="iam:GetCredentialReport"),
        Fact(
            name="Roles",
            service="iam",
            action="getAccountAuthorizationDetails",
            permission="iam:GetAccountAuthorizationDetails",
            parameters={"Filter": ["User", "Group", "Role", "LocalManagedPolicy"], "MaxItems": _ROLES_PER_PAGE},
            page=("Marker", "Marker"),
        ),
    ]


def _findings_of_access(**analyzers: str) -> list[Fact]:
    return [
        Fact(
            name=f"{name.title()}Access",
            service="accessanalyzer",
            action="listFindingsV2",
            # The call's second version has no permission of its own ("Actions defined by IAM Access Analyzer").
            permission="access-analyzer:ListFindings",
            parameters={
                "AnalyzerArn": analyzer,
                "Filter": {"status": {"Eq": ["ACTIVE"]}},
                "MaxResults": _FINDINGS_PER_PAGE,
            },
            resources=[analyzer],
            page=("NextToken", "NextToken"),
            figures=f"$string($count($states.result.Findings)) & ' findings of {name} access\n'",
        )
        for name, analyzer in analyzers.items()
    ]


def _vulnerabilities() -> Fact:
    severe = [{"Comparison": "EQUALS", "Value": severity} for severity in ("CRITICAL", "HIGH")]
    return Fact(
        name="Findings",
        service="inspector2",
        action="listFindings",
        permission="inspector2:ListFindings",
        parameters={
            "FilterCriteria": {
                "Severity": severe,
                "FindingStatus": [{"Comparison": "EQUALS", "Value": "ACTIVE"}],
                "ResourceType": [{"Comparison": "EQUALS", "Value": "AWS_ECR_CONTAINER_IMAGE"}],
            },
            "MaxResults": _FINDINGS_PER_PAGE,
        },
        page=("NextToken", "NextToken"),
        figures="$join($states.result.Findings.(Severity & ' ' & Title & '\n'), '')",
    )


def _spent() -> list[Fact]:
    return [
        Fact(
            name=f"By{tag.title()}",
            service="costexplorer",
            action="getCostAndUsage",
            permission="ce:GetCostAndUsage",
            parameters={
                "TimePeriod": _LAST_MONTH,
                "Granularity": "MONTHLY",
                "Metrics": ["UnblendedCost"],
                "GroupBy": [{"Type": "TAG", "Key": tag}],
            },
            page=("NextPageToken", "NextPageToken"),
            figures="$join($states.result.ResultsByTime.Groups."
            "(Keys[0] & ' ' & Metrics.UnblendedCost.Amount & ' ' & Metrics.UnblendedCost.Unit & '\n'), '')",
        )
        for tag in ("environment", "component")
    ]


def _purchases() -> list[Fact]:
    recommended = "$states.result.Metadata.RecommendationId"
    return [
        *(
            Fact(
                name=f"Reserved{name.title()}",
                service="costexplorer",
                action="getReservationPurchaseRecommendation",
                permission="ce:GetReservationPurchaseRecommendation",
                parameters={
                    "Service": service,
                    "TermInYears": "ONE_YEAR",
                    "PaymentOption": "NO_UPFRONT",
                    "LookbackPeriodInDays": "THIRTY_DAYS",
                },
                figures=f"'{name}: ' & $string($count($states.result.Recommendations)) & ' recommendations\n'",
            )
            for name, service in RESERVED.items()
        ),
        Fact(
            name="SavingsPlan",
            service="costexplorer",
            action="getSavingsPlansPurchaseRecommendation",
            permission="ce:GetSavingsPlansPurchaseRecommendation",
            parameters={
                "SavingsPlansType": "COMPUTE_SP",
                "TermInYears": "ONE_YEAR",
                "PaymentOption": "NO_UPFRONT",
                "LookbackPeriodInDays": "THIRTY_DAYS",
            },
            figures=f"'tasks: recommendation ' & ({recommended} ? {recommended} : 'none') & '\n'",
        ),
    ]


def _sizes() -> list[Fact]:
    return [
        # No resource of CloudFormation enrolls an account; asking for it again changes nothing.
        Fact(
            name="Enrollment",
            service="computeoptimizer",
            action="updateEnrollmentStatus",
            permission="compute-optimizer:UpdateEnrollmentStatus",
            parameters={"Status": "Active"},
        ),
        Fact(
            name="Services",
            service="computeoptimizer",
            action="getECSServiceRecommendations",
            permission="compute-optimizer:GetECSServiceRecommendations",
            page=("NextToken", "NextToken"),
            figures="$join($states.result.EcsServiceRecommendations.(ServiceArn & ' ' & Finding & '\n'), '')",
        ),
        Fact(
            name="Databases",
            service="computeoptimizer",
            action="getRDSDatabaseRecommendations",
            permission="compute-optimizer:GetRDSDatabaseRecommendations",
            page=("NextToken", "NextToken"),
            figures="$join($states.result.RdsDBRecommendations.(ResourceArn & ' ' & InstanceFinding & '\n'), '')",
        ),
    ]


def _let_enroll(review: Review) -> None:
    # "Controlling access with AWS Identity and Access Management", Compute Optimizer user guide.
    service = "compute-optimizer.amazonaws.com"
    role = Stack.of(review).format_arn(
        service="iam",
        region="",
        resource="role",
        resource_name=f"aws-service-role/{service}/AWSServiceRoleForComputeOptimizer",
    )
    review.machine.add_to_role_policy(
        iam.PolicyStatement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[role],
            conditions={"StringEquals": {"iam:AWSServiceName": service}},
        )
    )


def _unused(stack: Stack) -> list[Fact]:
    return [
        Fact(
            name="Addresses",
            service="ec2",
            action="describeAddresses",
            permission="ec2:DescribeAddresses",
            figures="$join($states.result.Addresses[$not($exists(AssociationId))].(PublicIp & '\n'), '')",
        ),
        Fact(
            name="Volumes",
            service="ec2",
            action="describeVolumes",
            permission="ec2:DescribeVolumes",
            parameters={"Filters": [{"Name": "status", "Values": ["available"]}]},
            page=("NextToken", "NextToken"),
            figures="$join($states.result.Volumes.(VolumeId & '\n'), '')",
        ),
        Fact(
            name="VolumeSnapshots",
            service="ec2",
            action="describeSnapshots",
            permission="ec2:DescribeSnapshots",
            parameters={"OwnerIds": ["self"]},
            page=("NextToken", "NextToken"),
            figures="$join($states.result.Snapshots.(SnapshotId & '\n'), '')",
        ),
        # Automatic snapshots go by themselves; what is left was made by hand or when something was deleted.
        Fact(
            name="DatabaseSnapshots",
            service="rds",
            action="describeDBSnapshots",
            permission="rds:DescribeDBSnapshots",
            parameters={"SnapshotType": "manual"},
            resources=[_of(stack, "rds", "db"), _of(stack, "rds", "snapshot")],
            page=("Marker", "Marker"),
            figures="$join($states.result.DbSnapshots.(DbSnapshotIdentifier & '\n'), '')",
        ),
        Fact(
            name="CacheSnapshots",
            service="elasticache",
            action="describeSnapshots",
            permission="elasticache:DescribeSnapshots",
            parameters={"SnapshotSource": "manual"},
            page=("Marker", "Marker"),
            figures="$join($states.result.Snapshots.(SnapshotName & '\n'), '')",
        ),
    ]


def _of(stack: Stack, service: str, kind: str) -> str:
    return stack.format_arn(service=service, resource=kind, resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME)
