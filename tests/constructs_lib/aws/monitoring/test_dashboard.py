"""CloudWatch dashboard of an environment."""

import pytest

from tests.aws.resources import Environment


@pytest.mark.plan("AWS-11")
@pytest.mark.parametrize("namespace", ["AWS/CloudFront", "AWS/ApplicationELB", "AWS/ECS", "AWS/RDS", "AWS/ElastiCache"])
def test_one_dashboard_shows_every_layer(environment: Environment, namespace: str) -> None:
    dashboard = environment.one("AWS::CloudWatch::Dashboard")
    assert f'"{namespace}"' in dashboard["DashboardBody"]


def test_the_dashboard_is_called_like_the_environment(environment: Environment) -> None:
    assert environment.one("AWS::CloudWatch::Dashboard")["DashboardName"] == environment.name
