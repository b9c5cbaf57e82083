"""Isolation of the embedded cloud from the user's AWS settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assembly.process_environment import leading_elsewhere, without_user_settings
from local.cloud import EmbeddedCloud
from local.environment import client_environment

USER = {
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com",
    "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/admin",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/token",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/",
    "HTTPS_PROXY": "http://proxy.example:3128",
    "http_proxy": "http://proxy.example:3128",
    "CDK_DEFAULT_ACCOUNT": "999999999999",
    "JSII_RUNTIME": "/elsewhere",
    "NODE_PATH": "/elsewhere",
    "LANG": "C.UTF-8",
}


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in USER.items():
        monkeypatch.setenv(name, value)


def test_credentials_profiles_and_proxies_are_left_out() -> None:
    assert set(without_user_settings(USER)) == {"LANG", "PATH", "JSII_RUNTIME_PACKAGE_CACHE_ROOT"}


def test_commands_see_the_embedded_cloud_and_no_other() -> None:
    environment = client_environment("http://127.0.0.1:1", "111122223333", "us-east-1", Path(".embedded"))
    aws = {name: value for name, value in environment.items() if name.startswith("AWS_")}
    assert aws == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "111122223333",
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.mark.usefixtures("user")
def test_a_client_sees_the_embedded_cloud_whatever_is_set(cloud: EmbeddedCloud) -> None:
    assert cloud.client("sts", "eu-central-1").get_caller_identity()["Account"] == "111122223333"


@pytest.mark.usefixtures("user")
def test_a_process_sees_the_embedded_cloud_whatever_is_set(cloud: EmbeddedCloud) -> None:
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    answer = subprocess.run(
        [sys.executable, "-c", program], env=cloud.environment(), capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "111122223333"


@pytest.mark.usefixtures("user")
def test_a_shell_unsets_what_leads_elsewhere() -> None:
    assert set(leading_elsewhere()) >= set(USER) - {"CDK_DEFAULT_ACCOUNT", "JSII_RUNTIME", "LANG", "NODE_PATH"}
