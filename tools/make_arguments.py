"""Arguments of ``make``: refuses a variable that a target does not take, or a value that is not allowed.

    python3 tools/make_arguments.py OVERRIDES TARGETS PID
    python3 tools/make_arguments.py --help

The Makefile runs it before anything is installed, so it imports the standard library only. It prints ``ok`` or a
refusal.
A target names its variables at the end of its ``##`` line, those that may be left out in brackets:
``## Deploy an environment [ENV=]``. A variable counts only when it is typed: one that is exported is named on stderr,
and one that comes from MAKEFLAGS, where make takes it for typed, is refused. PID is make's process: its words are what
was typed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
_TARGET = re.compile(
    r"^(?P<name>[a-z][a-z-]*):.*?## (?P<text>.*?)(?P<arguments>(?: \[?[A-Z_]+=\]?)*)$|^#: (?P<group>.*)$", re.MULTILINE
)
_SPACE = re.compile(r"(?<!\\)\s+")

# Variables that a target takes all together, or none of them.
_TOGETHER = {"destroy": ("ENV", "ACCOUNT")}
# Variables that a target takes only together with another one.
_WITH = {"deploy": {"PROVIDERS": "CLOUD", "CHARTS": "CLOUD"}, "status": {"ACCOUNT": "ENV"}}
# Variables that a target does not take beside another one.
_WITHOUT = {"deploy": {"APP": "CLOUD", "BODY": "CLOUD"}}
# Variables of a target that exclude all others.
_ALONE = {"destroy": "CLOUD"}
# What a person may look for, and where it is.
_ELSEWHERE = {
    (
        "deploy",
        "SUBSCRIPTION",
    ): "make deploy reaches no subscription: `cdktf deploy` deploys to one, as docs/deploy says",
    ("deploy", "PROJECT"): "make deploy reaches no project: `cdktf deploy gcp-<environment>` deploys to one, as"
    " docs/deploy/gcp.md says",
}

# A variable that names an account selects its cloud.
_CLOUDS = {"ACCOUNT": " of AWS", "PROJECT": " of Google Cloud", "SUBSCRIPTION": ""}
# Clouds that a target works on, where it does not on all of Terraform's.
_ONLY = {"charts": "gcp"}
# Whose stacks Terraform deploys, as cdktf.json names them.
_TERRAFORM = re.compile(r"app\.py((?: [a-z]+)+)\"")

Allowed = tuple[Callable[[str], bool], str]


def _one_of(*values: str) -> Allowed:
    return values.__contains__, ", ".join(values) or "nothing yet"


def _like(pattern: str, description: str) -> Allowed:
    return lambda value: bool(re.fullmatch(pattern, value)), description


def environments() -> Sequence[str]:
    """Return the names of the environments: those of the files, without copies that an editor left beside them."""
    names = (path.stem for path in (CHECKOUT / "environments").glob("*.yaml"))
    return sorted(name for name in names if re.fullmatch(r"[a-z][a-z0-9-]*", name) and name != "policy")


def terraform_clouds() -> Sequence[str]:
    """Return the clouds that Terraform deploys to: those that cdktf.json names."""
    found = _TERRAFORM.search((CHECKOUT / "cdktf.json").read_text(encoding="utf-8"))
    return found[1].split() if found else []


def allowed() -> Mapping[str, Allowed]:
    """Return for each variable a test of its value, and a description of what passes."""
    flag = _one_of("1")
    return {
        "ACCOUNT": _like(r"\d{12}", "the 12 digits of an AWS account"),
        "APP": _like(r"[\w./~+ -]+", "a folder, a checkout of the application"),
        "BASE": _like(r"[\w./@^~{}-]+", "a branch, tag or commit"),
        "BODY": _one_of("0"),
        "CHARTS": _like(r"[\w./~+ -]+", "a folder with the archives of charts"),
        "CLOUD": _one_of(*terraform_clouds()),
        "DRY": flag,
        "ENV": _one_of(*environments()),
        "FAST": flag,
        "FILTER": _like(r'[\w ./:*?="{}()\[\]@+-]+', "a filter pattern of CloudWatch Logs"),
        "FROM": _like(r"[\w./~+ -]+", "a folder"),
        "LINK": _like(r"https?://[\w./:?&=%#@~+-]+", "a URL"),
        "MASK": _one_of("texts"),
        "PLAN": _like(r"[A-Za-z]+-\d+(/[a-z0-9.-]+)?", "an id of docs/plan.yaml, such as DR-3 or ENV-2/data"),
        "PROJECT": _like(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "the id of a project of Google Cloud"),
        "PROVIDERS": _like(r"[\w./~+ -]+", "a folder, Terraform's filesystem mirror"),
        "REBUILD": flag,
        "REGISTRY_PROFILE": _like(r"[\w.@/+-]+", "a profile of ~/.aws/config"),
        "RELEASE": _like(r"[\w.]+-[0-9a-f]{7,40}(-\d+)?", "a release, <version>-<commit>"),
        "SINCE": _like(r"[1-9]\d{0,3}[mhd]", "a number of minutes, hours or days, such as 15m, 2h or 1d"),
        "SUBSCRIPTION": _like(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "the id of a subscription, a UUID"),
        "TAG": _like(r"[\w.]+-[0-9a-f]{7,40}(-\d+)?", "the tag of a release, <version>-<commit>"),
        "TESTS": _like(r"[\w./: \[\]-]+", "files, folders or names of tests"),
        "TO": _like(r"[\w.]+-[0-9a-f]{7,40}(-\d+)?", "the tag of a release that ran, <version>-<commit>"),
        "URGENT": _like(r"[\w.,:;()/ +-]*\w[\w.,:;()/ +-]*", "a reason, in letters and digits"),
        "WHAT": _one_of("database", "cache", "service"),
        "WRITE": flag,
        "YES": flag,
    }


def targets(makefile: str) -> Mapping[str, Mapping[str, bool]]:
    """Return the documented targets, each with its variables and whether they are required."""
    return {
        found["name"]: {word.strip("[]="): not word.startswith("[") for word in found["arguments"].split()}
        for found in _TARGET.finditer(makefile)
        if found["name"]
    }


def usage(makefile: str) -> Iterator[str]:
    """Yield the lines of ``make help``: each group with its targets, and the variables of each."""
    for found in _TARGET.finditer(makefile):
        if found["group"]:
            yield f"\n{found['group']}"
        else:
            yield f"  make {found['name']:<16} {found['text']}{' ' * bool(found['arguments'])}{found['arguments']}"


def typed(overrides: str) -> Mapping[str, str]:
    """Parse make's MAKEOVERRIDES: words with escaped spaces and doubled dollars."""
    words = (re.sub(r"\\(.)", r"\1", word).replace("$$", "$") for word in _SPACE.split(overrides) if word)
    pairs = (word.partition("=") for word in words)
    return {name.rstrip(":?+!"): value for name, _, value in pairs}


