"""Environment variables of the processes around the embedded cloud; none of them leads to a real account."""

import os
from pathlib import Path

from assembly.process_environment import without_user_settings

FUNCTIONS = Path(__file__).with_name("functions")
SECRET_KEY = "embedded"  # noqa: S105 - MiniStack checks no signature


def client_environment(endpoint: str, account: str, region: str, directory: Path) -> dict[str, str]:
    """The environment of a command that sees one embedded cloud and no other."""
    return without_user_settings() | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": account,  # MiniStack reads the account from the key
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DEFAULT_ACCOUNT": account,
        "CDK_DEFAULT_REGION": region,
        "CDK_DISABLE_CLI_TELEMETRY": "1",
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CI": "true",
        "HOME": str(directory / "home"),
        "TMPDIR": str(directory / "tmp"),
    }


def emulator_environment(directory: Path, lock_file: Path, port: int, node_modules: Path) -> dict[str, str]:
    """The environment of the emulator, which keeps everything in one directory and listens on one port of loopback."""
    return without_user_settings() | {
        "EMBEDDED_LOCK_FILE": str(lock_file),  # it ends when this file is removed
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": "us-east-1",
        "MINISTACK_ACCOUNT_ID": "000000000000",  # for requests whose key names no account; ours all do
        "PERSIST_STATE": "1",
        "STATE_DIR": str(directory / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(directory / "objects"),
        "LAMBDA_EXECUTOR": "local",
        "NODE_PATH": str(node_modules),  # without the real SDK, custom resources run against stubs
        "PYTHONPATH": str(FUNCTIONS),  # what each Python function starts with
        "EMBEDDED_ADDRESSES": str(directory / "body" / "addresses.json"),
        "EMBEDDED_AUTHORITY": str(directory / "body" / "certificates" / "authority.pem"),
        "EMBEDDED_CLOCK": str(directory / "clock.json"),
        "REDIS_HOST": "cache.invalid",  # what a cache that no template made answers as its endpoint
        "HOME": str(directory / "home"),
        "TMPDIR": str(directory / "tmp"),
        # What would listen on every address, or look for a container engine.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent",
    }
