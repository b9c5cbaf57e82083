"""Queries on identities, access findings and vulnerabilities (SEC-12, IMP-5)."""

from constructs_lib.aws.account.review_queries.query import ReviewQuery

# Answers stay below what a state may hold, 256 KiB ("Service quotas", Step Functions developer guide). A finding of
# Inspector with its packages and references may have 10 KiB.
_MAX_ROLES = 20
_MAX_FINDINGS = 20


def identities() -> list[ReviewQuery]:
    """Return the queries on identities: their permissions and when they were last used."""
    return [
        ReviewQuery(
            name="CredentialReportIsWritten",
            service="iam",
            action="generateCredentialReport",
            permission="iam:GenerateCredentialReport",
        ),
        ReviewQuery(name="People", service="iam", action="getCredentialReport", permission="iam:GetCredentialReport"),
        ReviewQuery(
            name="Roles",
            service="iam",
            action="getAccountAuthorizationDetails",
            permission="iam:GetAccountAuthorizationDetails",
            parameters={"Filter": ["User", "Group", "Role", "LocalManagedPolicy"], "MaxItems": _MAX_ROLES},
            next_token=("Marker", "Marker"),
        ),
    ]


def access_findings(**analyzers: str) -> list[ReviewQuery]:
    """Return the query on the findings of each analyzer; keywords are kinds of access, values are ARNs."""
    return [
        ReviewQuery(
            name=f"{name.title()}Access",
            service="accessanalyzer",
            action="listFindingsV2",
            # The call's second version has no permission of its own ("Actions defined by IAM Access Analyzer").
            permission="access-analyzer:ListFindings",
            parameters={
                "AnalyzerArn": analyzer,
                "Filter": {"status": {"Eq": ["ACTIVE"]}},
                "MaxResults": _MAX_FINDINGS,
            },
            resources=[analyzer],
            next_token=("NextToken", "NextToken"),
            figures=f"$string($count($states.result.Findings)) & ' findings of {name} access\n'",
        )
        for name, analyzer in analyzers.items()
    ]


def vulnerabilities() -> ReviewQuery:
    """Return the query on critical and high vulnerabilities of the registry's images."""
    severe = [{"Comparison": "EQUALS", "Value": severity} for severity in ("CRITICAL", "HIGH")]
    return ReviewQuery(
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
            "MaxResults": _MAX_FINDINGS,
        },
        next_token=("NextToken", "NextToken"),
        figures="$join($states.result.Findings.(Severity & ' ' & Title & '\n'), '')",
    )
