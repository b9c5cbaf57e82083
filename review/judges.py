"""Files that judge a change: a change of these can make its own report say anything."""

from collections.abc import Mapping

JUDGES = (
    ".ci/",
    ".gitattributes",
    ".github/",
    ".npmrc",
    "Makefile",
    "app.py",
    "assembly/",
    "cdk.context.json",
    "cdk.json",
    "cdktf.json",
    "docs/plan.yaml",
    "errors.py",
    "package-lock.json",
    "package.json",
    "pyproject.toml",
    "reports/__init__.py",
    "reports/cost/",
    "requirements-uv.txt",
    "requirements.txt",
    "review/",
    "tools/",
)
# What judges nothing. All else at the top might: Python takes a module there for a library, make a GNUmakefile for the
# Makefile, and the review what lies in build/ for what it has kept.
_JUDGED = (
    ".cfnlintrc.yaml",
    ".editorconfig",
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "admin/",
    "constructs_lib/",
    "docs/",
    "environments/",
    "images/",
    "local/",
    "operations/",
    "password_hash.py",
    "reports/",
    "requirements-checkov.txt",
    "requirements-google-apis.txt",
    "requirements.in",
    "stacks/",
    "tests/",
)
_SHOWN = 8
# Without it a base cannot judge what another machine has synthesized.
_REVIEW = "review/synthesized.py"
Blobs = Mapping[str, str]


def judges(path: str) -> bool:
    """Return whether a file judges, or could once it is there."""
    return path.startswith(JUDGES) or not path.startswith(_JUDGED)


def warnings(base: str, before: Blobs, after: Blobs, running: Blobs) -> list[str]:
    """Return what a reader must know of who judged a change, before anything else.

    Args:
        base: what a reader calls the base.
        before: the blob id of each file of the base, by path.
        after: those of the head.
        running: those of the checkout, whose code runs.
    """
    if _REVIEW not in before:
        return [f"{base} has no review that could judge this change: its own code has judged it."]
    changed = _changed(before, after)
    if not changed:
        return []
    names = ", ".join(changed[:_SHOWN]) + (f" and {len(changed) - _SHOWN} more" if changed[_SHOWN:] else "")
    judge = "Its own code" if _changed(before, running) else "The base's code"
    return [f"This change touches what judges it: {names}. {judge} has judged it. Read these files first."]


def _changed(before: Blobs, after: Blobs) -> list[str]:
    """Return the files that judge and differ."""
    paths = before.keys() | after.keys()
    return sorted(path for path in paths if judges(path) and before.get(path) != after.get(path))
