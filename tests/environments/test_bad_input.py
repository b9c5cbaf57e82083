"""Hostile values in every text and every number of the model: refused at their key, or harmless.

The fields are found in the models, so a new one is tried as well. A document has the same value in all fields of a
kind, and each field must answer for itself.
"""

import copy
import functools
import json
import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import environments
from environments import value_types
from environments.model import EnvironmentFile
from environments.policy import Policy
from environments.schema import schemas
from environments.value_types import Settings

from .test_robustness import errors_in, put

FieldPath = tuple[str | int, ...]
Field = tuple[str, FieldPath]
# What no name, program, policy or page of any cloud takes for more than a text.
HARMLESS = re.compile(r"[A-Za-z0-9@:/_.+-]+( [A-Za-z0-9-]+)*")
PLACE = "VALUE"
PLAIN_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
PLAIN_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,5})([.][0-9]+)?")
HOSTILE_TEXTS = (
    "Owner's review",
    'say "yes"',
    "Access *",
    "?",
    "../review",
    "a/../b",
    "..",
    "${quarter}",
    "$${quarter}",
    "%{ if true }",
    "{% $day %}",
    "{{ day }}",
    "${Token[TOKEN.1]}",
    "${TfToken[TOKEN.1]}",
    "$(id)",
    "`id`",
    "<script>alert(1)</script>",
    "[a](javascript:b)",
    "|",
    "\\",
    "a\nb",
    "a\r\nb",
    "a\x00b",
    "a\u2028b",
    "\u202eabc",
    "a\u200bb",
    "Zugänge prüfen (100 %)",
    "\U0001f512",
    "\uff41",
    " a",
    "a ",
    "",
    " ",
    "a" * 5000,
    "a@b.example, c@d.example",
    "0 6 * * *",
    "'; drop table entity; --",
    "=1+1",
)
HOSTILE_NUMBERS = (
    "1_000",
    "0x10",
    "0o17",
    "010",
    "00",
    "0b11",
    "1e3",
    "1.0e+3",
    "+5",
    "5.0",
    "5.",
    ".5",
    "1:30",
    "13:00",
    ".inf",
    "-.inf",
    ".nan",
    "NaN",
    "Infinity",
    "true",
    "false",
    "yes",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "1" * 6000,
    "1,000",
    "1 000",
    "'30'",
    "\uff11",
    "2026-01-01",
    "[30]",
    "{}",
)
NO_BOOLEANS = ("yes", "no", "on", "off", "True", "FALSE", "1", "0", "'true'", "y", "null", "0x1", "1.0")


def fields(annotation: object, path: FieldPath = ()) -> Iterator[tuple[FieldPath, object, tuple[object, ...]]]:
    """Return each single value below a type: its path, its type, and the constraints on it."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        for name, field in annotation.model_fields.items():
            inner = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            yield from fields(inner, (*path, name))
    elif get_origin(annotation) is Annotated:
        inner, *constraints = get_args(annotation)
        yield from ((place, kind, (*constraints, *more)) for place, kind, more in fields(inner, path))
    elif get_origin(annotation) is dict:
        yield from fields(get_args(annotation)[1], (*path, "EXTRA"))
    elif get_origin(annotation) is tuple:
        yield from fields(get_args(annotation)[0], (*path, 0))
    elif get_origin(annotation) is Literal or not get_args(annotation):
        yield path, annotation, ()
    else:
        (inner,) = (item for item in get_args(annotation) if item is not type(None))
        yield from fields(inner, path)


@functools.cache
def base() -> dict[str, Any]:
    """Return valid documents in which every field of the models is written."""
    prod = next(item for item in environments.load() if item.name == "prod")
    policy = prod.policy.model_dump(mode="json")
    policy["account"]["aws_organization"] = {"payer": "444455556666", "runs": ["detector"]}
    policy["account"]["gcp"]["organization"] = "123456789012"
    settings = prod.model_dump(mode="json", exclude={"name", "policy"})
    settings["recovery"]["network"]["interface_endpoints"] = ["kms"]
    settings["service"] |= {"variables": {"EXTRA": "1"}, "secrets": ["MAIL_TOKEN"]}
    return {"policy.yaml": policy, "prod.yaml": settings}


def _kind(annotation: object, constraints: tuple[object, ...]) -> object:
    descriptions = {getattr(item, "description", None) for item in constraints}
    free = [name for name, description in FREE.items() if description in descriptions]
    if free:
        return free[0]
    if get_origin(annotation) is Literal:
        return type(get_args(annotation)[0])
    return str if annotation is IPv4Network else annotation


@functools.cache
def found(kind: object) -> tuple[Field, ...]:
    """Return the fields of a kind: ``str``, ``int``, ``float``, ``bool``, or a name of free text."""
    models = {"policy.yaml": Policy, "prod.yaml": EnvironmentFile}
    everything = ((file, *field) for file, model in models.items() for field in fields(model))
    return tuple((file, path) for file, path, annotation, more in everything if _kind(annotation, more) == kind)


FREE = {name: get_args(getattr(value_types, name))[1].description for name in ("Line", "VariableText")}
TEXTS, INTEGERS, DECIMALS, BOOLEANS = found(str), found(int), found(float), found(bool)
LINES, VARIABLES = found("Line"), found("VariableText")
EVERYTHING = (*TEXTS, *INTEGERS, *DECIMALS, *BOOLEANS, *LINES, *VARIABLES)


def refused(places: Sequence[Field], written: str) -> set[Field]:
    """Return those of the places at which a value is refused; all others must be accepted."""
    contents = copy.deepcopy(base())
    for file, path in places:
        put(contents[file], path, PLACE)
    with TemporaryDirectory() as directory:
        folder = Path(directory)
        for file, content in contents.items():
            text = yaml.safe_dump(content).replace(PLACE, written)
            (folder / file).write_text(text, encoding="utf-8")
        errors = errors_in(folder)
    assert all(error.line and error.given and error.allowed for error in errors)
    keys = {(error.file.rpartition("/")[2], error.key) for error in errors}
    return {(file, path) for file, path in places if (file, ".".join(map(str, path))) in keys}


def quoted(text: str) -> str:
    """Return a text in YAML, whatever is in it."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def test_every_field_is_tried() -> None:
    for file, path in EVERYTHING:
        content: Any = base()[file]
        for key in path:
            content = content[key]
        assert content is not None, f"write {path} in base()"
    assert refused((), "") == set()
    assert len(EVERYTHING) == sum(1 for model in (Policy, EnvironmentFile) for _ in fields(model))
    assert ("policy.yaml", ("reviews", "access", "checklist", 0)) in LINES


