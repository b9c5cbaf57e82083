"""Workers of pytest-xdist: what is deployed once for a group is deployed in one of them only."""

import pytest


@pytest.mark.xdist_group("workers")
def test_a_group_is_named_to_the_workers(request: pytest.FixtureRequest) -> None:
    grouped = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@workers") == grouped
