"""Copies of the assembly with altered templates, deployed as if the application had synthesized them."""

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assembly import Assembly, open_assembly

Template = dict[str, Any]

_TEMPLATE = ".template.json"

# CloudFormation refuses a property that the type does not have when it comes to the resource.
_FAILS = {"Type": "AWS::SNS::Topic", "Properties": {"TopicNmae": "refused"}}


class AlteredAssembly:
    """A copy of an assembly, of which templates are replaced one by one.

    A replaced template is an asset of its own: the original's, which is known by its hash, stays what it is.
    """

    def __init__(self, original: Path, folder: Path) -> None:
        self.folder = Path(shutil.copytree(original, folder))
        self._manifest = self.folder / "manifest.json"

    def stacks(self) -> list[str]:
        """Return the names of the original stacks."""
        return sorted(file.name.removesuffix(_TEMPLATE) for file in self.folder.glob(f"*{_TEMPLATE}"))

    def text(self, stack: str) -> str:
        """Return the original template of a stack as it is written."""
        return (self.folder / f"{stack}{_TEMPLATE}").read_text()

    def template(self, stack: str) -> Template:
        """Return the original template of a stack."""
        found: Template = json.loads(self.text(stack))
        return found

    def replace(self, stack: str, template: Template, *, like: str = "") -> None:
        """Give a stack another template.

        Args:
            stack: name of the stack.
            template: what it deploys from now on.
            like: existing stack whose account, region and roles a new one takes.
        """
        manifest = json.loads(self._manifest.read_text())
        artifact = json.loads(json.dumps(manifest["artifacts"][like or stack]))
        properties = artifact["properties"]
        url = properties.pop("stackTemplateAssetObjectUrl")
        properties["templateFile"] = f"{stack}.altered.json"
        artifact["displayName"] = stack
        text = json.dumps(template)
        (self.folder / properties["templateFile"]).write_text(text)
        if like:  # without assets; the CLI sends a small template itself
            artifact["dependencies"] = []
            properties.pop("additionalDependencies", None)
        else:
            digest = hashlib.sha256(text.encode()).hexdigest()
            properties["stackTemplateAssetObjectUrl"] = f"{url.rpartition('/')[0]}/{digest}.json"
            self._add_asset(stack, digest)
        manifest["artifacts"][stack] = artifact
        self._manifest.write_text(json.dumps(manifest))

    def _add_asset(self, stack: str, digest: str) -> None:
        file = self.folder / f"{stack}.assets.json"
        assets = json.loads(file.read_text())
        asset = next(
            json.loads(json.dumps(asset))
            for asset in assets["files"].values()
            if asset["source"]["path"] == f"{stack}{_TEMPLATE}"
        )
        asset["source"]["path"] = f"{stack}.altered.json"
        for destination in asset["destinations"].values():
            destination["objectKey"] = f"{digest}.json"
        assets["files"][digest] = asset
        file.write_text(json.dumps(assets))

    def open(self) -> Assembly:
        """Return the assembly as it is now."""
        return open_assembly(self.folder)


def failing_last(template: Template) -> Template:
    """Return a template of which one more resource fails, after all others were made."""
    resources = template["Resources"]
    fails = {**_FAILS, "DependsOn": [name for name, body in resources.items() if "Condition" not in body]}
    return {**template, "Resources": {**resources, "Fails": fails}}


def reduced(template: Template, roots: Iterable[str]) -> Template:
    """Return a template of these resources and all that they need, without outputs."""
    everything: dict[str, Any] = template["Resources"]
    kept: dict[str, Any] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in kept:
            continue
        kept[name] = everything[name]
        text = json.dumps(everything[name])
        waiting += [other for other in everything if f'"{other}"' in text or f"${{{other}" in text]
    return {key: value for key, value in template.items() if key not in ("Outputs", "Rules")} | {
        "Resources": {name: everything[name] for name in everything if name in kept}
    }
