"""Table of all that the embedded Google Cloud refuses, and of what it only keeps, for ``docs/clouds/gcp.md``."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import yaml

from assembly.revisions import CHECKOUT
from local.gcp.iam import guard
from local.gcp.refusals import autopilot, switches
from local.gcp.refusals.rules import RULES
from local.gcp.rest import checks
from local.proxy.refusals import Row, Table

_STORED = Path(__file__).with_name("stored.yaml")
_DISCOVERY = "discovery documents of Google's APIs, `local/gcp/rest/discovery`"
_CHECKED: Mapping[Callable[..., object], str] = {
    checks.check_type: "A value of another type than its field's, a number out of range, a time of another form",
    checks.check_enum: "A value that its enumeration does not have",
    checks.check_names: "A field that the method does not know",
    checks.check_required: "A field or a parameter that the method requires and the request lacks",
    checks.check_pattern: "A value that does not match the pattern of its field",
    checks.check_mask: "A mask of fields that names one that the resource does not have",
}
_KUBERNETES = (
    (
        "A field that a kind of Kubernetes does not know, a value of another type, out of bounds or not allowed",
        "published OpenAPI schemas",
    ),
    (
        "An object whose fields contradict each other, change what cannot be changed, or have a stale version",
        "pkg/apis of kubernetes/kubernetes",
    ),
)
_CLUSTER = (
    (
        "Pods that break the Pod Security level of their namespace, or its quotas, are never made: the Deployment "
        "passes its deadline, with the reason in its conditions; objects beyond a quota are refused.",
        "package policy of k8s.io/pod-security-admission; plugin resourcequota of k8s.io/apiserver",
    ),
    (autopilot.TEXT, autopilot.SOURCE),
)
_VERSIONS = (
    "A change or a policy with an etag or a fingerprint that is not the current one is refused.",
    '"Policy", IAM API reference; "fingerprint" and "etag" of each API reference',
)


def rows() -> Iterator[Row]:
    """Yield all rows: what is checked, simulated and stored, in this order."""
    for check in checks.CHECKS:
        yield Row(text=f"{_CHECKED[check]} is refused.", proof="checked", source=_DISCOVERY)
    for text, source in _KUBERNETES:
        yield Row(text=f"{text} is refused.", proof="checked", source=source)
    for text, source in (
        _VERSIONS,
        (guard.TEXT, guard.SOURCE),
        *((rule.text, rule.source) for rule in RULES),
        *_CLUSTER,
    ):
        yield Row(text=text, proof="simulated", source=source)
    for row in yaml.safe_load(_STORED.read_text()):
        yield Row(text=row["text"], proof="stored", source=row["source"])


TABLE = Table(
    file=CHECKOUT / "docs" / "clouds" / "gcp.md",
    name="the embedded Google Cloud",
    command="python -m local refusals-doc",
    rows=rows,
    switches=switches.SWITCHES,
)
