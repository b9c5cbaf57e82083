"""What was spent, what could be paid for in advance, what is too large or too small (CST-2, CST-4, CST-7)."""

from constructs_lib.aws.account.review_queries.query import Fact

_LAST_MONTH = {"Start": "{% $start %}", "End": "{% $end %}"}
# What can be paid for in advance here, as Cost Explorer calls it.
RESERVED = {
    "database": "Amazon Relational Database Service",
    "cache": "Amazon ElastiCache",
}


def spent() -> list[Fact]:
    """Return what last month cost, by tag."""
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


def purchases() -> list[Fact]:
    """Return what AWS recommends to pay for in advance."""
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


def sizes() -> list[Fact]:
    """Return which sizes AWS recommends, from the metrics."""
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