def _bare(schema: Any, place: str = "") -> Iterator[str]:
    """Return the places of a schema that allow any text or any number."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from _bare(item, f"{place}.{index}")
    if not isinstance(schema, dict):
        return
    numeric = schema.get("type") in {"integer", "number"} and "enum" not in schema
    if numeric and not {"minimum", "maximum"} <= schema.keys():
        yield place
    pattern = schema.get("pattern", "")
    ends = pattern.startswith("^") and pattern.endswith("$")
    bounded = "maxLength" in schema or not re.search(r"[*+]", pattern)
    if schema.get("type") == "string" and not {"enum", "format", "const"} & schema.keys() and not (ends and bounded):
        yield place
    for key, item in schema.items():
        yield from _bare(item, f"{place}.{key}")


@pytest.mark.parametrize("path", schemas(), ids=lambda path: path.name)
def test_every_text_has_a_pattern_and_every_number_both_bounds(path: Path) -> None:
    assert list(_bare(json.loads(schemas()[path]))) == []


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: ascii(text)[:24])
def test_a_text_that_could_be_more_than_a_text_is_refused(text: str) -> None:
    assert refused(TEXTS, quoted(text)) == set(TEXTS)


@given(text=st.text(max_size=12) | st.text(alphabet="aZ09 -._:/@*?'\"\\${}%`<>|\n\u00e9\U0001f512", max_size=8))
@example(text="a..b")
@example(text="a  b")
@settings(deadline=None, max_examples=150)
def test_any_text_is_refused_or_harmless(text: str) -> None:
    if not HARMLESS.fullmatch(text) or ".." in text:
        assert refused(TEXTS, quoted(text)) == set(TEXTS)


@pytest.mark.parametrize("number", HOSTILE_NUMBERS, ids=lambda number: number[:24])
def test_a_number_is_a_plain_decimal_within_its_bounds(number: str) -> None:
    assert refused(INTEGERS, number) == set(INTEGERS)
    if not PLAIN_DECIMAL.fullmatch(number):
        assert refused(DECIMALS, number) == set(DECIMALS)


@given(number=st.from_regex(r"\A[-+]?[0-9]([0-9_.:eExXoObB+-]{0,5}[0-9_.eExXoObB+-])?\Z"))
@settings(deadline=None, max_examples=150)
def test_any_other_spelling_of_a_number_is_refused(number: str) -> None:
    if not PLAIN_INTEGER.fullmatch(number):
        assert refused(INTEGERS, number) == set(INTEGERS)
    if not PLAIN_DECIMAL.fullmatch(number):
        assert refused(DECIMALS, number) == set(DECIMALS)


@pytest.mark.parametrize("written", NO_BOOLEANS)
def test_a_boolean_is_true_or_false(written: str) -> None:
    assert refused(BOOLEANS, written) == set(BOOLEANS)


@pytest.mark.parametrize(
    "text", ["a\nb", "a\r\nb", "a\tb", "a\x00b", "\x85", "a\u2028b", "\u202eabc", "\u200bab", "", " a"]
)
def test_free_text_is_one_visible_line(text: str) -> None:
    assert refused(LINES, quoted(text)) == set(LINES)
    assert refused(LINES, quoted("a" * 301)) == set(LINES)


@pytest.mark.parametrize(
    "text",
    ["a\nb", "a\x00b", "a\u2028b", "\u202eabc", "", "a" * 1025, "${x}", "%{ if x }", "$(X)", "{{resolve:ssm:a}}"],
)
def test_a_variable_is_one_line_that_no_template_reads(text: str) -> None:
    assert refused(VARIABLES, quoted(text)) == set(VARIABLES)


def test_free_text_may_have_any_visible_character() -> None:
    assert refused(LINES, quoted('O\'r "x" \\ ${x} %{x} {% x %} <b> | `id` * .. Prüfung \U0001f512')) == set()
