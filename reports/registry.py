"""The list of all reports, and how each is made from the clouds' assemblies."""

from pathlib import Path

from assembly import Stack, open_assembly
from assembly.clouds import CLOUDS
from assembly.revisions import CHECKOUT
from reports import cost, coverage, parity, permissions, runbooks, scaling_day
from reports.architecture import aws as architecture_aws
from reports.architecture import gcp as architecture_gcp
from reports.architecture.render import DOCUMENT as ARCHITECTURE
from reports.architecture.render import render as render_architecture
from reports.environments import environments, production
from reports.report import AssemblyOf, Rendered, Report


def _architecture(assembly_of: AssemblyOf) -> Rendered:
    environment = production()
    (stack,) = _stacks(assembly_of("gcp"), environment)
    pictures = {
        "aws": architecture_aws.draw(assembly_of("aws"), environment),
        "gcp": architecture_gcp.draw(stack),
    }
    text = _text(ARCHITECTURE)
    for cloud, picture in pictures.items():
        text = render_architecture(text, picture, cloud=cloud, name=ARCHITECTURE)
    return Rendered({ARCHITECTURE: text})


def _cost(assembly_of: AssemblyOf) -> Rendered:
    prices = cost.Prices()
    months = {cloud: cost.bill(assembly_of(cloud), prices) for cloud in CLOUDS}
    document = cost.render(months, prices)
    too_low = dict.fromkeys(line for month in months.values() for line in cost.shortfalls(month))
    return Rendered({cost.DOCUMENT: document}, problems=list(too_low), terminal=[document.partition("## Assumed")[0]])


def _coverage(_: AssemblyOf) -> Rendered:
    matrix = coverage.matrix_of(CHECKOUT)
    return Rendered(
        {coverage.DOCUMENT: coverage.render(matrix)},
        artifacts={coverage.TESTS: coverage.render_tests(matrix)},
        terminal=coverage.terminal(matrix),
    )


def _parity(assembly_of: AssemblyOf) -> Rendered:
    names = environments()
    assemblies = {cloud: open_assembly(assembly_of(cloud)).stacks for cloud in CLOUDS}
    return Rendered({parity.DOCUMENT: parity.render(assemblies, names)}, problems=parity.differences(assemblies, names))


def _permissions(assembly_of: AssemblyOf) -> Rendered:
    return Rendered({permissions.DOCUMENT: permissions.render(assembly_of("aws"))})


def _runbooks(assembly_of: AssemblyOf) -> Rendered:
    environment = production()
    aws = runbooks.tables_aws(_stacks(assembly_of("aws"), environment))
    (stack,) = _stacks(assembly_of("gcp"), environment)
    gcp = runbooks.tables_gcp(stack)
    documents = {}
    for name in sorted({*aws, *gcp}):
        tables = {cloud: found[name] for cloud, found in (("aws", aws), ("gcp", gcp)) if name in found}
        documents[name] = runbooks.render(_text(name), tables, name)
    return Rendered(documents)


def _scaling_day(assembly_of: AssemblyOf) -> Rendered:
    (service,) = (stack for stack in _stacks(assembly_of("aws"), production()) if stack.component == "service")
    return Rendered({scaling_day.DOCUMENT: scaling_day.render(scaling_day.parse(service))})


def _stacks(folder: Path, environment: str) -> list[Stack]:
    return [stack for stack in open_assembly(folder).stacks.values() if stack.environment == environment]


def _text(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


REPORTS = {
    report.name: report
    for report in (
        Report("architecture", "pictures of production in each cloud: docs/architecture.md", _architecture),
        Report("cost", "a month of each environment in USD: docs/cost.md; fails when a budget is below it", _cost),
        Report("coverage", "which test proves which promise of the plan: docs/plan-coverage.md", _coverage),
        Report("parity", "the clouds' numbers side by side: docs/parity.md; fails when two differ", _parity),
        Report("permissions", "the permissions of every IAM role on AWS: docs/permissions.md", _permissions),
        Report("runbooks", "the alarms that lead to each runbook, in docs/runbooks/*.md", _runbooks),
        Report("scaling-day", "a simulated day under the scaling policies: docs/scaling-day.svg", _scaling_day),
    )
}
