"""Table of all that the embedded Azure refuses, and of what it only keeps, for ``docs/clouds/azure.md``."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from assembly.revisions import CHECKOUT
from local.azure.refusals.rules import RULES
from local.azure.switches import SWITCHES
from local.proxy.refusals import Row, Table

_STORED = Path(__file__).with_name("stored.yaml")
_PACKAGES = "Microsoft's management packages, generated from its published specifications, `local/azure/arm/schemas`"
_CHECKED = (
    "A value of another type than its property's",
    "A value that its enumeration does not have",
    "A property that the type does not know",
)
_SIMULATED = (
    (
        "A key or a secret that was deleted keeps its name for the vault's retention; under purge protection it is not "
        "purged.",
        '"Azure Key Vault soft-delete overview"; "Key Vault REST API error codes"',
    ),
    (
        "What a vault or a storage account holds is refused to a caller whose address its firewall does not name, or "
        "where it has no public access.",
        '"Configure network security for Azure Key Vault"; "Azure Storage firewall rules"; azurerm issues 20742, 15683',
    ),
    (
        "A blob that another has leased is not written, a lease not taken twice; a condition on a version that is not "
        "the current one is refused.",
        '"Lease Blob" and "Specifying conditional headers for Blob service operations"',
    ),
    (
        "A resource whose group, or whose holder, is not there is refused.",
        '"Resolve errors for parent resource not found", Resource Manager',
    ),
)


def rows() -> Iterator[Row]:
    """Yield all rows: what is checked, simulated and stored, in this order."""
    for text in _CHECKED:
        yield Row(text=f"{text} is refused.", proof="checked", source=_PACKAGES)
    for text, source in (*((rule.text, rule.source) for rule in RULES), *_SIMULATED):
        yield Row(text=text, proof="simulated", source=source)
    for row in yaml.safe_load(_STORED.read_text()):
        yield Row(text=row["text"], proof="stored", source=row["source"])


TABLE = Table(
    file=CHECKOUT / "docs" / "clouds" / "azure.md",
    name="the embedded Azure",
    command="python -m local refusals-doc",
    rows=rows,
    switches=SWITCHES,
)
