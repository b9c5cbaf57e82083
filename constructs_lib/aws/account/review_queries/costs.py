"""Queries on costs, purchase recommendations and right-sizing (CST-2, CST-4, CST-7)."""

from constructs_lib.aws.account.review_queries.query import ReviewQuery

# Answers stay below what a state may hold, 256 KiB ("Service quotas", Step Functions developer guide).
_MAX_RECOMMENDATIONS = 50
_LAST_MONTH = {"Start": "{% $start %}", "End": "{% $end %}"}
# Services with reservations, by the names of Cost Explorer.
RESERVED = {
    "database": "Amazon Relational Database Service",
    "cache": "Amazon ElastiCache",
}


def spent() -> list[ReviewQuery]:
    """Return the queries on last month's costs by tag."""
    return [
        ReviewQuery(
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
            next_token=("NextPageToken", "NextPageToken"),
            figures="$join($states.result.ResultsByTime.Groups."
            "(Keys[0] & ' ' & Metrics.UnblendedCost.Amount & ' ' & Metrics.UnblendedCost.Unit & '\n'), '')",
        )
        for tag in ("environment", "component")
    ]


def purchases() -> list[ReviewQuery]:
    """Return the queries on recommended reservations and Savings Plans."""
    recommended = "$states.result.Metadata.RecommendationId"
    return [
        *(
            ReviewQuery(
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
        ReviewQuery(
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


def sizes() -> list[ReviewQuery]:
    """Return the queries on recommended sizes, which AWS computes from the metrics."""
    return [
        # No resource of CloudFormation enrolls an account; asking for it again changes nothing.
        ReviewQuery(
            name="Enrollment",
            service="computeoptimizer",
            action="updateEnrollmentStatus",
            permission="compute-optimizer:UpdateEnrollmentStatus",
            parameters={"Status": "Active"},
        ),
        ReviewQuery(
            name="Services",
            service="computeoptimizer",
            action="getECSServiceRecommendations",
            permission="compute-optimizer:GetECSServiceRecommendations",
            parameters={"MaxResults": _MAX_RECOMMENDATIONS},
            next_token=("NextToken", "NextToken"),
            figures="$join($states.result.EcsServiceRecommendations.(ServiceArn & ' ' & Finding & '\n'), '')",
        ),
        ReviewQuery(
            name="Databases",
            service="computeoptimizer",
            action="getRDSDatabaseRecommendations",
            permission="compute-optimizer:GetRDSDatabaseRecommendations",
            parameters={"MaxResults": _MAX_RECOMMENDATIONS},
            next_token=("NextToken", "NextToken"),
            figures="$join($states.result.RdsDBRecommendations.(ResourceArn & ' ' & InstanceFinding & '\n'), '')",
        ),
    ]
