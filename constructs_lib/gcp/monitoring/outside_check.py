"""Uptime checks: synthetic health check and login from the internet (MON-2, RBK-1)."""

import json
from base64 import b64encode

from cdktf_cdktf_provider_google import monitoring_uptime_check_config as uptime
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from constructs import Construct

from constructs_lib.gcp.base.metrics import Query, series
from environments import AlarmPolicy

_LOGIN = "/api/v1/auth/admin/login"
# Too many attempts is an answer, too: it is what the service says to an address that was refused before.
_REFUSED = (401, 429)
_METRIC = "monitoring.googleapis.com/uptime_check"
# Uptime checks call from three continents at least ("Uptime checks", Cloud Monitoring documentation).
_REGIONS = ["USA", "EUROPE", "ASIA_PACIFIC"]


class OutsideCheck(Construct):
    """Health and login, through CDN and firewall, from outside the network.

    The login is checked with a wrong password, so that none is stored for the check.

    Args:
        name: what the checks' names begin with.
        host: the name that is called.
        health_path: path of the health check.
        policy: minutes between two calls.
        project: that the checks live in.

    Attributes:
        success: of the places that call, how many percent were answered as they should be, by the worse of both checks.
        certificate_days: a query for how long the certificate is still good.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        host: str,
        health_path: str,
        policy: AlarmPolicy,
        project: DataGoogleProject,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name, self._host, self._policy, self._project = name, host, policy, project
        health = self._check(
            "health",
            uptime.MonitoringUptimeCheckConfigHttpCheck(
                path=health_path, request_method="GET", port=443, use_ssl=True, validate_ssl=True
            ),
            content="healthy",
        )
        login = self._check(
            "login",
            uptime.MonitoringUptimeCheckConfigHttpCheck(
                path=_LOGIN,
                request_method="POST",
                port=443,
                use_ssl=True,
                validate_ssl=True,
                content_type="USER_PROVIDED",
                custom_content_type="application/json",
                body=b64encode(json.dumps({"password": "of nobody"}).encode()).decode(),
                accepted_response_status_codes=[
                    uptime.MonitoringUptimeCheckConfigHttpCheckAcceptedResponseStatusCodes(status_value=status)
                    for status in _REFUSED
                ],
            ),
        )
        passed = " or ".join(f"avg by (check_id) ({_of(check, 'check_passed')})" for check in (health, login))
        self.success = Query(
            promql=f"100 * min({passed})", label="SuccessPercent", minutes=policy.outside_check_minutes
        )
        self.certificate_days = f"min({_of(health, 'time_until_ssl_cert_expires')})"

    def _check(
        self, purpose: str, http: uptime.MonitoringUptimeCheckConfigHttpCheck, content: str | None = None
    ) -> uptime.MonitoringUptimeCheckConfig:
        return uptime.MonitoringUptimeCheckConfig(
            self,
            purpose,
            display_name=f"{self._name}-{purpose}",
            period=f"{self._policy.outside_check_minutes * 60}s",
            timeout="10s",
            selected_regions=_REGIONS,
            http_check=http,
            content_matchers=[
                uptime.MonitoringUptimeCheckConfigContentMatchers(content=content, matcher="CONTAINS_STRING")
            ]
            if content
            else None,
            monitored_resource=uptime.MonitoringUptimeCheckConfigMonitoredResource(
                type="uptime_url", labels={"project_id": self._project.project_id, "host": self._host}
            ),
            log_check_failures=True,
        )


def _of(check: uptime.MonitoringUptimeCheckConfig, path: str) -> str:
    return series(f"{_METRIC}/{path}", resource="uptime_url", check_id=check.uptime_check_id)
