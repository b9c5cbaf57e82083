"""Cloud KMS: a key has a first version from the start."""

from collections.abc import Mapping
from typing import Any

from local.gcp.rest.resources import Resource, computes

_SYMMETRIC = "GOOGLE_SYMMETRIC_ENCRYPTION"


@computes("cloudkms.cryptoKeys")
def key(resource: Resource) -> Mapping[str, Any]:
    """The primary version, and when the next one is made."""
    template = resource.body["versionTemplate"]
    name = f"{resource.place.path}/cryptoKeyVersions/1"
    now = resource.place.cloud.now()
    version = {
        "algorithm": template.get("algorithm", _SYMMETRIC),
        "createTime": now,
        "generateTime": now,
        "name": name,
        "protectionLevel": template.get("protectionLevel", "SOFTWARE"),
        "state": "ENABLED",
    }
    documents = resource.place.cloud.documents("cloudkms")
    if documents.get(name) is None:
        documents.put(name, {"body": {}, "outputs": version})
    return {"primary": resource.outputs.get("primary", version)} if template["algorithm"] == _SYMMETRIC else {}
