"""Source of the image: whether CodeBuild can clone what it builds."""

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial

from admin.preflight.aws.account import Account
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing, unknown
from assembly import Resource
from assembly.values import at

_SECONDS = 20
# What git says where GitHub asks for a login, which it does for private and for absent repositories.
_ASKS = ("could not read Username", "Authentication failed", "Repository not found")
Clone = Callable[[str], str]


def clone_error(url: str) -> str:
    """Return git's error when it lists a repository without credentials; empty where it is public."""
    try:
        done = subprocess.run(  # noqa: S603 - an argument list
            ["git", "-c", "credential.helper=", "ls-remote", "--quiet", "--exit-code", "--", url, "HEAD"],  # noqa: S607
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {_SECONDS} seconds"
    return "" if done.returncode == 0 else done.stderr.strip() or f"git ended with {done.returncode}"


def checks(needs: Needs, account: Account, clone: Clone = clone_error) -> Iterator[Check]:
    """Yield a check for each project of CodeBuild that clones from GitHub."""
    for project in needs.resources("AWS::CodeBuild::Project"):
        if project.properties["Source"]["Type"] == "GITHUB":
            yield Check("source", project.properties["Source"]["Location"], partial(_source, account, project, clone))


def _source(account: Account, project: Resource, clone: Clone) -> Answer:
    url = str(project.properties["Source"]["Location"])
    found = account.client("codebuild", project.region).list_source_credentials()
    stored = [each["arn"] for each in found["sourceCredentialsInfos"] if each["serverType"] == "GITHUB"]
    needs_login = bool(project.properties.get("Triggers") or list(at(project.properties, "Source.Auth")))
    connect = f"Console, CodeBuild, {project.properties['Name']}, Source: connect to GitHub with OAuth or a GitHub App"
    if stored:
        return fine(f"credentials are stored: {', '.join(stored)}")
    if needs_login:
        return missing("the project needs credentials of GitHub, and none are stored", connect)
    if account.embedded:
        return unknown("the embedded cloud builds nothing")
    error = clone(url)
    if not error:
        return fine("public; CodeBuild clones it without credentials")
    if any(each in error for each in _ASKS):
        return missing("not public, or absent; CodeBuild has no credentials", connect)
    return unknown(f"git ls-remote: {error.splitlines()[-1]}", f"git ls-remote {url} HEAD")
