"""Programs that stand for Terraform and the CDKTF's CLI, as far as a deploy asks them.

``write_terraform`` writes a terraform that installs empty providers from the mirror of its settings. ``python
fake_tools.py BEHAVIOUR FOLDER deploy STACK …`` is the CLI: it puts a state into the bucket, as its environment leads
there, and writes what Terraform writes.
"""

import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

VERSION = "1.11.4"
PLATFORM = "linux_amd64"
_TERRAFORM = """#!{python} -SE
import json, os, re, sys
folder, words = sys.argv[1].partition("=")[2], sys.argv[2:]
with open({calls!r}, "a") as calls:
    calls.write(json.dumps([words, dict(os.environ)]) + "\\n")
if words[0] == "version":
    print(json.dumps({{"terraform_version": {version!r}, "platform": {platform!r}}}))
if words[:2] == ["init", "-backend=false"]:
    with open(os.environ["TF_CLI_CONFIG_FILE"]) as file:
        mirror = re.search(r'path = "(.*)"', file.read())
    if not mirror:
        sys.exit("Error: Failed to query available provider packages")
    with open(os.path.join(folder, "main.tf.json")) as file:
        required = json.load(file)["terraform"]["required_providers"]
    for entry in required.values():
        parts = entry["source"].split("/")
        name = "/".join([*["registry.terraform.io", "hashicorp"][: 3 - len(parts)], *parts])
        place = os.path.join(name, entry["version"], {platform!r})
        link = os.path.join(folder, ".terraform", "providers", place)
        os.makedirs(os.path.dirname(link), exist_ok=True)
        os.symlink(os.path.join(mirror[1], place), link)
sys.exit({refused!r} if words[:2] == ["state", "push"] and {refused!r} else 0)
"""
STATE_PROJECT = "example-goodies-shared"
STATE = {
    "serial": 1,
    "lineage": "a",
    "outputs": {"Url": {"value": "https://api"}, "Password": {"value": "hidden", "sensitive": True}},
    "resources": [{"mode": "managed", "type": "google_storage_bucket", "name": "State", "instances": [{}]}],
}
CREATED = [
    "gcp-shared  Terraform will perform the following actions:",
    "Plan: 1 to import, 1 to add, 0 to change, 0 to destroy.",
    "gcp-shared  google_kms_key_ring.Key: Importing... [id=projects/acme]",
    "google_kms_key_ring.Key: Import complete [id=projects/acme]",
    "gcp-shared  google_storage_bucket.State_bucket_FD (State/bucket): Creating...",
    "google_storage_bucket.State_bucket_FD (State/bucket): Creation complete after 0s [id=acme]",
]
UNCHANGED = ["gcp-shared  No changes. Your infrastructure matches the configuration."]
APPLIED = ["gcp-shared  Apply complete! Resources: 1 added, 0 changed, 0 destroyed."]
REFUSED = [
    "gcp-shared  Error: Error creating Bucket: googleapi: Error 409: Your previous request to create the",
    "named bucket succeeded and you already own it., conflict",
    "  with google_storage_bucket.State (State/bucket),",
    "  on cdk.tf.json line 7, in resource.google_storage_bucket.State (State/bucket):",
    "  7:       }",
    "undefined",
    "Collecting Debug Information...",
    "language: python",
]

# What azurerm 4.55.0 says, and cdktf's CLI writes, where a key and a secret are in no state.
UNRECORDED = [
    'azure-dev  Error: a resource with the ID "https://dev.vault.azure.net/keys/goodies/4793" already exists - to be',
    "managed via Terraform this resource needs to be imported into the State. Please see the resource documentation",
    'for "azurerm_key_vault_key" for more information',
    "  with azurerm_key_vault_key.Key_key_AF77E099 (Key/key),",
    "  on cdk.tf.json line 7, in resource.azurerm_key_vault_key.Key_key_AF77E099 (Key/key):",
    "  7:       }",
    'azure-dev  Error: a resource with the ID "https://dev.vault.azure.net/secrets/jwt-secret/7561" already exists -',
    "to be managed via Terraform this resource needs to be imported into the State. Please see the resource",
    'documentation for "azurerm_key_vault_secret" for more information',
    "  with azurerm_key_vault_secret.Secrets_Jwt_eastus_4A8ABE0E (Secrets/Jwt/eastus),",
    "  on cdk.tf.json line 9, in resource.azurerm_key_vault_secret.Secrets_Jwt_eastus_4A8ABE0E (Secrets/Jwt/eastus):",
    "undefined",
    "Collecting Debug Information...",
]