def words_of(pid: str) -> Sequence[str]:
    """Return the words that a process was started with; none where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:
        pass
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, and a number that the shell gave
            ["ps", "-ww", "-o", "args=", "-p", pid],  # noqa: S607 - the ps of the PATH
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return []
    return done.stdout.split()


def inherited(given: Mapping[str, str], words: Sequence[str]) -> Iterator[str]:
    """Yield an error for each variable that stands in MAKEFLAGS and not among the words that were typed."""
    for name, value in given.items():
        if words and not any(re.match(rf"{re.escape(name)}\s*[:?+!]*=", word) for word in words):
            yield f"{name}={value} stands in MAKEFLAGS, is not typed, and does not count: unset MAKEFLAGS"


def refusals(target: str, takes: Mapping[str, bool], given: Mapping[str, str]) -> Iterator[str]:
    """Yield the errors of the variables that are typed for a target."""
    known = allowed()
    usage = " ".join(f"{name}=" if required else f"[{name}=]" for name, required in takes.items())
    for name, value in given.items():
        if (target, name) in _ELSEWHERE:
            yield _ELSEWHERE[target, name]
        elif name not in takes:
            yield f"make {target} does not know {name}; it takes {usage or 'no variable'}"
        elif not known[name][0](value):
            yield f"make {target} {name}={value}: allowed is {known[name][1]}"
    for name, required in takes.items():
        if required and name not in given:
            yield f"make {target} needs {name}=, which is {known[name][1]}"
    yield from _combinations(target, given)


def _combinations(target: str, given: Mapping[str, str]) -> Iterator[str]:
    """Yield the errors of variables that a target does not take side by side, or not apart."""
    accounts = [name for name in _CLOUDS if name in given]
    if len(accounts) > 1:
        yield f"make {target} takes {' or '.join(f'{name}={_CLOUDS[name]}' for name in accounts)}, not both"
    if target in _ONLY and given.get("CLOUD") not in (None, _ONLY[target]):
        yield f"make {target} CLOUD={given['CLOUD']}: allowed is {_ONLY[target]}"
    alone = _ALONE.get(target)
    if alone in given:
        if len(given) > 1:
            yield f"make {target} takes {alone}= alone"
        return
    together = _TOGETHER.get(target, ())
    if given and not set(together) <= given.keys():
        yield f"make {target} takes {' and '.join(f'{name}=' for name in together)} together, or no variable"
    for name, other in _WITH.get(target, {}).items():
        if name in given and other not in given:
            yield f"make {target} takes {name}= only with {other}="
    for name, other in _WITHOUT.get(target, {}).items():
        if name in given and other in given:
            yield f"make {target} takes {name}= only without {other}="


def exported(target: str, takes: Mapping[str, bool], given: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each variable that would have counted if it had been typed."""
    for name in takes:
        if name not in given and os.environ.get(name):
            pair = f"{name}={os.environ[name]}"
            words = " ".join([*(f"{key}={value}" for key, value in given.items()), pair])
            yield f"{pair} is exported and does not count; to mean it, type: make {target} {words}"


def main(overrides: str, goals: str = "", pid: str = "") -> None:
    """Print ``ok``, or the first thing that is wrong; the help where that is asked for."""
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    if overrides == "--help":
        print(*usage(makefile), sep="\n")
        return
    if shutil.which("git") is None:
        print("git is needed: install it and run this again")
        return
    documented = targets(makefile)
    given = typed(overrides)
    if problem := next(inherited(given, words_of(pid)), None):
        print(problem)
        return
    for target in goals.split() or ["help"]:
        takes = documented.get(target, {})
        for line in exported(target, takes, given):
            print(line, file=sys.stderr)
        if target in documented and (problem := next(refusals(target, takes, given), None)):
            print(problem)
            return
    print("ok")


if __name__ == "__main__":
    main(*sys.argv[1:])
