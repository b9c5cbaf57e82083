"""Holds a file against the model and says in its reader's words what does not fit."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from environments.findings import Finding
from environments.model import Settings
from environments.reading import KeyPath, Source


def validate[Kind: Settings](kind: type[Kind], source: Source) -> Kind:
    """Return the model of a file.

    What does not fit is added to the source's findings. The model then lacks those values: whoever asks for one gets an
    AttributeError, and what was written correctly can still be judged.
    """
    try:
        return kind.model_validate_json(json.dumps(source.content))
    except ValidationError as error:
        known = {finding.key for finding in source.findings}
        findings = [_finding(kind, source, details) for details in error.errors()]
        source.findings.extend(finding for finding in findings if finding.key not in known)
        return _valid_part(kind, source.content)