def write_terraform(folder: Path, *, version: str = VERSION, refused: str = "") -> Path:
    """Write a terraform into a folder; return the file of its calls.

    Args:
        folder: for the PATH.
        version: that it says it has.
        refused: what it says to ``state push``, with an error.
    """
    folder.mkdir(exist_ok=True)
    calls, program = folder / "calls", folder / "terraform"
    program.write_text(
        _TERRAFORM.format(python=sys.executable, calls=str(calls), version=version, platform=PLATFORM, refused=refused)
    )
    program.chmod(0o755)
    return calls


def write_mirror(folder: Path, *, versions: dict[str, str]) -> Path:
    """Write a filesystem mirror of empty providers of HashiCorp; return it."""
    for name, version in versions.items():
        place = folder / "registry.terraform.io" / "hashicorp" / name / version / PLATFORM
        place.mkdir(parents=True)
        (place / f"terraform-provider-{name}_v{version}_x5").touch()
    return folder


def main(behaviour: str, marker: Path, command: str, name: str, *options: str) -> None:
    """Deploy a stack, or do what the behaviour says."""
    assert (command, options[-2]) == ("deploy", "--output")
    folder = Path(options[-1], "stacks", name)
    created, unchanged, applied, refused = (
        [line.replace("gcp-shared  ", f"{name}  ") for line in lines]
        for lines in (CREATED, UNCHANGED, APPLIED, REFUSED)
    )
    template = json.loads((folder / "cdk.tf.json").read_text())
    if marker.is_dir():
        (marker / name).write_text(json.dumps({"options": options, "environment": dict(os.environ)}))
    if behaviour == "wait":
        say(created[:5])
        marker.write_text(str(os.getpid()))
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            say(["Interrupt received.", "Gracefully shutting down..."])
            sys.exit(0)  # as the CLI does
    if behaviour == "linger":
        say(created[:5])
        marker.write_text(str(os.getpid()))
        while marker.exists():
            time.sleep(0.05)
        say(created[5:])
    if behaviour == "always lose" or (behaviour == "lose" and not (marker / "lost").exists()):
        (marker / "lost").touch()
        say([line.replace("azure-dev  ", f"{name}  ") for line in UNRECORDED])
        sys.exit(1)
    if behaviour == "refuse":
        say([*created[:4], *refused])
        sys.exit(1)
    backends = template["terraform"]["backend"]
    if "azurerm" in backends:
        put_blob(backends["azurerm"])
        say([*(unchanged if behaviour == "unchanged" else created), *applied])
        return
    backend = backends["gcs"]
    send(
        f"storage.googleapis.com/upload/storage/v1/b/{backend['bucket']}/o?uploadType=media"
        f"&name={backend['prefix']}/default.tfstate",
        STATE,
    )
    for repository in template["resource"].get("google_artifact_registry_repository", {}).values():
        place = f"projects/{STATE_PROJECT}/locations/{repository['location']}/repositories"
        send(
            f"artifactregistry.googleapis.com/v1/{place}?repositoryId={repository['repository_id']}",
            {"format": repository["format"]},
        )
    say([*(unchanged if behaviour == "unchanged" else created), *applied])


def put_blob(backend: dict[str, str]) -> None:
    """Log in and write a state, as Terraform's azurerm backend does."""
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["ARM_CLIENT_ID"],
        "client_secret": os.environ["ARM_CLIENT_SECRET"],
        "scope": "https://storage.azure.com/.default",
    }
    log_in = f"https://login.microsoftonline.com/{backend['tenant_id']}/oauth2/v2.0/token"
    with opener().open(urllib.request.Request(log_in, urllib.parse.urlencode(form).encode())) as answer:
        token = json.load(answer)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "x-ms-blob-type": "BlockBlob"}
    host = f"{backend['storage_account_name']}.blob.core.windows.net"
    address = f"https://{host}/{backend['container_name']}/{backend['key']}"
    request = urllib.request.Request(address, json.dumps(STATE).encode(), headers, method="PUT")
    opener().open(request).close()


def opener() -> urllib.request.OpenerDirector:
    """Return what trusts the embedded cloud alone."""
    trusted = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusted))


def send(address: str, body: object) -> None:
    """Send a request as Terraform does; what is there already stays."""
    token = {"Authorization": f"Bearer {os.environ['GOOGLE_OAUTH_ACCESS_TOKEN']}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"https://{address}", json.dumps(body).encode(), token)
    try:
        opener().open(request).close()
    except urllib.error.HTTPError as error:
        if error.code != 409:
            raise


def say(lines: list[str]) -> None:
    """Write lines at once."""
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
