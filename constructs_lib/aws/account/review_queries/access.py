"""Who may do what, what is exposed, and what is known to be weak (SEC-12, IMP-5)."""

from constructs_lib.aws.account.review_queries.query import Fact

# Answers stay below what a state may hold, 256 KiB ("Service quotas", Step Functions developer guide).
_ROLES_PER_PAGE = 20
_FINDINGS_PER_PAGE = 50


def identities() -> list[Fact]:
    """Return who there is, what each may do, and when it was last used."""
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


def findings_of_access(**analyzers: str) -> list[Fact]:
    """Return what the analyzers of access found, by the kind of access that each looks for."""
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


def vulnerabilities() -> Fact:
    """Return which severe weaknesses the images of the registry have."""
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
