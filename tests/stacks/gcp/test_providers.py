"""Providers of each stack: CDKTF's own check of them is left out, because it asks for a terraform binary."""

from tests.gcp import terraform


def test_the_provider_of_each_resource_and_data_source_is_in_its_stack(gcp: terraform.Assembly) -> None:
    missing = [
        f"{name}: {kind}"
        for name, stack in gcp.stacks.items()
        for section in ("resource", "data")
        for kind in stack.content.get(section, {})
        if kind.partition("_")[0] not in stack.content["provider"]
    ]
    assert missing == []


def test_each_provider_is_required_with_a_version(gcp: terraform.Assembly) -> None:
    for name, stack in gcp.stacks.items():
        required = stack.content["terraform"]["required_providers"]
        assert stack.content["provider"].keys() <= required.keys(), name
        assert [provider for provider in required.values() if not provider["version"]] == [], name
