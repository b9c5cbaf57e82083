"""Checks of Kubernetes objects beyond their schema: each returns the objects that break its rule."""

import re

from tests.gcp.terraform import Stack
from tests.kubernetes_checks import containers, everything, label, of_kind, pods

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_LABEL = re.compile(r"([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?")
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti)?")
_FACTORS = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_FLOATING_TAG = re.compile(r'"tag": "(latest)?"|:latest"')


def bad_quantities(stack: Stack) -> list[str]:
    """Name quantities that Kubernetes cannot read, and requests above their limits."""
    found = []
    for who, _, template in pods(stack):
        for each in containers(template):
            resources = each.get("resources", {})
            limits, requests = resources.get("limits", {}), resources.get("requests", {})
            given = [*limits.values(), *requests.values()]
            bad = [value for value in given if not _QUANTITY.fullmatch(value)]
            found += [f"{who}: {value}" for value in bad]
            if not bad:
                above = [key for key in requests if key in limits and amount(requests[key]) > amount(limits[key])]
                found += [f"{who}: {key} requests more than its limit" for key in above]
            if not given:
                found.append(f"{who}: {each['name']} asks for nothing")
        sizes = [
            volume["emptyDir"].get("sizeLimit", "")
            for volume in template["spec"].get("volumes", [])
            if "emptyDir" in volume
        ]
        found += [f"{who}: emptyDir of {size or 'any size'}" for size in sizes if not _QUANTITY.fullmatch(size)]
    return found


def amount(quantity: str) -> float:
    """Return a quantity as a number: cores, bytes."""
    read = _QUANTITY.fullmatch(quantity)
    assert read
    return float(read[1]) * _FACTORS.get(read[2] or "", 1.0)


def bad_names(stack: Stack) -> list[str]:
    """Name objects and labels that are called what Kubernetes does not allow."""
    found = []
    for item in everything(stack):
        metadata = item["metadata"]
        labels = metadata.get("labels", {})
        found += [label(item)] * (not _NAME.fullmatch(metadata["name"]))
        found += [f"{label(item)}: {key}={value}" for key, value in labels.items() if not _LABEL.fullmatch(value)]
    return found


def out_of_range(stack: Stack, smallest: int, largest: int) -> list[str]:
    """Name autoscalers with other bounds."""
    scaled = of_kind(stack, "ScaledObject")
    bounds = {label(item): (item["spec"]["minReplicaCount"], item["spec"]["maxReplicaCount"]) for item in scaled}
    return [
        f"{who} scales {low} to {high}" for who, (low, high) in bounds.items() if (low, high) != (smallest, largest)
    ]


def floating_images(stack: Stack) -> list[str]:
    """Name the images that may be another tomorrow: without a tag, or with one that moves."""
    found = [
        f"{who}: {each['image']}"
        for who, _, template in pods(stack)
        for each in containers(template)
        if ":" not in each["image"].rpartition("/")[2] or each["image"].endswith(":latest")
    ]
    for release in stack.resources("helm_release"):
        if not release["chart"].startswith("assets/") and not release.get("version"):
            found.append(f"{release}: chart without a version")
        found += [
            f"{release}: {text}"
            for text in release.get("values", [])
            if re.search(r'"tag": "(latest)?"|:latest"', text)
        ]
    return found
