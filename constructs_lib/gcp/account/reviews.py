"""Reviews of all projects, and the queries that each runs (SEC-12, IMP-5, IMP-6, IMP-7, CST-2, CST-4, CST-7, CST-8)."""

from collections.abc import Iterator, Sequence

from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from constructs import Construct

from constructs_lib.gcp.account.tickets import ReviewQuery, Tickets
from environments import GcpRegion
from environments import Reviews as ReviewPolicies

_GLOBAL = "global"
# A workflow's variables hold 512 KB together ("Quotas and limits", Workflows documentation), answers included, and a
# policy of a project or a recommendation takes tens of KB.
_PAGE = {"pageSize": "10"}
# Recommenders, and the IAM names of the permissions to read them ("Recommenders", Recommender documentation).
_UNUSED_OF_REGIONS = ("google.compute.address.IdleResourceRecommender", "google.cloudsql.instance.IdleRecommender")
_UNUSED_OF_ZONES = ("google.compute.disk.IdleResourceRecommender",)
_SIZES = (
    "google.cloudsql.instance.OverprovisionedRecommender",
    "google.cloudsql.instance.UnderprovisionedRecommender",
)
_RIGHTS = "google.iam.policy.Recommender"
_PURCHASES = "google.cloudbilling.commitment.SpendBasedCommitmentRecommender"
_ROLES_IN_PROJECTS = (
    "cloudasset.viewer",
    "recommender.cloudsqlViewer",
    "recommender.computeViewer",
    "recommender.iamViewer",
)
_SEVERE = " OR ".join(f'vulnerability.effectiveSeverity="{severity}"' for severity in ("CRITICAL", "HIGH"))
_VULNERABILITIES = f'kind="VULNERABILITY" AND ({_SEVERE})'


class Reviews(Construct):
    """Regular reviews of all projects: the queries of each, whose answers are stored with its ticket.

    Args:
        policies: schedule and checklist of each review.
        tickets: opener of the reviews' tickets.
        projects: ids of the environments' projects, and of the shared one.
        shared: id of the shared project, which holds the images.
        billing_account: id of the billing account of the commitments.
        regions: regions that resources may be in.

    Attributes:
        billing_grant: command that lets the review of purchases read its recommendations. An administrator of billing
            runs it: a deployment has no right to grant roles on a billing account ("Cloud Billing roles and
            permissions", Cloud Billing documentation).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policies: ReviewPolicies,
        tickets: Tickets,
        projects: Sequence[str],
        shared: str,
        billing_account: str,
        regions: Sequence[GcpRegion],
    ) -> None:
        super().__init__(scope, construct_id)
        self._grant_queries(tickets, projects, shared)
        self.billing_grant = (
            f"gcloud billing accounts add-iam-policy-binding {billing_account} --member={tickets.account.member}"
            " --role=roles/recommender.billingAccountCudViewer"
        )
        names = [region.name for region in regions]
        zones = [zone for region in regions for zone in region.zones]
        queries_by_review = {
            "access": [*_access(projects)],
            "vulnerabilities": [_vulnerabilities(shared)],
            "purchases": [_recommended(f"billingAccounts/{billing_account}", _GLOBAL, _PURCHASES)],
            "right_sizing": [*_of_all(projects, names, _SIZES)],
            "unused": [
                *_of_all(projects, [_GLOBAL, *names], _UNUSED_OF_REGIONS),
                *_of_all(projects, zones, _UNUSED_OF_ZONES),
            ],
        }
        for name, policy in policies:
            tickets.open(name, policy=policy, queries=queries_by_review.get(name, []))

    def _grant_queries(self, tickets: Tickets, projects: Sequence[str], shared: str) -> None:
        member = tickets.account.member
        for project in projects:
            for role in _ROLES_IN_PROJECTS:
                ProjectIamMember(self, f"{project}-{role}", project=project, role=f"roles/{role}", member=member)
        ProjectIamMember(
            self, "weaknesses", project=shared, role="roles/containeranalysis.occurrences.viewer", member=member
        )


def _access(projects: Sequence[str]) -> Iterator[ReviewQuery]:
    for project in projects:
        place = f"https://cloudasset.googleapis.com/v1/projects/{project}"
        yield ReviewQuery(name=f"{project}-policies", url=f"{place}:searchAllIamPolicies", list="results", query=_PAGE)
        yield ReviewQuery(
            name=f"{project}-keys",
            url=f"{place}:searchAllResources",
            list="results",
            query={**_PAGE, "assetTypes": "iam.googleapis.com/ServiceAccountKey"},
        )
        yield _recommended(f"projects/{project}", _GLOBAL, _RIGHTS)


def _vulnerabilities(project: str) -> ReviewQuery:
    return ReviewQuery(
        name="weaknesses",
        url=f"https://containeranalysis.googleapis.com/v1/projects/{project}/occurrences",
        list="occurrences",
        query={**_PAGE, "filter": _VULNERABILITIES},
    )


def _of_all(projects: Sequence[str], places: Sequence[str], recommenders: Sequence[str]) -> Iterator[ReviewQuery]:
    for project in projects:
        for place in places:
            for recommender in recommenders:
                if place != _GLOBAL or "address" in recommender:
                    yield _recommended(f"projects/{project}", place, recommender)


def _recommended(parent: str, place: str, recommender: str) -> ReviewQuery:
    return ReviewQuery(
        name="-".join((parent.rpartition("/")[2], place, recommender)),
        url=f"https://recommender.googleapis.com/v1/{parent}/locations/{place}/recommenders/{recommender}/recommendations",
        list="recommendations",
        query={**_PAGE, "filter": "stateInfo.state=ACTIVE"},
    )
