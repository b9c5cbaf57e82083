"""A gcloud that keeps its projects in a file, for the tests of the bootstrap.

It knows the commands and options of the Google Cloud CLI that ``gcloud_commands.json`` holds, and refuses any other.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

STATE = Path(os.environ["FAKE_GCLOUD"])
COMMANDS = json.loads(Path(__file__).parents[1].joinpath("gcp", "gcloud_commands.json").read_text())["commands"]
World = dict[str, Any]


def fail(message: str) -> NoReturn:
    print(f"ERROR: (gcloud) {message}", file=sys.stderr)
    raise SystemExit(1)


class Cloud:
    """Fake state of Google Cloud; each gcloud command is a method."""

    def __init__(self, world: World, about: list[str], options: dict[str, str]) -> None:
        self.world, self.about, self.options = world, about, options
        self.name = options.get("project") or (about[0] if about else "")

    @property
    def project(self) -> World:
        found: World = self.world["projects"][self.name]
        return found

    def version(self) -> Any:
        return {"Google Cloud SDK": "528.0.0", **({"beta": "2025.06.20"} if self.world["beta"] else {})}

    def need(self, api: str) -> None:
        if api not in self.project["apis"]:
            fail(f"PERMISSION_DENIED: {api} has not been used in project before or it is disabled.")

    def auth_list(self) -> Any:
        return [{"account": self.world["account"], "status": "ACTIVE"}] if self.world["account"] else []

    def auth_application_default_print_access_token(self) -> Any:
        return "token" if self.world["credentials"] else fail("Your default credentials were not found.")

    def config_list(self) -> Any:
        return {"core": {"project": self.world["configured"]} if self.world["configured"] else {}}

    def projects_describe(self) -> Any:
        if self.name in self.world["foreign"] or self.name not in self.world["projects"]:
            fail(f"[{self.world['account']}] does not have permission to access projects instance [{self.name}]")
        return {
            "projectId": self.name,
            "projectNumber": self.project["number"],
            "lifecycleState": self.project["state"],
        }

    def projects_create(self) -> None:
        if self.name in self.world["foreign"]:
            fail("The project ID you specified is already in use by another project.")
        self.world["projects"][self.name] = {
            "state": "ACTIVE",
            # A number with the digits of two statuses.
            "number": f"40340{len(self.world['projects'])}",
            "billing": "",
            "apis": [],
            "identities": [],
            "roles": {},
            "networks": {},
            "machines": [],
        }

    def billing_projects_describe(self) -> Any:
        return {"billingEnabled": bool(self.project["billing"])}

    def billing_projects_link(self) -> None:
        if self.options["billing-account"] in self.world["closed_accounts"]:
            fail("FAILED_PRECONDITION: Billing account is not open.")
        self.project["billing"] = self.options["billing-account"]

    def services_list(self) -> Any:
        return [{"config": {"name": api}} for api in self.project["apis"]]

    def services_enable(self) -> None:
        if not self.project["billing"]:
            fail("FAILED_PRECONDITION: Billing account for project is not found.")
        self.project["apis"] += self.about
        if "compute.googleapis.com" in self.about:
            self.project["networks"]["default"] = ["default-allow-icmp", "default-allow-ssh"]

    def beta_services_identity_create(self) -> None:
        self.need(self.options["service"])
        self.project["identities"] = sorted({*self.project["identities"], self.options["service"]})

    def projects_add_iam_policy_binding(self) -> None:
        self.name = self.about[0]
        self.project["roles"].setdefault(self.options["member"], [])
        if self.options["role"] not in self.project["roles"][self.options["member"]]:
            self.project["roles"][self.options["member"]].append(self.options["role"])

    def compute_networks_list(self) -> Any:
        self.need("compute.googleapis.com")
        return [{"name": name} for name in self.project["networks"] if self.options["filter"] == f"name={name}"]

    def compute_instances_list(self) -> Any:
        return self.project["machines"]

    def compute_firewall_rules_list(self) -> Any:
        network = self.options["filter"].removeprefix("network~/").removesuffix("$")
        return [{"name": rule} for rule in self.project["networks"][network]]

    def compute_firewall_rules_delete(self) -> None:
        for rules in self.project["networks"].values():
            rules[:] = [rule for rule in rules if rule not in self.about]

    def compute_networks_delete(self) -> None:
        if self.project["networks"].pop(self.about[0]):
            fail("The network resource is already being used by a firewall rule.")

    def storage_service_agent(self) -> None:
        self.world["authorized"] = self.options.get("authorize-cmek") or self.world["authorized"]

    def storage_buckets_describe(self) -> Any:
        return self.world["buckets"].get(self.about[0]) or fail(f"{self.about[0]} not found: 404.")

    def storage_buckets_create(self) -> None:
        if self.options["default-encryption-key"] != self.world["authorized"]:
            fail("Permission denied on Cloud KMS key.")
        self.world["buckets"][self.about[0]] = {"name": self.about[0], **self.options}

    def storage_buckets_update(self) -> None:
        self.world["buckets"][self.about[0]]["versioning_enabled"] = "versioning" in self.options

    def kms_keyrings_describe(self) -> Any:
        return self._key("ring")

    def kms_keys_describe(self) -> Any:
        return self._key("key")

    def kms_keyrings_create(self) -> None:
        self.world["keys"][f"ring/{self.about[0]}"] = self.options

    def kms_keys_create(self) -> None:
        self.world["keys"][f"key/{self.about[0]}"] = self.options

    def _key(self, kind: str) -> Any:
        self.need("cloudkms.googleapis.com")
        return self.world["keys"].get(f"{kind}/{self.about[0]}") or fail("NOT_FOUND: it is not there.")


def parsed(words: list[str]) -> tuple[str, list[str], dict[str, str]]:
    """Return the command, what it is about, and its options."""
    plain = [word for word in words if not word.startswith("--")]
    options = dict(word.removeprefix("--").partition("=")[::2] for word in words if word.startswith("--"))
    known = [" ".join(plain[:count]) for count in range(len(plain), 0, -1) if " ".join(plain[:count]) in COMMANDS]
    if not known:
        fail(f"Invalid choice: '{' '.join(plain)}'")
    command = known[0]
    if unknown := [name for name in options if f"--{name}" not in COMMANDS[command]]:
        fail(f"unrecognized arguments: {unknown}")
    return command, plain[len(command.split()) :], options


def main() -> None:
    world = json.loads(STATE.read_text())
    command, about, options = parsed(sys.argv[1:])
    answer = getattr(Cloud(world, about, options), command.replace(" ", "_").replace("-", "_"))()
    world["calls"].append(" ".join([command, *about]))
    STATE.write_text(json.dumps(world))
    if answer is not None:
        print(json.dumps(answer) if "format" in options else answer)


if __name__ == "__main__":
    main()
