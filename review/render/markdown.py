"""Markdown of an edit: the old and the new value of a setting."""

from review.model.change import NOT_SET, Edit, Kind
from review.model.secrets import edit_without_secrets
from review.model.values import short, short_pair
from review.render.escape import code


def change_of(edit: Edit) -> str:
    """Return the old and the new value of a setting."""
    edit = edit_without_secrets(edit)
    effect = {Kind.REPLACED: " — **replaces it**", Kind.MAY_REPLACE: " — **may replace it**"}.get(edit.effect, "")
    where = f"{code(edit.path)}{f' of {code(edit.name)}' if edit.name else ''}"
    if edit.note:
        return f"{where}: files differ: {code(short(edit.note))}{effect}"
    before, after = (
        "_not set_" if side is NOT_SET else code(written)
        for side, written in zip((edit.before, edit.after), short_pair(edit.before, edit.after), strict=True)
    )
    return f"{where}: {before} → {after}{effect}"
